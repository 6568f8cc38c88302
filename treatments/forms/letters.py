"""The forms of a letter: the fields of a draft, and how a signed letter is sent."""

import uuid

from django import forms

from patients.forms.once import ChoosesId
from treatments.models import Disclosure, Letter
from treatments.models.letter import LONGEST_BODY
from treatments.record.letters import FIELDS

from .fields import ProseField, form_fields

AGREED = "Ask the patient first, and tick this box if they agree."
CHECKED = "Compare the address with the recipient’s own details, and tick this box."


class LetterForm(forms.Form):
    """The fields of a draft. None is required, because an incomplete draft can be saved."""

    recipient_address = ProseField(required=False, max_length=500, label="Postal address")
    body = ProseField(required=False, max_length=LONGEST_BODY, label="Text")

    @classmethod
    def of(cls, letter):
        return cls(initial={name: getattr(letter, name) for name in FIELDS})

    def values(self):
        """{field: value} of the valid values. A field with a wrong value is left out, so the stored value stays."""
        return {name: self.cleaned_data[name] for name in FIELDS if name in self.cleaned_data}


LetterForm.base_fields = form_fields(Letter, FIELDS, LetterForm.declared_fields)


class LeavingForm(ChoosesId, forms.Form):
    """What every way of sending a letter asks: whether the patient agrees."""

    id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    patient_agreed = forms.BooleanField(
        label="The patient agrees that the recipient gets this letter", error_messages={"required": AGREED}
    )

    def as_kwargs(self):
        """The arguments that the form provides for send_letter or record_letter_given."""
        return {name: self.cleaned_data[name] for name in self.arguments}


class EmailForm(LeavingForm):
    address = forms.EmailField(label="E-mail address", error_messages={"required": "Enter the e-mail address."})
    address_checked = forms.BooleanField(
        label="I have checked that this address is the recipient’s", error_messages={"required": CHECKED}
    )
    field_order = ["id", "address", "address_checked", "patient_agreed"]
    arguments = ["id", "address", "patient_agreed"]

    @classmethod
    def of(cls, letter):
        return cls(initial={"address": letter.recipient_email}, auto_id="email-%s")


class PaperForm(LeavingForm):
    WAYS = [choice for choice in Disclosure.Way.choices if choice[0] != Disclosure.Way.EMAIL]

    way = forms.ChoiceField(label="How", choices=WAYS, widget=forms.RadioSelect)
    address = ProseField(
        label="Postal address or fax number",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Not needed if the patient takes the letter with them.",
    )
    field_order = ["id", "way", "address", "patient_agreed"]
    arguments = ["id", "way", "address", "patient_agreed"]

    @classmethod
    def of(cls, letter):
        initial = {"address": letter.recipient_address, "way": Disclosure.Way.POST}
        return cls(initial=initial, auto_id="paper-%s")

    def clean(self):
        if self.cleaned_data.get("way") == Disclosure.Way.POST and not self.cleaned_data.get("address", "").strip():
            self.add_error("address", "Enter the address or fax number that the letter goes to.")
        return self.cleaned_data
