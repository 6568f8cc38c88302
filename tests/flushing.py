"""Between tests a database is emptied, which its frozen rows refuse; for that moment their triggers are away.

A test that plays somebody who edits the database behind Django's back takes them away as well.
"""

from contextlib import contextmanager

from django.apps import apps
from django.db import connection
from django.db.backends.base.operations import BaseDatabaseOperations

from patients.frozen import Frozen
from patients.triggers import drop_triggers, restore_triggers, trigger_constraints

empty = BaseDatabaseOperations.execute_sql_flush


def frozen_tables():
    return {
        model._meta.db_table
        for app in apps.get_app_configs()
        for model, constraint in trigger_constraints(app)
        if isinstance(constraint, Frozen)
    }


@contextmanager
def unguarded(conn=connection):
    """Nothing is frozen meanwhile."""
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
        # What is still to be checked at the end of a transaction would hold the tables.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in sorted(frozen_tables()):
            cursor.execute(f"ALTER TABLE {conn.ops.quote_name(table)} {verb} TRIGGER USER")


def execute_sql_flush(self, sql_list):
    with unguarded(self.connection):
        empty(self, sql_list)


def let_tests_empty_tables():
    type(connection.ops).execute_sql_flush = execute_sql_flush
