"""Form fields of the session's page that Django does not provide."""

import re
import uuid
from datetime import UTC, datetime, time
from decimal import Decimal

from django import forms
from django.core.exceptions import SuspiciousOperation, ValidationError
from django.db import models
from django.db.backends.base.operations import BaseDatabaseOperations
from django.utils import timezone
from django.utils.choices import BaseChoiceIterator
from django.utils.text import capfirst

from treatments.catalogue.free_entries import is_free_text, read_free_entry
from treatments.catalogue.lookup import LazyRows
from treatments.record import bounds
from treatments.record.needling_times import is_within_visit, moment_at


class ProseField(forms.CharField):
    """Text of several lines. A line break counts as one character, as it does in the browser."""

    def to_python(self, value):
        return super().to_python(value).replace("\r\n", "\n")


DECIMAL = re.compile(r"[+-]?\d*[.,]\d+")


class CountField(forms.IntegerField):
    """A whole number from `least` to `most`; `sentence` is the message for any value but a number with decimals."""

    def __init__(self, least, most, sentence, **kwargs):
        super().__init__(
            required=False, min_value=least, max_value=most, error_messages={"invalid": sentence}, **kwargs
        )
        for validator in self.validators:
            validator.message = sentence

    def to_python(self, value):
        try:
            return super().to_python(value)
        except ValidationError:
            if DECIMAL.fullmatch(str(value).strip()):
                raise ValidationError("Enter a whole number, without decimals.", code="decimals") from None
            raise


class PainField(CountField):
    """A score on the numeric pain rating scale (NPRS): a whole number from 0 to 10."""

    def __init__(self, **kwargs):
        super().__init__(*bounds.PAIN, **kwargs)
        self.choices = [(number, number) for number in range(11)]


class LookupField(forms.Field):
    """A row of the catalogue, found in memory: a session of 12 rows would otherwise need 36 queries."""

    default_error_messages = {"unknown": "Choose one from the list."}

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.rows = LazyRows([], None)

    def to_python(self, value):
        if value in self.empty_values:
            return None
        try:
            return self.rows[str(value)]
        except KeyError:
            raise ValidationError(self.error_messages["unknown"], code="unknown") from None

    def prepare_value(self, value):
        return getattr(value, "pk", value)

    def text(self, value):
        key = str(self.prepare_value(value))
        return str(self.rows[key]) if key in self.rows.all() else ""


class MuscleField(LookupField):
    """A muscle or another target of the catalogue, or a free entry (see treatments.catalogue.free_entries)."""

    takes_free_entries = True

    def to_python(self, value):
        if self.takes_free_entries and is_free_text(value):
            return read_free_entry(value, [entry for entry in self.rows.all().values() if not entry.region])
        muscle = super().to_python(value)
        if muscle and not muscle.region:
            raise ValidationError(f"{muscle}: describe it in your own words, with its body region.", code="region")
        return muscle

    def text(self, value):
        if is_free_text(value):
            return str(value).rsplit("|", 1)[-1]
        return super().text(value)


class SharedChoices(BaseChoiceIterator):
    """Choices that never change. The forms of all rows share them; Django would copy a list for every form."""

    def __init__(self, choices):
        self._choices = tuple(choices)

    def __iter__(self):
        return iter(self._choices)

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self


YES_OR_NO = SharedChoices([("yes", "Yes"), ("no", "No")])


class YesNoField(forms.TypedChoiceField):
    """Yes (True), no (False) or not answered (None)."""

    def __init__(self, **kwargs):
        super().__init__(choices=YES_OR_NO, coerce=lambda v: v == "yes", empty_value=None, **kwargs)

    def prepare_value(self, value):
        return {True: "yes", False: "no"}.get(value, value)


