"""The form for a national or insurance number."""

from uuid import uuid4

from django import forms

from patients.models.identifier import KINDS

from .once import ChoosesId
from .people import sections


class IdentifierForm(ChoosesId, forms.Form):
    id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    kind = forms.ChoiceField(label="Kind", choices=[("", "Choose"), *((k.key, k.label) for k in KINDS.values())])
    number = forms.CharField(
        label="Number",
        max_length=40,
        help_text="Spaces do not matter. The check digit is verified where the kind has one.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    issuer = forms.CharField(
        label="Issued by",
        max_length=100,
        required=False,
        help_text="Needed for an insurance number or another number: the name of the insurer, for example.",
    )
    helper = sections(("Add a number", ["kind", "number", "issuer", "id"]))
