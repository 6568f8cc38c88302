"""A database constraint for what rows need from now on, while rows from before stay valid; on PostgreSQL and SQLite."""

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS
from django.db.models import Q

from patients.integrity.refused_writes import RefusedWrite
from patients.integrity.trigger_constraints import condition_sql

EVERY = Q()


class RequiredOfNew(RefusedWrite):
    """The database refuses to write a row that comes to meet `when` without meeting `condition`.

    A row comes to meet it when it is inserted, or when it did not meet it before. Without `when`, each row that is
    inserted needs the condition. Rows that met `when` before the constraint was made can still be written, so a rule
    can be added that old rows do not meet.
    """

    def __init__(self, *, name, condition, violation_error_message, when=EVERY):
        super().__init__(name=name, violation_error_message=violation_error_message)
        self.condition, self.when = condition, when

    def deconstruct(self):
        path, args, kwargs = super().deconstruct()
        return path, args, kwargs | {"condition": self.condition} | ({"when": self.when} if self.when else {})

    def validate(self, model, instance, exclude=None, using=DEFAULT_DB_ALIAS):
        """Raise ValidationError in a form for what the database would refuse. Like a CheckConstraint, it leaves a form
        alone that does not have all its fields.
        """
        if exclude and not exclude.isdisjoint(self.fields()):
            return
        values = instance._get_field_expression_map(meta=model._meta)
        if self.when and not self.when.check(values, using=using) or self.condition.check(values, using=using):
            return
        before = model._base_manager.using(using).filter(pk=instance.pk)
        if instance._state.adding or not before.filter(self.when).exists():
            raise ValidationError(self.get_violation_error_message(), code=self.violation_error_code)

    def fields(self):
        return {*self.condition.referenced_base_fields, *self.when.referenced_base_fields}

    def why(self):
        return "something required is missing"

    def refused(self, event, model, schema_editor, *, new, old):
        def sql(condition, row):
            return f"({condition_sql(condition, model, schema_editor, of=row)})" if condition else "(1 = 1)"

        lacks = f"{sql(self.when, new)} AND NOT {sql(self.condition, new)}"
        return lacks if event == "insert" else f"{lacks} AND NOT {sql(self.when, old)}"
