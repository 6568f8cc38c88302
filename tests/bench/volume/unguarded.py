"""Rows by the million past triggers, indexes and foreign keys, which hold again afterwards, also after a failure."""

from contextlib import contextmanager, suppress

from django.apps import apps
from django.db import DatabaseError, OperationalError, connection, transaction

from patients.integrity.trigger_constraints import restore_triggers, trigger_constraints
from tests.database.guards import drop_triggers

# A new file has nothing to lose: whoever stops the command half way begins again with another one.
SQLITE_IN_A_HURRY = {
    "foreign_keys": "OFF",
    "journal_mode": "DELETE",
    "synchronous": "OFF",
    "cache_size": "-400000",
    "threads": "2",
}
# Each index: how it goes, how it comes back.
SQLITE_INDEXES = """SELECT 'DROP INDEX "' || name || '"', sql FROM sqlite_master
WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ({0})"""
# Those behind a primary key stay: other tables refer to it.
POSTGRES_INDEXES = """SELECT format('DROP INDEX %%I', indexname), indexdef FROM pg_indexes
WHERE schemaname = current_schema AND tablename IN ({0})
AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = format('%%I', indexname)::regclass)
UNION ALL SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname, pg_get_constraintdef(oid))
FROM pg_constraint WHERE contype = 'u' AND conrelid::regclass::text IN ({0})"""


@contextmanager
def unguarded(models):
    """One transaction in which rows of these models can be written straight and fast. All of it stays, or nothing."""
    with _in_a_hurry(), transaction.atomic(), _without_triggers(), _without_indexes(models):
        yield


@contextmanager
def _in_a_hurry():
    """SQLite does not wait for the disk meanwhile. Inside somebody else's transaction its pragmas stay as they are."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    before = {name: _ask(f"PRAGMA {name}") for name in SQLITE_IN_A_HURRY}
    _set_pragmas(SQLITE_IN_A_HURRY)
    try:
        yield
    finally:
        _set_pragmas(before)


def _set_pragmas(pragmas):
    for name, value in pragmas.items():
        # Somebody else has the file open: its journal stays what it is.
        with suppress(OperationalError):
            _ask(f"PRAGMA {name} = {value}")


def _ask(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        row = cursor.fetchone()
        return row and row[0]


@contextmanager
def _without_triggers():
    """A failure needs no hand to put them back: they come back with the transaction that took them away."""
    if connection.vendor == "sqlite":
        for app in apps.get_app_configs():
            drop_triggers(app, connection)
        yield
        for app in apps.get_app_configs():
            restore_triggers(app, connection)
        return
    _execute("SET CONSTRAINTS ALL IMMEDIATE")
    if _everything_rests():
        _execute("SET LOCAL maintenance_work_mem = '512MB'")
        yield
        _execute("SET LOCAL session_replication_role = origin")
        return
    for table in _guarded_tables():
        _execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    yield
    _execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table in _guarded_tables():
        _execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def _everything_rests():
    """Let foreign keys rest too, which needs a superuser; an owner of the tables may stop only the triggers."""
    with suppress(DatabaseError), transaction.atomic():
        _execute("SET LOCAL session_replication_role = replica")
        return True
    return False


def _guarded_tables():
    found = {model._meta.db_table for app in apps.get_app_configs() for model, _ in trigger_constraints(app)}
    return sorted(map(connection.ops.quote_name, found))


@contextmanager
def _without_indexes(models):
    """Made once over all rows instead of for each: a few times faster, and packed."""
    tables = [model._meta.db_table for model in models]
    listing = SQLITE_INDEXES if connection.vendor == "sqlite" else POSTGRES_INDEXES
    listing = listing.format(", ".join(["%s"] * len(tables)))
    with connection.cursor() as cursor:
        cursor.execute(listing, tables * listing.count(" IN ("))
        indexes = cursor.fetchall()
    for drop, _ in indexes:
        _execute(drop)
    yield
    for _, create in indexes:
        _execute(create)


def _execute(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
