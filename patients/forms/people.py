"""Forms about patients."""

import hashlib
from copy import deepcopy
from uuid import uuid4

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Fieldset, Layout
from django import forms

from patients.births import read_birth_date
from patients.dates import names_no_day, read_date, take_date
from patients.duplicates import likely_duplicates
from patients.models import Patient
from patients.models.birth import BirthDate
from patients.phones import country_words, take_phone
from patients.registry import registry

BIRTH_FORMATS = (
    "Day first: 14/03/1979, 14.3.79 or 14 Mar 1979. If less is known: Mar 1979, 1979, about 1979, 45 years old,"
    " or “not known”."
)
IDENTITY = ("Who", ["given_name", "family_name", "born_on", "sex", "preferred_name", "birth_name", "title", "pronouns"])
CONTACT = ("Contact", ["phone", "email", "street", "postcode", "city", "country"])
MESSAGES = (
    "Messages about visits",
    [
        "reminder_channel",
        "wants_reminders",
        "wants_confirmations",
        "wants_move_notices",
        "wants_cancellation_notices",
        "wants_postponement_notices",
        "wants_questions_after",
    ],
)
EMERGENCY = ("In an emergency", ["emergency_contact_name", "emergency_contact_phone"])
OTHER = ("Other", ["general_practitioner", "occupation", "interpreter_language", "desk_note"])
AS_THE_CLINIC_SET = "default"
STATUS = ("Record", ["is_active", "died_on"])
NAMES = {"given_name", "family_name"}
SHARED_BY_FAMILY = ["family_name", "phone", "street", "postcode", "city", "country"]


class WrittenDateField(forms.DateField):
    """A date that can be typed in any usual format, and is shown with the name of the month."""

    widget = forms.TextInput(attrs={"autocomplete": "off", "maxlength": 40})
    default_error_messages = {"invalid": "Enter the date with the day first, such as 14/03/1979 or 14 Mar 1979."}

    def to_python(self, value):
        if not isinstance(value, str) or not value.strip():
            return super().to_python(value or None)
        if found := read_date(value):
            return found
        if names_no_day(value):
            raise forms.ValidationError("This day does not exist. Check the day and the month.", code="invalid")
        raise forms.ValidationError(self.error_messages["invalid"], code="invalid")

    def prepare_value(self, value):
        return value if isinstance(value, str) or value is None else f"{value.day} {value:%b} {value.year}"


class BirthDateField(forms.Field):
    """A birth date that can be typed in any usual way, also in part, as an estimate, or as “not known”."""

    widget = WrittenDateField.widget
    default_error_messages = {
        "required": "Enter the birth date, or “not known”.",
        "invalid": "Enter the date with the day first, such as 14/03/1979, or 1979, about 1979, or “not known”.",
    }

    def to_python(self, value):
        if isinstance(value, BirthDate) or not (value or "").strip():
            return value or None
        if names_no_day(value):
            raise forms.ValidationError("This day does not exist. Check the day and the month.", code="invalid")
        if found := read_birth_date(value):
            return found
        raise forms.ValidationError(self.error_messages["invalid"], code="invalid")

    def prepare_value(self, value):
        return value.typed if isinstance(value, BirthDate) else value


def sections(*titled):
    """A crispy helper with a fieldset for each (title, field names). The template has the form tag and the button."""
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    helper.layout = Layout(
        *(
            Fieldset(title, Div(*names, css_class="fl-form-grid"), css_class="fl-panel fl-section")
            for title, names in titled
        )
    )
    return helper


