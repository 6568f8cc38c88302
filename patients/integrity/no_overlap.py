"""A database constraint: rows that hold the same thing never overlap in time. On PostgreSQL and on SQLite."""

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS
from django.db.backends.ddl_references import Statement, Table
from django.db.models import DateTimeField, Func, Q

from patients.integrity.trigger_constraints import TriggerConstraint, condition_sql

EXCLUSION = (
    "CONSTRAINT {name} EXCLUDE USING gist"
    " (int8range({same}, {same}, '[]') WITH &&, tstzrange({start}, {end}, '[)') WITH &&)"
    " WHERE ({same} IS NOT NULL AND {condition})"
)
# Text is compared as text: a time that is not written as Django writes it would slip between the others.
MALFORMED = "NEW.{0} NOT GLOB '????-??-?? ??:??*' OR substr(NEW.{0}, 11) GLOB '*[^ 0-9:.]*'"
# After the fact, when the row has its key whatever the verb. The row before which none can still be running bounds the
# search, so that neither past nor future is read: the table's own check keeps rows within a day. Cut to the second,
# that bound is only ever too early. The plus keeps SQLite off any index on the end.
TRIGGER = (
    "CREATE TRIGGER {trigger} AFTER {verb} ON %(table)s"
    " WHEN NEW.{same} IS NOT NULL AND {new_condition}"
    " BEGIN SELECT RAISE(ABORT, '{name}') WHERE {malformed} OR EXISTS ("
    "SELECT 1 FROM %(table)s WHERE {same} = NEW.{same} AND {start} < NEW.{end}"
    " AND {start} >= datetime(NEW.{start}, '-1 day') AND +{end} > NEW.{start}"
    " AND {pk} <> NEW.{pk} AND {condition}); END"
)
VERBS = {"insert": "INSERT", "update": "UPDATE OF {}"}


class OneDayAfter(Func):
    """The same clock one day after, in plain SQL: a check must not need a function that only Django brings along."""

    template = "(%(expressions)s + interval '24 hours')"
    output_field = DateTimeField()

    def as_sqlite(self, compiler, connection, **context):
        return self.as_sql(compiler, connection, template="datetime(%(expressions)s, '+1 day')", **context)


class NoOverlap(TriggerConstraint):
    """No two rows with the same `same` overlap between `start` and `end`, among those that meet `condition`.

    Touching is allowed and a row without `same` is free. PostgreSQL gets an exclusion constraint that needs no
    extension; SQLite gets triggers. They rely on a check that no row is longer than `OneDayAfter`. In
    `violation_error_message`, `{clash}` is the row in the way.
    """

    def __init__(self, *, name, same, start, end, condition, violation_error_message, violation_error_code="overlap"):
        super().__init__(
            name=name,
            violation_error_message=violation_error_message,
            violation_error_code=violation_error_code,
        )
        self.same, self.start, self.end, self.condition = same, start, end, condition

    def deconstruct(self):
        path, args, kwargs = super().deconstruct()
        return path, args, kwargs | self._declaration() | {"violation_error_code": self.violation_error_code}

    def _declaration(self):
        return {"same": self.same, "start": self.start, "end": self.end, "condition": self.condition}

    def validate(self, model, instance, exclude=None, using=DEFAULT_DB_ALIAS):
        """Refuse in a form what the database would refuse, and say what is in the way."""
        if {self.same, self.start, self.end} & set(exclude or ()):
            return
        if clash := self.clash(model, instance, using):
            message = self.violation_error_message.format(clash=clash)
            raise ValidationError(message, code=self.violation_error_code)

    def clash(self, model, instance, using=DEFAULT_DB_ALIAS):
        """The first row in the way of this one, or None."""
        same, start, end = (
            getattr(instance, model._meta.get_field(field).attname) for field in (self.same, self.start, self.end)
        )
        if None in (same, start, end) or not self.condition.check(_values(model, instance), using=using):
            return None
        overlapping = Q(**{self.same: same, f"{self.start}__lt": end, f"{self.end}__gt": start})
        others = model._base_manager.using(using).filter(overlapping, self.condition).exclude(pk=instance.pk)
        return others.order_by(self.start).first()

    def constraint_sql(self, model, schema_editor):
        """The part of CREATE TABLE; SQLite's triggers follow when the table is there."""
        if schema_editor.connection.vendor == "postgresql":
            names = self._names(model, schema_editor)
            return EXCLUSION.format(condition=condition_sql(self.condition, model, schema_editor), **names)
        return super().constraint_sql(model, schema_editor)

    def create_sql(self, model, schema_editor):
        table = schema_editor.quote_name(model._meta.db_table)
        return f"ALTER TABLE {table} ADD {self.constraint_sql(model, schema_editor)}"

    def remove_sql(self, model, schema_editor):
        return schema_editor._delete_constraint_sql(schema_editor.sql_delete_constraint, model, self.name)

    def trigger_names(self, vendor):
        return [f"{self.name}_{event}" for event in VERBS] if vendor == "sqlite" else []

    def trigger_sql(self, model, schema_editor):
        """SQLite's statements. They follow the table when it is renamed at the end of a remake."""
        names = self._names(model, schema_editor)
        malformed = " OR ".join(MALFORMED.format(names[field]) for field in ("start", "end"))
        for event, verb in VERBS.items():
            sql = TRIGGER.format(
                verb=verb.format(", ".join(map(schema_editor.quote_name, self.columns(model)))),
                trigger=schema_editor.quote_name(f"{self.name}_{event}"),
                condition=condition_sql(self.condition, model, schema_editor).replace("%", "%%"),
                new_condition=condition_sql(self.condition, model, schema_editor, of="NEW").replace("%", "%%"),
                malformed=malformed,
                **names | {"name": self.name},
            )
            yield Statement(sql, table=Table(model._meta.db_table, schema_editor.quote_name))

    def columns(self, model):
        """The columns whose change can make an overlap, in order."""
        fields = {"pk", self.same, self.start, self.end, *self.condition.referenced_base_fields}
        return sorted(model._meta.pk.column if f == "pk" else model._meta.get_field(f).column for f in fields)

    def _names(self, model, schema_editor):
        columns = {
            part: schema_editor.quote_name(model._meta.get_field(field).column)
            for part, field in (("same", self.same), ("start", self.start), ("end", self.end))
        }
        return columns | {
            "name": schema_editor.quote_name(self.name),
            "pk": schema_editor.quote_name(model._meta.pk.column),
        }


def _values(model, instance):
    return instance._get_field_expression_map(meta=model._meta)
