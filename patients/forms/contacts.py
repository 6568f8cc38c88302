"""The forms for a contact of a patient: next of kin, parent, guardian or carer."""

import hashlib
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError

from patients.contacts import DETAILS, checked_contact
from patients.models import PatientContact

from .once import ChoosesId
from .people import sections

CHANGED = "Somebody changed this contact after you opened it. {} Check your version and save again."


class ContactDetailsForm(forms.ModelForm):
    """The details of a contact. `by` and `phone_country` are those of the services."""

    class Meta:
        model = PatientContact
        fields = DETAILS
        widgets = {"phone": forms.TextInput(attrs={"type": "tel"})}

    def __init__(self, *args, by, phone_country="", **kwargs):
        super().__init__(*args, **kwargs)
        self.by, self.country = by, phone_country
        for name in ("relationship", "told_about"):
            self.fields[name].choices = [("", "Choose"), *(c for c in self.fields[name].choices if c[0])]
        self.fields["told_about"].help_text = "Without asking the patient each time."

    def clean(self):
        typed = super().clean()
        if not self.errors:
            try:
                checked_contact(by=self.by, phone_country=self.country, known_phone=self.known_phone, **self.details())
            except ValidationError as refusal:
                self.add_error(None, refusal)
        return typed

    known_phone = ""

    def details(self):
        """The details as arguments of the services."""
        return {name: self.cleaned_data[name] for name in DETAILS}

    def _post_clean(self):
        """Do not change or validate the row: the services do both."""


class NewContactForm(ChoosesId, ContactDetailsForm):
    id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    helper = sections(("Add a contact", [*DETAILS, "id"]))

    def details(self):
        return super().details() | {"id": self.cleaned_data["id"]}


class FirstContactForm(ContactDetailsForm):
    """The contact on the page of a registration. Nothing is asked unless something is filled in."""

    helper = sections(("Next of kin, parent or guardian", [*DETAILS]))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, prefix="contact", empty_permitted=True, use_required_attribute=False, **kwargs)

    def as_kwargs(self):
        """The argument of `register_patient` for the contact."""
        return {"contact": self.details() if self.has_changed() else None}


class ContactForm(ContactDetailsForm):
    """A contact that is changed. The page sends as `seen` a hash of what it showed, to detect a stale save."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    helper = sections(("Contact", [*DETAILS, "seen"]))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.compare_with(self.instance)

    def compare_with(self, contact):
        """Compare with this row as what is stored now."""
        self.stored = {name: getattr(contact, name) for name in DETAILS}
        self.known_phone = contact.phone
        self.fields["seen"].initial = self.now_stored

    @property
    def now_stored(self):
        return hashlib.sha256(repr(self.stored).encode()).hexdigest()

    def clean(self):
        typed = super().clean()
        if typed.get("seen") != self.now_stored:
            self.show_conflict(self.instance)
        return typed

    def show_conflict(self, contact):
        """Say what is stored now, and let the next save replace it."""
        self.compare_with(contact)
        other = [name for name, stored in self.stored.items() if self.cleaned_data.get(name, stored) != stored]
        now = " ".join(f"{self.fields[name].label}: now {_words(contact, name)}." for name in other)
        self.add_error(None, CHANGED.format(now))
        self.data = self.data.copy()
        self.data[self.add_prefix("seen")] = self.now_stored


def _words(contact, name):
    value = getattr(contact, name)
    if isinstance(value, bool):
        return "yes" if value else "no"
    shown = getattr(contact, f"get_{name}_display", lambda: value)()
    return f"“{shown}”" if shown else "empty"
