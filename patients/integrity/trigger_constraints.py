"""Constraints that live in triggers, where a plain constraint cannot say what must never be false."""

from itertools import chain

from django.apps import apps
from django.db import transaction
from django.db.models import BaseConstraint
from django.db.models.sql import Query


class TriggerConstraint(BaseConstraint):
    """A constraint in Meta.constraints that is made of triggers; subclasses say which, engine by engine.

    On SQLite the triggers are made with the table, and again whenever a migration makes the table anew: the database
    backend sees to it. `restore_triggers` repairs them after changes by hand.
    """

    def __eq__(self, other):
        if type(other) is not type(self):
            return NotImplemented
        return self.deconstruct() == other.deconstruct()

    def trigger_sql(self, model, schema_editor):
        """The statements that make the triggers on this editor's engine; on SQLite one for each of `trigger_names`."""
        raise NotImplementedError(f"{type(self).__name__} says nothing of its triggers.")

    def columns(self, model):
        """The columns that the triggers speak of: without one of them they cannot be made."""
        raise NotImplementedError(f"{type(self).__name__} says nothing of its columns.")

    def trigger_names(self, vendor):
        """The names of the triggers on this engine."""
        raise NotImplementedError(f"{type(self).__name__} does not name its triggers.")

    def constraint_sql(self, model, schema_editor):
        """No part of CREATE TABLE: the triggers follow when the table is there."""
        schema_editor.deferred_sql.extend(self.trigger_sql(model, schema_editor))

    def create_sql(self, model, schema_editor):
        return "; ".join(map(str, self.trigger_sql(model, schema_editor)))


def trigger_constraints(app_config):
    """Every (model, constraint) of an app that is kept by triggers."""
    for model in app_config.get_models():
        for constraint in model._meta.constraints:
            if isinstance(constraint, TriggerConstraint):
                yield model, constraint


def restore_triggers(app_config, connection):
    """Make each trigger of an app that is absent or differs from what the models declare. SQLite only.

    Nothing is written if all are in place. A table that migrations have taken back, in whole or in part, is left
    alone.
    """
    schema_editor = connection.schema_editor()
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        present = dict(cursor.fetchall())
        for model, constraint in trigger_constraints(app_config):
            if not set(constraint.columns(model)) <= _columns(model, cursor):
                continue
            names, statements = constraint.trigger_names("sqlite"), constraint.trigger_sql(model, schema_editor)
            for name, statement in zip(names, map(str, statements), strict=True):
                if present.get(name) != statement:
                    with transaction.atomic(connection.alias):
                        cursor.execute(f"DROP TRIGGER IF EXISTS {connection.ops.quote_name(name)}")
                        cursor.execute(statement)


PRESENT = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'",
}


def missing_triggers(connection):
    """The names of triggers that should guard this database and are not there, or are switched off."""
    with connection.cursor() as cursor:
        cursor.execute(PRESENT[connection.vendor])
        present = {name for (name,) in cursor.fetchall()}
    wanted = chain.from_iterable(map(trigger_constraints, apps.get_app_configs()))
    names = [name for _, constraint in wanted for name in constraint.trigger_names(connection.vendor)]
    return sorted(set(names) - present)


def _columns(model, cursor):
    """Those that the table has now; none when there is no table."""
    cursor.execute("SELECT name FROM pragma_table_info(%s)", [model._meta.db_table])
    return {name for (name,) in cursor.fetchall()}


def condition_sql(condition, model, schema_editor, of=None):
    """The condition as SQL with its values in place, said of the table's own row or of `of`."""
    query = Query(model, alias_cols=of is not None)
    where = query.build_where(condition)
    if of:
        # While SQLite remakes a table, its fields may still remember the name it had and will have.
        table = model._meta.db_table
        where = where.relabeled_clone({table: of, table.removeprefix("new__"): of})
    sql, params = where.as_sql(query.get_compiler(connection=schema_editor.connection), schema_editor.connection)
    return sql % tuple(schema_editor.quote_value(param) for param in params)
