"""A database constraint for rows that can never be changed or deleted, on PostgreSQL and SQLite."""

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS
from django.db.backends.ddl_references import Statement, Table
from django.db.models import Q

from patients.integrity.destroying import TABLES, destroyed_sql
from patients.integrity.trigger_constraints import TriggerConstraint, condition_sql

EVERY = Q()
ALWAYS = "1 = 1"
EXISTS = "EXISTS (SELECT 1 FROM {parent} WHERE {parent_pk} = {row}.{link} AND {immutable})"
POSTGRES_FUNCTION = """CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN
IF TG_OP = 'TRUNCATE' THEN {refuse} END IF;
{checks}
IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
RETURN NEW; END $body$"""
POSTGRES_REFUSE = (
    "RAISE EXCEPTION '{name}: {table} is frozen'"
    " USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = '{name}';"
)
# Locks the parent's row, so that it cannot be signed while one of its parts is being written.
POSTGRES_HOLD = "PERFORM 1 FROM {parent} WHERE {parent_pk} = {row}.{link} FOR SHARE; "


class Immutable(TriggerConstraint):
    """The database refuses to change or delete rows that meet `when`, whatever code or tool writes.

    Without `when`, no row of the table can be changed or deleted. `allow` names fields that may still change; `fields`
    names the only fields that may not. With `through`, the name of a foreign key, `when` is a condition on the parent:
    rows of an immutable parent cannot be added, changed or deleted, except for the fields in `allow`; `only` limits
    this to rows that meet it.
    A refused write raises an IntegrityError that contains the constraint's name. The only exception is the destruction
    of a whole record of a patient: see patients.integrity.destroying.
    """

    def __init__(self, *, name, violation_error_message, when=EVERY, through="", only=EVERY, allow=(), fields=()):
        super().__init__(name=name, violation_error_message=violation_error_message, violation_error_code="frozen")
        self.when, self.through, self.only = when, through, only
        self.allow, self.fields = tuple(allow), tuple(fields)

    def deconstruct(self):
        path, args, kwargs = super().deconstruct()
        kwargs.pop("violation_error_code", None)
        options = {name: getattr(self, name) for name in ("when", "through", "only", "allow", "fields")}
        return path, args, kwargs | {name: value for name, value in options.items() if value}

    # In forms ------------------------------------------------------------------

    def validate(self, model, instance, exclude=None, using=DEFAULT_DB_ALIAS):
        """Raise ValidationError in a form for what the database would refuse."""
        rows = model._base_manager.using(using).filter(pk=instance.pk)
        if self.through:
            immutable = self._parent_is_immutable(model, instance, using)
        else:
            stored = None if instance._state.adding else rows.filter(self.when).first()
            fields = self._immutable_fields(model)
            immutable = stored is not None and any(
                getattr(stored, field.attname) != getattr(instance, field.attname) for field in fields
            )
        if immutable:
            raise ValidationError(self.get_violation_error_message(), code=self.violation_error_code)

    def _parent_is_immutable(self, model, instance, using):
        link = model._meta.get_field(self.through)
        if self.only and not self.only.check(instance._get_field_expression_map(meta=model._meta), using=using):
            return False
        parents = link.related_model._base_manager.using(using).filter(pk=getattr(instance, link.attname))
        return parents.filter(self.when).exists()

    def _immutable_fields(self, model):
        names = self.fields or {field.name for field in model._meta.concrete_fields} - set(self.allow)
        # Sorted, because migrations can put the columns of a table in another order than the model has them.
        return sorted((f for f in model._meta.concrete_fields if f.name in names), key=lambda field: field.column)

    # In the database -----------------------------------------------------------

    def remove_sql(self, model, schema_editor):
        return f"DROP FUNCTION IF EXISTS {schema_editor.quote_name(self.name)}() CASCADE"

    def columns(self, model):
        fields = {"pk", *self.allow, *self.fields, *self.only.referenced_base_fields}
        fields |= {self.through} if self.through else set(self.when.referenced_base_fields)
        return sorted(model._meta.pk.column if f == "pk" else model._meta.get_field(f).column for f in fields)

    def tables(self, model):
        return TABLES if destroyed_sql(model, "OLD", str) else set()

    def trigger_names(self, vendor):
        if vendor == "postgresql":
            return [self.name, f"{self.name}_all"]
        events = ["update", "delete", *(["insert"] if self.through else [])]
        return [f"{self.name}_{event}" for event in events]

    def trigger_sql(self, model, schema_editor):
        make = self._on_postgres if schema_editor.connection.vendor == "postgresql" else self._on_sqlite
        table = Table(model._meta.db_table, schema_editor.quote_name)
        for sql in make(model, schema_editor):
            yield Statement(sql.replace("%", "%%").replace("{{table}}", "%(table)s"), table=table)

    def _on_sqlite(self, model, schema_editor):
        old, new = self._condition("OLD", model, schema_editor), self._condition("NEW", model, schema_editor)
        conditions = {
            "update": f"({old} OR {new})" if self.through else old,
            "delete": old,
            "insert": new,
        }
        for trigger in self.trigger_names("sqlite"):
            event = trigger.rpartition("_")[2]
            name, when = schema_editor.quote_name(trigger), conditions[event]
            if event == "delete" and (destroyed := destroyed_sql(model, "OLD", schema_editor.quote_name)):
                when += f" AND NOT {destroyed}"
            if event == "update" and (self.allow or not self.through):
                when += f" AND {self._changes(model, schema_editor)}"
            yield (
                f"CREATE TRIGGER {name} BEFORE {event.upper()} ON {{{{table}}}} WHEN {when}"
                f" BEGIN SELECT RAISE(ABORT, '{self.name}'); END"
            )

    def _changes(self, model, schema_editor):
        """The SQL condition that a field changes which must not."""
        if not self.allow and not self.fields:
            return ALWAYS
        is_postgres = schema_editor.connection.vendor == "postgresql"
        if is_postgres and self.allow:  # columns that a later migration adds are immutable too
            allowed = "".join(f" - '{model._meta.get_field(name).column}'" for name in self.allow)
            return f"(to_jsonb(NEW){allowed}) IS DISTINCT FROM (to_jsonb(OLD){allowed})"
        differs = "IS DISTINCT FROM" if is_postgres else "IS NOT"
        columns = [schema_editor.quote_name(field.column) for field in self._immutable_fields(model)]
        return "(" + " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in columns) + ")"

    def _on_postgres(self, model, schema_editor):
        name = schema_editor.quote_name(self.name)
        refuse = POSTGRES_REFUSE.format(name=self.name, table=model._meta.db_table)
        checks = "\n".join(self._postgres_checks(model, schema_editor, refuse))
        yield POSTGRES_FUNCTION.format(name=name, refuse=refuse, checks=checks)
        events = "INSERT OR UPDATE OR DELETE" if self.through else "UPDATE OR DELETE"
        kinds = ((events, "ROW"), ("TRUNCATE", "STATEMENT"))
        for trigger, (when, each) in zip(self.trigger_names("postgresql"), kinds, strict=True):
            trigger = schema_editor.quote_name(trigger)
            yield f"DROP TRIGGER IF EXISTS {trigger} ON {{{{table}}}}"
            yield f"CREATE TRIGGER {trigger} BEFORE {when} ON {{{{table}}}} FOR EACH {each} EXECUTE FUNCTION {name}()"

    def _postgres_checks(self, model, schema_editor, refuse):
        destroyed = destroyed_sql(model, "old", schema_editor.quote_name)
        deleted = f"IF NOT {destroyed} THEN {refuse} END IF;" if destroyed else refuse
        if not self.through:
            condition, changes = self._condition("old", model, schema_editor), self._changes(model, schema_editor)
            refused = f"IF TG_OP = 'DELETE' THEN {deleted} ELSIF {changes} THEN {refuse} END IF;"
            yield f"IF {condition} THEN {refused} END IF;"
            return
        for row, without in (("old", "INSERT"), ("new", "DELETE")):
            condition = self._condition(row, model, schema_editor)
            hold = POSTGRES_HOLD.format(row=row, **self._link(model, schema_editor))
            changes = self._changes(model, schema_editor) if self.allow else ""
            refused = f"IF TG_OP <> 'UPDATE' THEN {refuse} ELSIF {changes} THEN {refuse} END IF;" if changes else refuse
            if row == "old":
                refused = f"IF TG_OP = 'DELETE' THEN {deleted} ELSE {refused} END IF;"
            yield f"IF TG_OP <> '{without}' THEN {hold}IF {condition} THEN {refused} END IF; END IF;"

    def _condition(self, row, model, schema_editor):
        """The SQL condition that the row named OLD or NEW is immutable."""
        if not self.through:
            return self._of(row, self.when, model, schema_editor)
        parent = model._meta.get_field(self.through).related_model
        link = self._link(model, schema_editor)
        immutable = self._of(None, self.when, parent, schema_editor)
        exists = EXISTS.format(row=row, immutable=immutable, **link)
        return f"({self._of(row, self.only, model, schema_editor)} AND {exists})"

    def _of(self, row, condition, model, schema_editor):
        return f"({condition_sql(condition, model, schema_editor, of=row)})" if condition else ALWAYS

    def _link(self, model, schema_editor):
        field = model._meta.get_field(self.through)
        parent = field.related_model._meta
        quote = schema_editor.quote_name
        return {"parent": quote(parent.db_table), "parent_pk": quote(parent.pk.column), "link": quote(field.column)}
