"""Limits of pages on PostgreSQL, and PostgreSQL behind pgbouncer."""

import os
import shutil
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from django.db import connection

from clinic.platform.database_limits import Limits
from clinic.platform.database_settings import POSTGRESQL, database_settings
from patients.models import Patient
from tests import people

ROOT = Path(__file__).resolve().parents[3]
PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
PORT = "6432"
INI = """[databases]
clinic = host={host} user={user} dbname={name} connect_query='SET lock_timeout = 5000; SET statement_timeout = 60000'
[pgbouncer]
listen_addr =
listen_port = {port}
unix_socket_dir = {folder}
auth_type = any
pool_mode = transaction
default_pool_size = 1
max_db_connections = 1
"""
# A page that writes, a streamed export, and rows that are read one after the other while other statements run.
THROUGH_POOLER = """
import django
django.setup()
from django.contrib.auth.models import User
from django.test import Client
from patients.models import Patient, TrailEntry
from django.conf import settings
settings.ALLOWED_HOSTS = ["testserver"]
client = Client()
client.force_login(User.objects.get(username="a.berg"))
pages = ["/admin/treatments/outcome/", "/patients/?q=Adeyemi", f"/patients/{Patient.objects.first().pk}/"]
print([client.get(page).status_code for page in pages])
export = client.get("/admin/treatments/outcome/export/csv/")
print(export.status_code, len(b"".join(export.streaming_content)) > 0)
print(len([Patient.objects.count() for patient in Patient.objects.iterator(chunk_size=1)]))
"""


def options(**changed):
    main = {"ENGINE": POSTGRESQL, "NAME": "clinic"}
    return database_settings(main, {"ENGINE": POSTGRESQL, "NAME": "copy"}, **changed)


def test_only_what_serves_pages_has_limits_and_behind_a_pooler_they_are_not_sent():
    web, command = options(limits=Limits(lock=3, connect=2)), options()
    pooled = options(limits=Limits(), is_pooled=True)

    assert web["default"]["OPTIONS"] == {
        "connect_timeout": 2,
        "options": "-c lock_timeout=3s -c statement_timeout=60s -c idle_in_transaction_session_timeout=30s",
    }
    assert command["default"]["OPTIONS"] == {"connect_timeout": 5}
    assert not command["default"]["DISABLE_SERVER_SIDE_CURSORS"]
    assert [pooled[name]["OPTIONS"] for name in ("default", "replica")] == [
        {"connect_timeout": 5},
        {"connect_timeout": 2},
    ]
    assert all(database["DISABLE_SERVER_SIDE_CURSORS"] for database in pooled.values())


def other_connection():
    params = connection.get_connection_params()
    return psycopg2.connect(**{name: params[name] for name in ("host", "user", "dbname") if params.get(name)})


@pytest.mark.both_engines
def test_a_forgotten_transaction_costs_others_the_limit_and_a_clear_sentence(transactional_db, client):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time and its own timeout.")
    patient = people.make_patient(by=people.make_front_desk())
    client.force_login(people.make_admin())
    client.raise_request_exception = False
    page, note = f"/patients/{patient.pk}/desk-note/", {"desk_note": "Rings twice", "seen_desk_note": ""}
    with closing(other_connection()) as forgotten, forgotten.cursor() as cursor:
        cursor.execute("SELECT 1 FROM patients_patient WHERE id = %s FOR UPDATE", [patient.pk])
        with connection.cursor() as own:
            own.execute("SET lock_timeout = '300ms'")
        began = time.monotonic()

        answer, other_page = client.post(page, note), client.get("/help/")

        seconds = time.monotonic() - began
        with connection.cursor() as own:
            own.execute("RESET lock_timeout")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "Somebody else is saving the same data" in answer.text
    assert other_page.status_code == 200
    assert seconds < 5
    assert Patient.objects.get().desk_note == ""
    assert client.post(page, note).status_code == 302


@pytest.fixture
def pooler(transactional_db, tmp_path):
    """The DATABASE_URL of a pgbouncer with one connection of the server."""
    if connection.vendor != "postgresql":
        pytest.skip("Pooling is for PostgreSQL.")
    if not PGBOUNCER:
        pytest.skip("pgbouncer is not installed.")
    params = connection.get_connection_params()
    owner = Path(params["host"]).stat() if str(params.get("host", "")).startswith("/") else Path(ROOT).stat()
    for folder in (tmp_path, *tmp_path.parents[:3]):
        folder.chmod(0o755)
    os.chown(tmp_path, owner.st_uid, owner.st_gid)
    ini = tmp_path / "pgbouncer.ini"
    names = {"host": params["host"], "user": params["user"], "name": params["dbname"]}
    ini.write_text(INI.format(folder=tmp_path, port=PORT, **names))
    as_owner = {"user": owner.st_uid, "group": owner.st_gid} if os.getuid() == 0 else {}
    process = subprocess.Popen([PGBOUNCER, "-q", ini], **as_owner)
    wait_for(tmp_path / f".s.PGSQL.{PORT}")
    yield f"postgres://{params['user']}@:{PORT}/clinic?host={tmp_path}"
    process.terminate()
    process.wait(10)


def wait_for(socket):
    for _ in range(100):
        if socket.exists():
            return
        time.sleep(0.1)
    raise TimeoutError("pgbouncer did not start.")


@pytest.mark.both_engines
def test_pages_exports_and_long_readings_work_through_a_pooler(pooler):
    desk = people.make_front_desk()
    people.make_admin()
    for name in ("Ruth", "Aiko", "Bela"):
        people.make_patient(by=desk, given_name=name)
    settings = {"DATABASE_URL": pooler, "DATABASE_POOLED": "1", "SERVES_PAGES": "1"}
    environment = os.environ | settings | {"DJANGO_SETTINGS_MODULE": "tests.settings"}

    done = subprocess.run(
        [sys.executable, "-c", THROUGH_POOLER], cwd=ROOT, env=environment, capture_output=True, text=True
    )

    assert done.stdout.splitlines() == ["[200, 200, 200]", "200 True", "3"], done.stderr
