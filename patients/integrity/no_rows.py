"""A database constraint for rows that must not have rows of another table, on PostgreSQL and SQLite."""

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS
from django.db.backends.ddl_references import Statement, Table

from patients.integrity.trigger_constraints import TriggerConstraint, condition_sql

EXISTS = "EXISTS (SELECT 1 FROM {rows} WHERE {link} = {new}.{pk})"
SQLITE = "CREATE TRIGGER {trigger} BEFORE {verb} ON %(table)s WHEN {when} BEGIN SELECT RAISE(ABORT, '{name}'); END"
POSTGRES_FUNCTION = """CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN
IF {when} THEN RAISE EXCEPTION '{name}: there are rows in {rows}'
USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = '{name}'; END IF;
RETURN NEW; END $body$"""
POSTGRES = (
    "DROP TRIGGER IF EXISTS {trigger} ON %(table)s",
    "CREATE TRIGGER {trigger} BEFORE INSERT OR UPDATE ON %(table)s FOR EACH ROW EXECUTE FUNCTION {function}()",
)
EVENTS = ("insert", "update")


class NoRows(TriggerConstraint):
    """The database refuses to write a row that meets `when` while `table` has rows whose column `link` is its key.

    It checks writes to this table only. Writing to `table` afterwards must be prevented by another constraint, such as
    an Immutable one, which also locks the row. `related` is the name by which the model knows those rows. The table is
    named, not the model, because SQLite makes the triggers while a migration remakes tables. A refused write raises an
    IntegrityError that contains the constraint's name.
    """

    def __init__(self, *, name, when, related, table, link, violation_error_message):
        super().__init__(name=name, violation_error_message=violation_error_message)
        self.when, self.related, self.table, self.link = when, related, table, link

    def deconstruct(self):
        path, args, kwargs = super().deconstruct()
        options = {option: getattr(self, option) for option in ("when", "related", "table", "link")}
        return path, args, kwargs | options

    def validate(self, model, instance, exclude=None, using=DEFAULT_DB_ALIAS):
        """Raise ValidationError in a form for what the database would refuse."""
        values = instance._get_field_expression_map(meta=model._meta)
        if self.when.check(values, using=using) and getattr(instance, self.related).using(using).exists():
            raise ValidationError(self.get_violation_error_message(), code=self.violation_error_code)

    def remove_sql(self, model, schema_editor):
        return f"DROP FUNCTION IF EXISTS {schema_editor.quote_name(self.name)}() CASCADE"

    def columns(self, model):
        fields = {"pk", *self.when.referenced_base_fields}
        return sorted(model._meta.pk.column if f == "pk" else model._meta.get_field(f).column for f in fields)

    def trigger_names(self, vendor):
        return [self.name] if vendor == "postgresql" else [f"{self.name}_{event}" for event in EVENTS]

    def trigger_sql(self, model, schema_editor):
        quote = schema_editor.quote_name
        is_postgres = schema_editor.connection.vendor == "postgresql"
        new = "new" if is_postgres else "NEW"  # quoted, so PostgreSQL needs its own spelling
        exists = EXISTS.format(rows=quote(self.table), link=quote(self.link), new=new, pk=quote(model._meta.pk.column))
        condition = condition_sql(self.when, model, schema_editor, of=new)
        names = {"name": self.name, "rows": self.table, "function": quote(self.name), "trigger": quote(self.name)}
        names["when"] = f"({condition}) AND {exists}".replace("%", "%%")
        if is_postgres:
            patterns = [(pattern, {}) for pattern in (POSTGRES_FUNCTION, *POSTGRES)]
        else:
            triggers = zip(EVENTS, self.trigger_names("sqlite"), strict=True)
            patterns = [(SQLITE, {"verb": verb.upper(), "trigger": quote(name)}) for verb, name in triggers]
        for pattern, more in patterns:
            sql = pattern.format(**names | more)
            yield Statement(sql, table=Table(model._meta.db_table, quote))
