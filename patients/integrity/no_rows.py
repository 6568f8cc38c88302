"""A database constraint for rows that must not have rows of another table, on PostgreSQL and SQLite."""

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS

from patients.integrity.refused_writes import RefusedWrite
from patients.integrity.trigger_constraints import condition_sql

EXISTS = "EXISTS (SELECT 1 FROM {rows} WHERE {link} = {new}.{pk})"


class NoRows(RefusedWrite):
    """The database refuses to write a row that meets `when` while `table` has rows whose column `link` is its key.

    It checks writes to this table only. Writing to `table` afterwards must be prevented by another constraint, such as
    an Immutable one, which also locks the row. `related` is the name by which the model knows those rows. The table is
    named, not the model, because SQLite makes the triggers while a migration remakes tables.
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

    def fields(self):
        return self.when.referenced_base_fields

    def why(self):
        return f"there are rows in {self.table}"

    def refused(self, event, model, schema_editor, *, new, old):
        quote = schema_editor.quote_name
        exists = EXISTS.format(rows=quote(self.table), link=quote(self.link), new=new, pk=quote(model._meta.pk.column))
        return f"({condition_sql(self.when, model, schema_editor, of=new)}) AND {exists}"
