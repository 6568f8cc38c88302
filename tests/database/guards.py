"""Write to rows that the database protects, as somebody would who edits it without Django."""

from contextlib import contextmanager

from django.apps import apps
from django.db import connection

from patients.integrity.immutability import Immutable
from patients.integrity.trigger_constraints import restore_triggers, trigger_constraints


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


def drop_triggers(app_config, conn):
    """Let an app's immutable rows be changed until `restore_triggers`. SQLite only."""
    with conn.cursor() as cursor:
        for _, constraint in _immutable(app_config):
            for name in constraint.trigger_names("sqlite"):
                cursor.execute(f"DROP TRIGGER IF EXISTS {conn.ops.quote_name(name)}")


def _alter_triggers(conn, verb):
    tables = {model._meta.db_table for app in apps.get_app_configs() for model, _ in _immutable(app)}
    with conn.cursor() as cursor:
        # A check that waits for the end of the transaction would keep the tables locked.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in sorted(tables):
            cursor.execute(f"ALTER TABLE {conn.ops.quote_name(table)} {verb} TRIGGER USER")


def _immutable(app_config):
    """The (model, constraint) pairs of an app whose rows never change again."""
    return [pair for pair in trigger_constraints(app_config) if isinstance(pair[1], Immutable)]
