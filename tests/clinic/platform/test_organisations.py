"""Several organisations: each has its own keys, roles and database, and cannot read the others'."""

import os
from contextlib import closing
from io import StringIO
from urllib.parse import urlsplit

import psycopg2
import pytest
from django.db import connection
from psycopg2.extras import LoggingConnection

from clinic.platform.organisations import server as organisations_server
from clinic.platform.organisations.__main__ import main
from clinic.platform.organisations.files import KEYS, Folder, Organisation, Refused
from clinic.platform.organisations.server import Server

NAMES = [f"test{os.getpid()}{letter}" for letter in "ab"]
PASSWORD = "only for this test"


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


def test_each_organisation_gets_its_own_keys_in_a_file_that_only_its_owner_reads(folder):
    harbour = folder.add("harbour", host="records.harbour.example", more={"BEHIND_PROXY": "1"})
    lakeside = folder.add("lakeside", host="records.lakeside.example", more={})

    keys = [one.settings[key] for one in (harbour, lakeside) for key in KEYS]
    assert len(set(keys)) == 2 * len(KEYS)
    assert folder.organisations() == [harbour, lakeside]
    assert (folder.files / "harbour.env").stat().st_mode & 0o777 == 0o600
    assert folder.files.stat().st_mode & 0o777 == 0o700


def test_a_command_that_was_interrupted_can_be_run_again_with_the_same_keys(folder):
    before = folder.add("harbour", host="records.harbour.example", more={"DATABASE_URL": "first"})

    assert folder.add("harbour", host="records.harbour.example", more={"DATABASE_URL": "second"}) == before


@pytest.mark.parametrize(
    "name, host",
    [
        ("harbour", "records.other.example"),
        ("other", "records.harbour.example"),
        ("all", "records.other.example"),
        ("../other", "records.other.example"),
        ("other", "records.other.example,*"),
    ],
)
def test_a_name_or_host_that_cannot_be_used_is_refused(folder, name, host):
    folder.add("harbour", host="records.harbour.example", more={})

    with pytest.raises(Refused):
        folder.add(name, host=host, more={})

    assert [one.name for one in folder.organisations()] == ["harbour"]


def test_the_proxy_gets_the_socket_of_each_host(folder, capsys):
    folder.add("harbour", host="records.harbour.example", more={})
    folder.add("lakeside", host="records.lakeside.example", more={})

    assert main(["--folder", str(folder.path), "routes"]) == 0

    assert capsys.readouterr().out.splitlines() == [
        "records.harbour.example unix:/run/filiform/harbour.sock;",
        "records.lakeside.example unix:/run/filiform/lakeside.sock;",
    ]


def test_a_restore_with_a_mistyped_file_does_not_touch_the_database(folder, capsys, monkeypatch):
    folder.add("harbour", host="records.harbour.example", more={})
    monkeypatch.setenv("ADMIN_DATABASE_URL", "postgres://nobody@127.0.0.1:1/postgres")

    status = main(["--folder", str(folder.path), "restore", "harbour", "none.backup", "--key", "none.txt"])

    assert (status, capsys.readouterr().err) == (1, "There is no file none.backup.\n")


