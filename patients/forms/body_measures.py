"""The form for height and weight."""

from decimal import Decimal
from uuid import uuid4

from django import forms
from django.utils import timezone

from patients.models.body_measure import HEIGHT_SENTENCE, WEIGHT_SENTENCE

from .once import ChoosesId
from .people import WrittenDateField, sections

MEASURED = ("Height and weight", ["measured_on", "height_cm", "weight_kg", "id"])


class DecimalCommaField(forms.DecimalField):
    """A number that may be written with a comma, as in 62,5."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def to_python(self, value):
        return super().to_python(value.replace(",", ".") if isinstance(value, str) else value)

    def prepare_value(self, value):
        return f"{value:f}" if isinstance(value, Decimal) else value


def _field(label, sentence):
    codes = ["invalid", "max_digits", "max_whole_digits", "max_decimal_places"]
    messages = dict.fromkeys(codes, f"{sentence} One decimal is enough.")
    return DecimalCommaField(label=label, required=False, max_digits=4, decimal_places=1, error_messages=messages)


class BodyMeasureForm(ChoosesId, forms.Form):
    id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    measured_on = WrittenDateField(label="Measured on", initial=timezone.localdate)
    height_cm = _field("Height in cm", HEIGHT_SENTENCE)
    weight_kg = _field("Weight in kg", WEIGHT_SENTENCE)
    helper = sections(MEASURED)