class MomentField(forms.DateTimeField):
    """A local date and time. An unchanged value keeps the `stored` moment, as a local time can occur twice a year."""

    stored = None

    def to_python(self, value):
        if self.stored and value == self.widget.format_value(self.prepare_value(self.stored)):
            return self.stored
        try:
            moment = super().to_python(value)
            if moment and not 1900 < moment.astimezone(UTC).year < 3000:
                raise OverflowError
        except OverflowError:
            raise ValidationError("This date is not possible. Check the year.") from None
        return moment


class ClockField(forms.Field):
    """A local time, such as 11:52, of the visit that began at `started_at`; its value is a moment.

    An unchanged time keeps the `stored` moment with its seconds. Without a time the stored moment stays, because it
    can be corrected but not removed.
    """

    widget = forms.TimeInput(attrs={"type": "time", "class": "form-control"})
    default_error_messages = {"invalid": "Write the time as hours and minutes, like 11:52."}
    stored = None
    started_at = None

    def to_python(self, value):
        if value in self.empty_values:
            return self.stored
        is_same = self.stored and value == self.prepare_value(self.stored)
        if is_same and is_within_visit(self.stored, self.started_at):
            return self.stored
        found = re.fullmatch(r"([01]?\d|2[0-3])[:.]([0-5]\d)(?::[0-5]\d)?", value.strip())
        if not found:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return moment_at(time(int(found[1]), int(found[2])), self.started_at)

    def prepare_value(self, value):
        return f"{timezone.localtime(value):%H:%M}" if isinstance(value, datetime) else value

    def text(self, value):
        return self.prepare_value(value) or ""


class RetentionField(forms.Field):
    """How long a needle stayed in: typed as minutes and seconds (10:00, 0:30 or 10), stored in seconds."""

    default_error_messages = {"invalid": "Write minutes and seconds, like 10:00 or 0:30."}

    def to_python(self, value):
        if value in self.empty_values:
            return None
        found = re.fullmatch(r"(\d{1,3})(?::([0-5]\d))?", value.strip())
        if not found:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return int(found[1]) * 60 + int(found[2] or 0)

    def prepare_value(self, value):
        return f"{value // 60}:{value % 60:02}" if isinstance(value, int) else value


class QuantityField(forms.DecimalField):
    """A decimal number. A comma is accepted as the decimal point."""

    def to_python(self, value):
        if isinstance(value, str):
            value = value.replace(",", ".")
        return super().to_python(value)

    def prepare_value(self, value):
        return f"{value:f}" if isinstance(value, Decimal) else value


# Model fields for which the session's page does not use Django's own form field.
FORM_CLASSES = {models.BooleanField: YesNoField, models.DecimalField: QuantityField}


def form_fields(model, names, declared):
    """{name: form field} in the order of `names`: from `declared` where present, else made from the model."""
    return {name: declared.get(name) or form_field(model._meta.get_field(name)) for name in names}


def form_field(field):
    """The form field of a model's field. It is never required, because an incomplete draft can be saved.

    A choice has no empty entry, because tapping a selected button again clears it.
    """
    usual = {"required": False, "label": capfirst(field.verbose_name)}
    if field.choices:
        return forms.ChoiceField(choices=SharedChoices(field.choices), **usual)
    if form_class := FORM_CLASSES.get(type(field)):
        usual["form_class"] = form_class
    if isinstance(field, models.IntegerField):
        # Use the limits of PostgreSQL on SQLite too, which would accept any number.
        least, most = BaseDatabaseOperations.integer_field_ranges[field.get_internal_type()]
        usual |= {"min_value": least, "max_value": most}
    return field.formfield(**usual)


def row_ids(data, name):
    """The UUIDs of a page's rows, in order, without repeats. Raises SuspiciousOperation for wrong or too many ids."""
    try:
        ids = [uuid.UUID(value) for value in data.getlist(name) if f"{name}-{value}-remove" not in data]
    except ValueError:
        raise SuspiciousOperation("A row id is not a UUID.") from None
    if len(ids) > 200:
        raise SuspiciousOperation("There are more rows than a session can have.")
    return list(dict.fromkeys(ids))
