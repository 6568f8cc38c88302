"""Constraints made of database triggers, for rules that a plain constraint cannot express."""

import re
from itertools import chain

from django.apps import apps
from django.db import transaction
from django.db.models import BaseConstraint
from django.db.models.sql import Query


class TriggerConstraint(BaseConstraint):
    """A constraint in Meta.constraints that is made of triggers. Subclasses define them for each engine.

    On SQLite the triggers are made with the table, and again whenever a migration remakes the table: the database
    backend does that. `restore_triggers` repairs triggers that somebody changed by hand.
    """

    def __eq__(self, other):
        if type(other) is not type(self):
            return NotImplemented
        return self.deconstruct() == other.deconstruct()

    def trigger_sql(self, model, schema_editor):
        """The statements that make the triggers on this editor's engine; on SQLite one for each of `trigger_names`."""
        raise NotImplementedError(f"{type(self).__name__} must define trigger_sql().")

    def columns(self, model):
        """The columns that the triggers use. The triggers cannot be made while one of these is missing."""
        raise NotImplementedError(f"{type(self).__name__} must define columns().")

    def tables(self, model):
        """The other tables that the triggers cannot be made without."""
        return set()

    def trigger_names(self, vendor):
        """The names of the triggers on this engine."""
        raise NotImplementedError(f"{type(self).__name__} must define trigger_names().")

    def constraint_sql(self, model, schema_editor):
        """Adds no clause to CREATE TABLE; the triggers are made after the table."""
        schema_editor.deferred_sql.extend(self.trigger_sql(model, schema_editor))

    def create_sql(self, model, schema_editor):
        return "; ".join(map(str, self.trigger_sql(model, schema_editor)))


def trigger_constraints(app_config):
    """Yield (model, constraint) for each TriggerConstraint of an app."""
    for model in app_config.get_models():
        for constraint in model._meta.constraints:
            if isinstance(constraint, TriggerConstraint):
                yield model, constraint


def restore_triggers(app_config, connection):
    """Make each trigger of an app that is missing, disabled or different from what the models declare.

    Writes nothing if all are in place. Skips tables that lack a column or another table which the triggers use, as
    after migrating backwards. On PostgreSQL the role must own the tables, as the one that migrates does.
    """
    schema_editor = connection.schema_editor()
    with connection.cursor() as cursor:
        present, tables = _present_triggers(cursor, connection), set(connection.introspection.table_names(cursor))
        for model, constraint in trigger_constraints(app_config):
            declared = _declared_triggers(model, constraint, schema_editor)
            to_make = [name for name, definition in declared.items() if present.get(name) != definition]
            if connection.vendor == "sqlite":
                drop = "DROP TRIGGER IF EXISTS {}".format
                todo = [sql for name in to_make for sql in (drop(schema_editor.quote_name(name)), declared[name])]
            else:
                # There the statements of a constraint replace its function and its triggers together.
                todo = constraint.trigger_sql(model, schema_editor) if to_make else []
            has_tables = constraint.tables(model) <= tables
            if todo and has_tables and set(constraint.columns(model)) <= _columns(model, cursor, connection):
                with transaction.atomic(connection.alias):
                    for sql in todo:
                        cursor.execute(str(sql))


def faulty_triggers(connection):
    """The sorted names of triggers that are missing, disabled or different from what the models declare."""
    schema_editor = connection.schema_editor()
    with connection.cursor() as cursor:
        present = _present_triggers(cursor, connection)
    return sorted(
        name
        for model, constraint in chain.from_iterable(map(trigger_constraints, apps.get_app_configs()))
        for name, definition in _declared_triggers(model, constraint, schema_editor).items()
        if present.get(name) != definition
    )


def _declared_triggers(model, constraint, schema_editor):
    """{name: definition} of the triggers of a constraint on this engine, to compare with `_present_triggers`."""
    vendor = schema_editor.connection.vendor
    if not (names := constraint.trigger_names(vendor)):
        return {}
    statements = list(map(str, constraint.trigger_sql(model, schema_editor)))
    if vendor == "sqlite":
        return dict(zip(names, statements, strict=True))
    body = statements[0].split("$body$")[1]
    triggers = [statement for statement in statements if statement.startswith("CREATE TRIGGER")]
    return {name: (_words(trigger), body) for name, trigger in zip(names, triggers, strict=True)}


# The triggers that are there and enabled.
PRESENT = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": """SELECT tgname, pg_get_triggerdef(pg_trigger.oid, true), prosrc
        FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')""",
}


def _present_triggers(cursor, connection):
    cursor.execute(PRESENT[connection.vendor])
    if connection.vendor == "sqlite":
        return dict(cursor.fetchall())
    return {name: (_words(definition), body) for name, definition, body in cursor.fetchall()}


def _words(definition):
    """The words of a CREATE TRIGGER in a fixed order: PostgreSQL writes its events in an order of its own."""
    return sorted(re.findall(r"\w+", definition))


def _columns(model, cursor, connection):
    """The names of the columns that the table has now; empty if there is no table."""
    table = model._meta.db_table
    if table not in connection.introspection.table_names(cursor):
        return set()
    if connection.vendor == "sqlite":
        # Django's own description parses the table's SQL, and fails on the backslash of a LIKE in a constraint.
        cursor.execute("SELECT name FROM pragma_table_info(%s)", [table])
        return {name for (name,) in cursor.fetchall()}
    return {column.name for column in connection.introspection.get_table_description(cursor, table)}


def condition_sql(condition, model, schema_editor, of=None):
    """The condition as SQL with its values filled in, on the row named `of` (OLD or NEW) or on the table itself."""
    query = Query(model, alias_cols=of is not None)
    where = query.build_where(condition)
    if of:
        # While SQLite remakes a table as new__NAME, some fields already or still refer to it as NAME.
        table = model._meta.db_table
        where = where.relabeled_clone({table: of, table.removeprefix("new__"): of})
    sql, params = where.as_sql(query.get_compiler(connection=schema_editor.connection), schema_editor.connection)
    return sql % tuple(schema_editor.quote_value(param) for param in params)
