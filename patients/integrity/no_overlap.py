"""A database constraint for rows that must not overlap in time, on PostgreSQL and SQLite."""

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
# SQLite compares times as text, so it refuses a time that is not in the format in which Django writes it.
MALFORMED = "NEW.{0} NOT GLOB '????-??-?? ??:??*' OR substr(NEW.{0}, 11) GLOB '*[^ 0-9:.]*'"
# AFTER, because an inserted row has its key only then. A check of the table limits rows to one day, so only rows that
# start in the day before this one can still be running: the search reads these and not the whole past. datetime() drops
# fractions of a second, which makes the bound a little early but never late. The plus sign keeps SQLite from using an
# index on the end.
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
    """A time, 24 hours later, in plain SQL: a constraint must not need the functions that Django adds to SQLite."""

    template = "(%(expressions)s + interval '24 hours')"
    output_field = DateTimeField()

    def as_sqlite(self, compiler, connection, **context):
        return self.as_sql(compiler, connection, template="datetime(%(expressions)s, '+1 day')", **context)


class NoOverlap(TriggerConstraint):
    """No two rows with an equal `same` overlap between `start` and `end`, among those that meet `condition`.

    A row may start when another ends. A row whose `same` is empty may overlap others. PostgreSQL gets an exclusion
    constraint that needs no extension; SQLite gets triggers. They rely on a check that no row is longer than
    `OneDayAfter`. In `violation_error_message`, `{clash}` stands for the row that it overlaps.
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
        kwargs |= {"same": self.same, "start": self.start, "end": self.end, "condition": self.condition}
        return path, args, kwargs | {"violation_error_code": self.violation_error_code}

    def validate(self, model, instance, exclude=None, using=DEFAULT_DB_ALIAS):
        """Raise ValidationError in a form for what the database would refuse; the message names the other row."""
        if {self.same, self.start, self.end} & set(exclude or ()):
            return
        if clash := self.clash(model, instance, using):
            message = self.violation_error_message.format(clash=clash)
            raise ValidationError(message, code=self.violation_error_code)

    def clash(self, model, instance, using=DEFAULT_DB_ALIAS):
        """The first row that this one overlaps, or None."""
        same, start, end = (
            getattr(instance, model._meta.get_field(field).attname) for field in (self.same, self.start, self.end)
        )
        values = instance._get_field_expression_map(meta=model._meta)
        if None in (same, start, end) or not self.condition.check(values, using=using):
            return None
        overlapping = Q(**{self.same: same, f"{self.start}__lt": end, f"{self.end}__gt": start})
        others = model._base_manager.using(using).filter(overlapping, self.condition).exclude(pk=instance.pk)
        return others.order_by(self.start).first()

    def constraint_sql(self, model, schema_editor):
        """The clause of CREATE TABLE; SQLite's triggers are made after the table."""
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
        """The statements for SQLite. They name the table in a way that survives its renaming when SQLite remakes it."""
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
        """The columns whose change can cause an overlap, sorted."""
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
