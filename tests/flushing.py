"""Between tests a database is emptied, which its frozen rows refuse; for that moment their triggers are away."""

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


def execute_sql_flush(self, sql_list):
    if self.connection.vendor == "postgresql":
        tables = [self.quote_name(table) for table in sorted(frozen_tables())]
        away, back = (
            [f"ALTER TABLE {table} {verb} TRIGGER USER" for table in tables] for verb in ("DISABLE", "ENABLE")
        )
        empty(self, [*away, *sql_list, *back])
        return
    for app in apps.get_app_configs():
        drop_triggers(app, self.connection)
    empty(self, sql_list)
    for app in apps.get_app_configs():
        restore_triggers(app, self.connection)


def let_tests_empty_tables():
    type(connection.ops).execute_sql_flush = execute_sql_flush