@pytest.fixture
def two_organisations(db, monkeypatch):
    """Two databases made from a template with one table, by an administrator who is no superuser.

    The server of the tests asks nobody for a password.
    """
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no roles.")
    template = f"filiform_template_{os.getpid()}"
    monkeypatch.setattr(organisations_server, "TEMPLATE", template)
    monkeypatch.setattr(organisations_server, "TEMPLATE_OWNER", f"{template}_owner")
    administrator = f"filiform_admin_{os.getpid()}"
    parts = urlsplit(os.environ["DATABASE_URL"])
    superuser = parts._replace(scheme="postgres").geturl()
    _run(superuser, f"CREATE ROLE {administrator} LOGIN CREATEROLE CREATEDB")
    server = Server(parts._replace(netloc=f"{administrator}@{parts.netloc.rpartition('@')[2]}").geturl())
    organisations = [Organisation(name, {"ALLOWED_HOSTS": f"{name}.example"}) for name in NAMES]
    try:
        server.prepare_template()
        as_owner = server.url(template, acts_as=f"{template}_owner")
        _rows(as_owner, "CREATE TABLE chart (patient text); INSERT INTO chart VALUES ('nobody') RETURNING 1")
        for organisation in organisations:
            server.create_database(organisation, password=PASSWORD)
        yield server, organisations
    finally:
        databases = [name for one in organisations for name in (one.database, f"kept_{one.database}")]
        roles = [name for one in organisations for name in (one.role, one.owner)]
        for database in [*databases, template]:
            _run(superuser, f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
        _run(superuser, f"DROP ROLE IF EXISTS {', '.join([*roles, f'{template}_owner', administrator])}")


def _run(url, statement):
    """Run a statement that cannot be part of a transaction."""
    with closing(psycopg2.connect(url)) as opened:
        opened.autocommit = True
        opened.cursor().execute(statement)


def _rows(url, statement):
    with closing(psycopg2.connect(url)) as opened, opened, opened.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


@pytest.mark.both_engines
def test_an_organisation_cannot_read_the_database_of_another(two_organisations):
    server, (harbour, lakeside) = two_organisations
    own = server.url(harbour.database, role=harbour.role, password=PASSWORD)
    other = server.url(lakeside.database, role=harbour.role, password=PASSWORD)
    template = server.url(organisations_server.TEMPLATE, role=harbour.role, password=PASSWORD)

    assert _rows(own, "SELECT current_user, current_database()") == [(harbour.role, harbour.database)]
    for database in (other, template):
        with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
            psycopg2.connect(database)


@pytest.mark.both_engines
def test_the_password_of_a_role_is_in_no_statement_that_postgresql_may_log(two_organisations, monkeypatch):
    server, (harbour, _) = two_organisations
    statements, connect = StringIO(), psycopg2.connect

    def logging_connect(url, **options):
        connection = connect(url, connection_factory=LoggingConnection, **options)
        connection.initialize(statements)
        return connection

    monkeypatch.setattr(psycopg2, "connect", logging_connect)
    server.create_database(harbour, password="a new secret")

    assert "PASSWORD 'SCRAM-SHA-256$" in statements.getvalue()
    assert "a new secret" not in statements.getvalue()


@pytest.mark.both_engines
def test_the_tables_belong_to_an_owner_that_nobody_can_sign_in_as(two_organisations):
    server, (harbour, _) = two_organisations
    as_owner = server.url(harbour.database, acts_as=harbour.owner)
    owners = "SELECT tableowner FROM pg_tables WHERE tablename = 'chart'"

    assert _rows(as_owner, owners) == [(harbour.owner,)]
    assert _rows(as_owner, "UPDATE chart SET patient = 'x' RETURNING 1") == [(1,)]
    with pytest.raises(psycopg2.OperationalError, match="not permitted to log in"):
        psycopg2.connect(server.url(harbour.database, role=harbour.owner, password=PASSWORD))
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        _rows(server.url(harbour.database, role=harbour.role, password=PASSWORD), "SELECT * FROM chart")


@pytest.mark.both_engines
def test_for_a_restore_the_database_is_kept_under_another_name(two_organisations):
    server, (harbour, lakeside) = two_organisations

    server.replace_by_empty(harbour, kept_as=f"kept_{harbour.database}")

    as_owner = server.url(harbour.database, acts_as=harbour.owner)
    assert _rows(as_owner, "SELECT count(*) FROM pg_tables WHERE tablename = 'chart'") == [(0,)]
    assert _rows(server.url(f"kept_{harbour.database}"), "SELECT count(*) FROM chart") == [(1,)]
    assert _rows(server.url(lakeside.database), "SELECT count(*) FROM chart") == [(1,)]
    with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
        psycopg2.connect(server.url(f"kept_{harbour.database}", role=harbour.role, password=PASSWORD))
