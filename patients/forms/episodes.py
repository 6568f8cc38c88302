"""Forms about episodes of care."""

from django import forms
from django.contrib.auth.models import User
from django.utils import timezone

from patients.models import Episode
from patients.models.condition import NOT_LISTED, CodeSystem, condition_called, conditions
from patients.models.episode import OnsetPrecision
from patients.onsets import read_onset
from patients.registry import registry
from patients.staff import printed_name, users_who_may

from .people import WrittenDateField, sections

COMPLAINT = (
    "Complaint",
    ["complaint", "region", "onset_on", "mechanism", "condition", "diagnosis_code", "referred_by"],
)
PLAN = ("Plan", ["goals", "planned_sessions", "planned_interval_days", "lead", "opened_on"])
NOT_AN_ONSET = (
    "Write a day, a month, a year or how long ago, such as 14/03/2026, March 2026, 2019 or about 3 months. It cannot be"
    " in the future."
)


class EpisodeForm(forms.ModelForm):
    """An episode of care."""

    onset_on = forms.CharField(
        label="Since",
        required=False,
        max_length=60,
        help_text="Such as 14 Mar 2026, March 2026, 2019 or about 3 months.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    opened_on = WrittenDateField(label="Opened", initial=timezone.localdate)
    condition = forms.CharField(
        required=False,
        max_length=80,
        help_text="Type a name or another word for it and choose from the list. Leave it empty if none fits.",
        widget=forms.TextInput(attrs={"list": "conditions", "autocomplete": "off"}),
    )
    helper = sections(COMPLAINT, PLAN)

    class Meta:
        model = Episode
        fields = [name for _, names in (COMPLAINT, PLAN) for name in names]
        widgets = {"goals": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["lead"].queryset = _who_may_treat(self.instance)
        self.fields["lead"].label_from_instance = printed_name

        system = CodeSystem(registry.code_system())
        self.initial["condition"] = self.instance.condition_name
        self.initial["onset_on"] = self.instance.onset_words or self.instance.onset_text
        self.fields["diagnosis_code"].label = f"Code, {system.label}"
        self.fields["diagnosis_code"].help_text = "If you leave it empty, the code of the condition is used."
        # For the list that the browser offers while somebody types: other words and the code are found as well.
        self.offered = [(one.name, f"{one.synonyms} · {one.code(system)}".strip(" ·")) for one in conditions().values()]

    def clean(self):
        """Read the onset on the day on which the episode was opened. Text that was not changed keeps what is stored."""
        found = super().clean()
        text, opened_on = found.get("onset_on", ""), found.get("opened_on")
        if not text:
            return found | {"onset_on": None, "onset_precision": OnsetPrecision.DAY, "onset_words": ""}
        if text == self.initial["onset_on"]:
            names = ("onset_on", "onset_precision", "onset_words")
            return found | {name: getattr(self.instance, name) for name in names}
        onset = read_onset(text, on=opened_on or timezone.localdate())
        if onset is None:
            self.add_error("onset_on", NOT_AN_ONSET)
            return found
        return found | {"onset_on": onset.day, "onset_precision": onset.precision, "onset_words": onset.words}

    def clean_condition(self):
        """The slug of the condition that was named."""
        text = self.cleaned_data["condition"].strip()
        if not text or text == self.instance.condition_name:
            return self.instance.condition if text else ""
        if condition := condition_called(text):
            return condition.slug
        raise forms.ValidationError(NOT_LISTED)

    def clean_diagnosis_code(self):
        return self.cleaned_data["diagnosis_code"].strip().upper()

    def _post_clean(self):
        """Do not change or validate the record: the services do both."""


def _who_may_treat(episode):
    may = users_who_may(registry.treating_permission, include_superusers=False)
    lead = User.objects.filter(pk=episode.lead_id)
    return (may | lead).distinct().order_by("last_name", "first_name", "pk")


class ClosingForm(forms.Form):
    """How an episode ended."""

    closing_reason = forms.ChoiceField(
        label="Reason for closing",
        choices=[("", "Choose"), *Episode.ClosingReason.choices],
        error_messages={"required": "Choose why the episode is closed."},
    )
    closing_summary = forms.CharField(
        label="Outcome",
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="The results compared with the goals, what the patient should continue, and when to come back.",
        error_messages={"required": "Summarise the outcome in a sentence or two."},
    )
    closed_on = WrittenDateField(label="Closed")
    helper = sections(("Closing", ["closing_reason", "closed_on", "closing_summary"]))
