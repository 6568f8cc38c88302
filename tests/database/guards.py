"""Write to rows that the database protects, as somebody would who edits it without Django."""

from contextlib import contextmanager

from django.apps import apps
from django.db import connection

from patients.integrity.immutability import Frozen
from patients.integrity.trigger_constraints import drop_triggers, restore_triggers, trigger_constraints


@contextmanager
def unguarded(conn=connection):
    """Inside this block no row is immutable."""
    if conn.vendor == "postgresql":
        _alter_triggers(conn, "DISABLE")
    else:
        for app in apps.get_app_configs():
            drop_triggers(app, conn)
    yield
    if conn.vendor == "postgresql":
        _alter_triggers(conn, "ENABLE")
    else:
        for app in apps.get_app_configs():
            restore_triggers(app, conn)


def _alter_triggers(conn, verb):
    with conn.cursor() as cursor:
        # A check that waits for the end of the transaction would keep the tables locked.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in sorted(_immutable_tables()):
            cursor.execute(f"ALTER TABLE {conn.ops.quote_name(table)} {verb} TRIGGER USER")


def _immutable_tables():
    return {
        model._meta.db_table
        for app in apps.get_app_configs()
        for model, constraint in trigger_constraints(app)
        if isinstance(constraint, Frozen)
    }
