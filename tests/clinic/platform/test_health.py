"""Pages for machines: what they say when something is broken, and what they never say."""

import json
from collections import namedtuple
from contextlib import contextmanager

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from clinic.models import Backup
from clinic.platform import readiness

pytestmark = pytest.mark.both_engines

TOKEN = {"Authorization": "Bearer only-for-prometheus"}
Usage = namedtuple("Usage", "total used free")


@contextmanager
def database_away():
    def refuse(*arguments):
        raise OperationalError("connection to server at 10.0.0.7 failed: password of user filiform_app")

    with connection.execute_wrapper(refuse):
        yield


@pytest.fixture
def backup(db):
    return Backup.objects.create(made_at=timezone.now(), file_name="one", bytes=1, rows=1)


def state(client):
    answer = client.get("/readyz/")
    return answer.status_code, json.loads(answer.content)


def test_an_installation_that_works_is_ready(client, backup):
    assert state(client) == (
        200,
        {"ready": True, "database": "ok", "migrations": "ok", "disk": "ok", "backup": "ok"},
    )


def test_an_old_backup_is_reported_and_stops_nobody(client, db):
    status, checks = state(client)

    assert (status, checks["ready"], checks["backup"]) == (200, True, "too old")


def test_without_a_database_the_process_is_alive_but_not_ready(client, physiotherapist):
    client.force_login(physiotherapist)

    with database_away():
        alive, (status, checks) = client.get("/healthz/"), state(client)

    assert alive.status_code == 200
    assert (status, checks) == (
        503,
        {"ready": False, "database": "no answer", "migrations": "unknown", "disk": "ok", "backup": "unknown"},
    )


def test_a_migration_that_was_not_applied_is_noticed(client, backup):
    MigrationRecorder.Migration.objects.filter(app="clinic", name="0001_initial").delete()

    status, checks = state(client)

    assert (status, checks["migrations"]) == (503, "missing")


def test_a_full_disk_beside_sqlite_is_noticed(client, backup, monkeypatch):
    monkeypatch.setattr(readiness.shutil, "disk_usage", lambda folder: Usage(10**9, 10**9, 0))

    status, checks = state(client)

    expected = (503, "low") if connection.vendor == "sqlite" else (200, "ok")
    assert (status, checks["disk"]) == expected


def test_a_machine_asks_by_http_and_by_any_name(client, backup, settings):
    settings.SECURE_SSL_REDIRECT = True

    statuses = {path: client.get(path, HTTP_HOST="10.0.0.3:8000").status_code for path in ("/healthz/", "/readyz/")}

    assert statuses == {"/healthz/": 200, "/readyz/": 200}
    assert client.get("/metrics/").status_code == 301


def test_metrics_are_for_who_has_the_token(client, backup, settings):
    without_setting = client.get("/metrics/", headers={"Authorization": "Bearer "})
    settings.METRICS_TOKEN = "only-for-prometheus"
    wrong = client.get("/metrics/", headers={"Authorization": "Bearer only-for-prometheu"})
    client.get("/login/")

    text = client.get("/metrics/", headers=TOKEN).content.decode()

    found = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert (without_setting.status_code, wrong.status_code) == (401, 401)
    assert {name: found["filiform_check", name] for name in ("database", "migrations", "disk", "backup")} == (
        dict.fromkeys(("database", "migrations", "disk", "backup"), 1)
    )
    assert found["filiform_request_seconds_count", "200", "GET", "login"] >= 1
    assert 0 <= found["filiform_backup_age_seconds",] < 60
    assert "filiform_verification_age_seconds" not in {name for name, *_ in found}


def test_metrics_are_readable_while_the_database_is_away(client, db, settings):
    settings.METRICS_TOKEN = "only-for-prometheus"

    with database_away():
        answer = client.get("/metrics/", headers=TOKEN)

    assert answer.status_code == 200
    assert b'filiform_check{check="database"} 0.0' in answer.content
