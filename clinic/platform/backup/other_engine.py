"""Copy every row from an SQLite database into an empty PostgreSQL database, and compare the two row by row."""

import json
from hashlib import sha256
from itertools import islice

from django.apps import apps
from django.contrib.sessions.models import Session
from django.core.management.color import no_style
from django.db import connections, transaction
from django.db.migrations.recorder import MigrationRecorder
from psycopg2.extras import execute_values

from clinic.platform.readiness import migrations_of_code

SOURCE, TARGET = "copy_source", "default"
ROWS_AT_ONCE = 500
MODULUS = 2**256


class CannotCopy(Exception):
    """The databases are not as they must be. The message is a sentence for whoever started the command."""


def use_source(settings):
    """Make the database of these settings available under the alias SOURCE. Raises CannotCopy unless it is SQLite."""
    if settings["ENGINE"] != "clinic.platform.sqlite":
        raise CannotCopy("The database to copy must be SQLite, such as sqlite:////var/lib/filiform/filiform.sqlite3.")
    if connections[TARGET].vendor != "postgresql":
        raise CannotCopy("Set DATABASE_URL to the PostgreSQL database that the rows are copied to.")
    connections.databases.update(connections.configure_settings(dict(connections.databases) | {SOURCE: settings}))
    applied = MigrationRecorder(connections[SOURCE]).applied_migrations().keys()
    if applied != migrations_of_code():
        raise CannotCopy("The SQLite database is of another version. Run `migrate` there with this version first.")


def copied_models():
    """Every model with a table of its own, in a fixed order. Sessions are left out: everybody signs in again."""
    models = apps.get_models(include_auto_created=True)
    models = [model for model in models if model._meta.managed and not model._meta.proxy and model is not Session]
    return sorted(models, key=lambda model: model._meta.db_table)


def copy_rows(report=lambda table: None):
    """Replace what `migrate` wrote into the target by the rows of the source, all of them or none.

    The owner of the tables must run it. It turns the triggers off, because they refuse rows that are already signed,
    and on again, in one transaction. Foreign keys are checked at its end. Nobody can write to the source meanwhile.
    """
    target, models = connections[TARGET], copied_models()
    quote = target.ops.quote_name
    tables = [quote(model._meta.db_table) for model in models]
    with transaction.atomic(SOURCE), transaction.atomic(TARGET), target.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(f"TRUNCATE {', '.join([*tables, quote(Session._meta.db_table)])}")
        for model in models:
            report(model._meta.db_table)
            _copy_table(model, cursor)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # PostgreSQL refuses to alter a table with checks outstanding
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        for statement in target.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)


def differing_tables(report=lambda table: None):
    """Yield a sentence for each table whose rows are not the same in both databases."""
    for model in copied_models():
        report(model._meta.db_table)
        (rows, values), (copied, copied_values) = _digest(model, SOURCE), _digest(model, TARGET)
        if rows != copied:
            yield f"The table {model._meta.db_table} has {copied} rows, not {rows}."
        elif values != copied_values:
            yield f"The table {model._meta.db_table} has a row with other values."


def _copy_table(model, cursor):
    fields, target = _fields(model), connections[TARGET]
    names = ", ".join(target.ops.quote_name(field.column) for field in fields)
    insert = f"INSERT INTO {target.ops.quote_name(model._meta.db_table)} ({names}) VALUES %s"  # noqa: S608
    every = _rows(model, fields, SOURCE)
    while rows := list(islice(every, ROWS_AT_ONCE)):
        prepared = [
            [field.get_db_prep_save(value, target) for field, value in zip(fields, row, strict=True)] for row in rows
        ]
        execute_values(cursor, insert, prepared, page_size=ROWS_AT_ONCE)


def _digest(model, alias):
    """(number of rows, hash). The hash does not depend on the order, because the two engines sort text differently."""
    count = total = 0
    for row in _rows(model, _fields(model), alias):
        count += 1
        total += int.from_bytes(sha256(json.dumps(row, default=_as_text, sort_keys=True).encode()).digest())
    return count, total % MODULUS


def _rows(model, fields, alias):
    """The values of every row, as Django reads them, which is the same on both engines."""
    rows = model._base_manager.using(alias).order_by("pk").values_list(*(field.attname for field in fields))
    with transaction.atomic(alias):
        yield from rows.iterator(ROWS_AT_ONCE)


def _fields(model):
    return [field for field in model._meta.concrete_fields if not field.generated]


def _as_text(value):
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else str(value)