class PatientForm(forms.ModelForm):
    """A patient's details. The page sends as `seen` a hash of the record it showed, to detect a stale save.

    A clinic with sites in several countries also chooses the country of the phone numbers, at first `phone_country`.
    """

    born_on = BirthDateField(label="Birth date", help_text=BIRTH_FORMATS)
    died_on = WrittenDateField(label="Date of death", required=False)
    helper = sections(IDENTITY, CONTACT, MESSAGES, EMERGENCY, OTHER, STATUS)

    class Meta:
        model = Patient
        fields = [name for _, names in (IDENTITY, CONTACT, MESSAGES, EMERGENCY, OTHER, STATUS) for name in names]
        widgets = {"phone": forms.TextInput(attrs={"type": "tel"})}
        labels = {"reminder_channel": "Sent by", "is_active": "Patient of this clinic"}

    def __init__(self, *args, phone_country="", **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["family_name"].required = False
        self.fields["given_name"].help_text = "Leave empty for somebody with one name only."
        if self.instance.pk:
            self.initial["born_on"] = self.instance.birth
        self.compare_with(self.instance)
        countries = registry.phone_countries()
        if len(countries) > 1:
            choices = [("", "Not chosen"), *((country, country_words(country)) for country in countries)]
            self.fields["phone_country"] = forms.ChoiceField(
                label="Country of phone numbers",
                choices=choices,
                required=False,
                initial=phone_country,
                help_text="Of numbers that do not begin with + and a country code.",
            )
            self.helper = deepcopy(self.helper)
            contact = next(section for section in self.helper.layout if section.legend == CONTACT[0])
            contact[0].insert(1, "phone_country")

    def clean(self):
        cleaned = super().clean()
        if not (cleaned.get("given_name") or cleaned.get("family_name") or self.errors.keys() & NAMES):
            self.add_error("family_name", "Enter a name.")
        return cleaned

    def compare_with(self, patient):
        """Compare with this row as what is stored now."""
        self.stored = {name: getattr(patient, name) for name in self._meta.fields} | {"born_on": patient.birth}

    @property
    def now_stored(self):
        return hashlib.sha256(repr(self.stored).encode()).hexdigest()

    @property
    def is_stale(self):
        """Whether somebody has changed the record since this page was made."""
        return self.data.get("seen", self.now_stored) != self.now_stored

    def conflicts(self):
        """(label, stored value) for each field in which the page and the stored record differ."""
        typed = self.cleaned_data
        return [
            (self.fields[name].label, stored)
            for name, stored in self.stored.items()
            if name in typed and typed[name] != stored
        ]

    def details(self):
        """The details as arguments of the services."""
        details = {name: self.cleaned_data[name] for name in self._meta.fields}
        return details | {"birth": details.pop("born_on")}

    @property
    def phone_country(self):
        """The country of phone numbers that was chosen, as two letters; "" for none."""
        return self.cleaned_data.get("phone_country", "")

    def _post_clean(self):
        """Do not change or validate the record: the services do both."""


class RegistrationForm(PatientForm):
    """A new patient. If there are likely duplicates, the page shows them and the user must confirm."""

    registration_token = forms.UUIDField(widget=forms.HiddenInput, required=False, initial=uuid4)
    register_anyway = forms.BooleanField(widget=forms.HiddenInput, required=False)
    died_on = None
    helper = sections(IDENTITY, CONTACT, MESSAGES, EMERGENCY, OTHER)
    helper.layout.append("registration_token")
    duplicates = ()

    class Meta(PatientForm.Meta):
        fields = [name for _, names in (IDENTITY, CONTACT, MESSAGES, EMERGENCY, OTHER) for name in names]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if words := registry.default_channel_words():
            channel = self.fields["reminder_channel"]
            channel.choices = [(AS_THE_CLINIC_SET, words), *channel.choices]
            channel.initial = self.initial["reminder_channel"] = AS_THE_CLINIC_SET

    def details(self):
        """The details as arguments of the services. A channel that nobody chose is left to the service."""
        details = super().details()
        if details["reminder_channel"] == AS_THE_CLINIC_SET:
            del details["reminder_channel"]
        return details

    def clean(self):
        super().clean()
        names = [self.cleaned_data.get("given_name", ""), self.cleaned_data.get("family_name", "")]
        birth = self.cleaned_data.get("born_on")
        if not any(names) or not birth or self.cleaned_data.get("register_anyway"):
            return
        token = self.cleaned_data.get("registration_token")
        sent = token and Patient.objects.filter(registration_token=token).first()
        if sent and sent.birth == birth and sent.full_name == " ".join(filter(None, names)):
            return
        self.duplicates = likely_duplicates(*names, birth, self.cleaned_data.get("phone", ""))
        if self.duplicates:
            raise forms.ValidationError("A patient with similar details is already registered.", code="duplicate")


class DeskNoteForm(forms.ModelForm):
    """The note for the front desk. The page sends the note that it showed, to detect a stale save."""

    seen_desk_note = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Patient
        fields = ["desk_note"]

    def __init__(self, *args, patient, **kwargs):
        super().__init__(*args, **kwargs)
        self.stored = patient.desk_note

    def clean(self):
        typed = super().clean()
        if typed.get("seen_desk_note") != self.stored and typed.get("desk_note") != self.stored:
            now = f"“{self.stored}”" if self.stored else "empty"
            raise forms.ValidationError(f"Somebody else changed this note. It is now {now}. Nothing was saved.")
        return typed

    def details(self):
        """The note as an argument of `update_patient`."""
        return {"desk_note": self.cleaned_data["desk_note"]}

    def _post_clean(self):
        """Do not change or validate the record: the service does both."""


def details_from_search(text):
    """Initial values for a new patient from the text of a search: "Ruth Adeyemi 14/3/79 07700 900123" fills four."""
    born_on, rest = take_date(text.replace("\x00", " "))
    phone, rest = take_phone(rest)
    names = [word for word in rest.split() if not any(map(str.isdigit, word))]
    given = names[:1] if len(names) > 1 else []
    family = names[len(given) :]
    return {
        "given_name": " ".join(given),
        "family_name": " ".join(family),
        "born_on": born_on and BirthDate(born_on),
        "phone": phone,
    }


def details_from_relative(relative):
    """Initial values for a new patient of the same family: what relatives usually share."""
    return {name: getattr(relative, name) for name in SHARED_BY_FAMILY}
