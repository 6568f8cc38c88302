"""Between tests a database is emptied, which its immutable rows refuse; for that moment their triggers are away.

A test that plays somebody who edits the database behind Django's back takes them away as well.
What `migrate` had written, the roles and their permissions, is put back row by row: working it out takes longer
than most tests.
"""

from contextlib import contextmanager

from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management.commands import flush
from django.db import connection, transaction
from django.db.backends.base.operations import BaseDatabaseOperations

from patients.integrity.immutability import Immutable
from patients.integrity.trigger_constraints import restore_triggers, trigger_constraints

empty = BaseDatabaseOperations.execute_sql_flush
truncate = type(connection.ops).sql_flush

# What those who listen to post_migrate fill, referred to before referring; and the rows that they left.
OF_MIGRATE = [ContentType, Permission, Group, Group.permissions.through]
left_by_migrate = {}


def immutable_tables():
    return {
        model._meta.db_table
        for app in apps.get_app_configs()
        for model, constraint in trigger_constraints(app)
        if isinstance(constraint, Immutable)
    }


def drop_triggers(app_config, conn):
    """Let an app's immutable rows be changed until `restore_triggers`. SQLite only."""
    with conn.cursor() as cursor:
        for _, constraint in trigger_constraints(app_config):
            for name in constraint.trigger_names("sqlite") if isinstance(constraint, Immutable) else []:
                cursor.execute(f"DROP TRIGGER IF EXISTS {conn.ops.quote_name(name)}")


@contextmanager
def unguarded(conn=connection):
    """Nothing is immutable meanwhile."""
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
        for table in sorted(immutable_tables()):
            cursor.execute(f"ALTER TABLE {conn.ops.quote_name(table)} {verb} TRIGGER USER")


def execute_sql_flush(self, sql_list):
    with unguarded(self.connection):
        empty(self, sql_list)


def sql_flush(self, style, tables, *, reset_sequences=False, allow_cascade=False):
    """PostgreSQL truncates every table anew, however empty: deleting what a test left takes a tenth of the time.

    The lock waits, as truncating does, for whoever still writes.
    """
    if reset_sequences:
        return truncate(self, style, tables, reset_sequences=True, allow_cascade=allow_cascade)
    names = [self.quote_name(table) for table in tables]
    return [f"LOCK TABLE {', '.join(names)} IN SHARE ROW EXCLUSIVE MODE", *(f"DELETE FROM {name}" for name in names)]


def remember_what_migrate_left():
    left_by_migrate.update({model: list(model._base_manager.all()) for model in OF_MIGRATE})


def put_back_what_migrate_left(verbosity, interactive, db, **kwargs):
    """In place of post_migrate after `flush`, whose arguments these are."""
    with transaction.atomic(using=db):
        for model, rows in left_by_migrate.items():
            model._base_manager.using(db).bulk_create(rows)


def let_tests_empty_tables():
    type(connection.ops).execute_sql_flush = execute_sql_flush
    if connection.vendor == "postgresql":
        type(connection.ops).sql_flush = sql_flush
    flush.emit_post_migrate_signal = put_back_what_migrate_left
