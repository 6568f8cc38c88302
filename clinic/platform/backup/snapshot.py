"""Copy the database to a file while it is in use, and load such a file. One way for each engine."""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing, contextmanager

from django.db import connection, transaction

from .digests import table_digests

PAGES_AT_ONCE = 1000
ONE_STATE = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"


class ToolFailed(Exception):
    """pg_dump or pg_restore is missing or failed. Its message is a sentence for the person who started the command."""


def take_snapshot(path, report):
    """Write the state of the default database at one moment to the file `path`. Return the digests of its tables.

    Nobody waits for it: others go on reading and writing. `report(sentence)` is called before each step.
    """
    if connection.vendor == "postgresql":
        return _dump_postgresql(path, report)
    return _copy_sqlite(path, report)


@contextmanager
def one_state(folder):
    """Read the default database as it is at one moment inside this block, while others go on reading and writing.

    On SQLite the block reads a copy in `folder`, because a long reading transaction would keep the database from
    tidying up its journal.
    """
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(ONE_STATE)
            yield
        return
    copy = folder / "copy"
    _copy_file(copy)
    with _database_named(str(copy)):
        yield


def load_snapshot(path):
    """Load a file of `take_snapshot` into the default database, which must be empty: the whole file or nothing."""
    if connection.vendor == "postgresql":
        arguments = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
        _run("pg_restore", *arguments, f"--dbname={connection.settings_dict['NAME']}", str(path))
        return
    target = connection.settings_dict["NAME"]
    connection.close()
    with closing(sqlite3.connect(path)) as copy, closing(sqlite3.connect(target)) as database:
        copy.backup(database)


@contextmanager
def temporary_database(folder):
    """Use an empty database in place of the default one inside this block, and delete it afterwards.

    SQLite keeps it in `folder`. PostgreSQL needs a role that may create databases.
    """
    name = f"filiform_check_{os.getpid()}"
    if connection.vendor == "sqlite":
        with _database_named(str(folder / name)):
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    try:
        with _database_named(name):
            yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name}")


@contextmanager
def _database_named(name):
    usual = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual


def _copy_sqlite(path, report):
    report("Copying the database")
    _copy_file(path)
    with _database_named(str(path)):
        return table_digests(lambda table: report(f"Reading {table}"))


def _copy_file(path):
    """Write the state of the SQLite database at one moment to the file `path`."""
    name = connection.settings_dict["NAME"]
    with (
        closing(sqlite3.connect(name, isolation_level=None, timeout=20)) as database,
        closing(sqlite3.connect(path)) as copy,
    ):
        # An open reading transaction keeps one state. Without it, SQLite would begin again after each write by others.
        database.execute("BEGIN")
        database.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        database.backup(copy, pages=PAGES_AT_ONCE, sleep=0)
        (problem,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
    if problem != "ok":
        raise ToolFailed(f"The database file is damaged: {problem}")


def _dump_postgresql(path, report):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ONE_STATE)
        cursor.execute("SELECT pg_export_snapshot()")
        (snapshot,) = cursor.fetchone()
        report("Copying the database")
        arguments = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
        _run("pg_dump", *arguments, f"--file={path}", f"--dbname={connection.settings_dict['NAME']}")
        return table_digests(lambda table: report(f"Reading {table}"))


def _run(tool, *arguments):
    if not shutil.which(tool):
        raise ToolFailed(f"{tool} is missing. Install the PostgreSQL client: apt install postgresql-client")
    # The arguments are fixed words, a path of our own and the name of the database in the settings.
    done = subprocess.run([tool, *arguments], env=os.environ | _libpq(), capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        raise ToolFailed(f"{tool} failed with status {done.returncode}. {done.stderr.strip()}")


def _libpq():
    """The connection as environment variables: all users of the machine can see arguments, and so a password."""
    settings = connection.settings_dict
    given = {
        "PGHOST": settings["HOST"] or settings["OPTIONS"].get("host", ""),
        "PGPORT": settings["PORT"] or settings["OPTIONS"].get("port", ""),
        "PGUSER": settings["USER"],
        "PGPASSWORD": settings["PASSWORD"],
        "PGSSLMODE": settings["OPTIONS"].get("sslmode", ""),
        # With it, an administrator acts as the owner of the tables (docs/organisations.md).
        "PGOPTIONS": settings["OPTIONS"].get("options", ""),
    }
    return {name: str(value) for name, value in given.items() if value}
