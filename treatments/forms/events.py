"""Forms for an adverse event that appeared after the visit, and for a report on any event."""

import uuid

from django import forms
from django.utils.timezone import localdate

from clinic.forms.proof import PROOF_FIELDS, ProvesIdentity
from patients.forms.once import ChoosesId
from treatments.forms.fields import ProseField
from treatments.models import AdverseEvent, EventReport, Needling
from treatments.record.event_rules import closes_serious_event

Type, Grade = AdverseEvent.Type, AdverseEvent.Grade
# The types from fainting onwards are usually significant or serious. That is from memory and [@boyce-2020]; the serious
# ones have no source. The page only folds them away: any type can have any grade.
FIRST_UNUSUAL = list(Type).index(Type.FAINTING)
WHEN = {"invalid": "Write the day and time like 2026-11-21T14:30."}
DAY = {"invalid": "Write the day like 2026-11-21."}
REQUIRED_WHEN_GRAVE = "required when significant or serious"


class RowId(forms.UUIDField):
    """An id that the page chooses, so that a form which is sent twice is stored once."""

    def __init__(self):
        super().__init__(widget=forms.HiddenInput, initial=uuid.uuid4)


class Moment(forms.DateTimeField):
    def __init__(self, **kwargs):
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, required=False, error_messages=WHEN, **kwargs)


class Day(forms.DateField):
    def __init__(self, **kwargs):
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(widget=widget, required=False, error_messages=DAY, **kwargs)


def prose(label, help_text=""):
    return ProseField(label=label, help_text=help_text, required=False, max_length=4000)


def grade_field():
    return forms.ChoiceField(
        label="Severity",
        choices=Grade,
        error_messages={"required": "Choose how severe it was."},
    )


class EventForm(ChoosesId, forms.Form):
    id = RowId()
    type = forms.ChoiceField(label="What", choices=Type, error_messages={"required": "Choose what happened."})
    grade = grade_field()
    onset_at = Moment(label="Began", help_text="if known")
    action = forms.CharField(label="What was done", required=False, max_length=300)

    @property
    def usual_types(self):
        return list(Type.choices)[:FIRST_UNUSUAL]

    @property
    def unusual_types(self):
        return list(Type.choices)[FIRST_UNUSUAL:]

    @property
    def has_unusual(self):
        return self["type"].value() in dict(self.unusual_types)


# What a report does not take over from the one before.
OF_THIS_REPORT = {"id", "number", "is_closed", "closed_alone_reason"}


class EventReportForm(ChoosesId, ProvesIdentity):
    id = RowId()
    number = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=9999)
    grade = grade_field()
    onset_at = Moment(label="Began")
    body_site = forms.CharField(label="Body site", required=False, max_length=120)
    needling = forms.ModelChoiceField(
        Needling.objects.none(),
        label="Needling row",
        empty_label="No single row",
        required=False,
        error_messages={"invalid_choice": "Choose a row of this session."},
    )
    action = prose("What was done", REQUIRED_WHEN_GRAVE)
    outcome = prose("Outcome, or state so far", REQUIRED_WHEN_GRAVE)
    resolved_on = Day(label="Resolved")
    causality = forms.ChoiceField(
        label="Caused by the needling, in your judgement",
        choices=[("", "Not judged"), *EventReport.Causality.choices],
        required=False,
    )
    reported_to = forms.MultipleChoiceField(label="Reported to", choices=EventReport.Recipient, required=False)
    reported_on = Day(label="Reported on")
    follow_up_due_on = Day(label="Ask again on", help_text=f"{REQUIRED_WHEN_GRAVE}, unless you close the event")
    review_note = prose("Review", "what you reviewed, with whom, and what will change")
    is_closed = forms.BooleanField(label="Close the event: no further action is needed", required=False)
    closed_alone_reason = forms.CharField(
        label="Why you close it without a second clinician", required=False, max_length=300
    )

    def __init__(self, *args, event, latest, **kwargs):
        super().__init__(*args, initial=self._initial(event, latest), **kwargs)
        self.event = event
        if event.session.is_signed:
            self.fields["needling"].queryset = event.session.needlings.select_related("muscle", "trigger_point")

    @classmethod
    def _initial(cls, event, latest):
        """A report describes the complete state of the event, so the form starts with the state so far."""
        names = [name for name in cls.base_fields if name not in {*OF_THIS_REPORT, *PROOF_FIELDS}]
        last = latest or event
        initial = {name: getattr(last, name, None) for name in names}
        if not latest:
            initial["reported_to"] = []
        if initial["follow_up_due_on"] and initial["follow_up_due_on"] < localdate():
            initial["follow_up_due_on"] = None  # That day has passed: the report sets the next one.
        return initial | {"number": _next_number(latest)}

    def follow(self, latest):
        """Renumber this bound form, so that it follows the report `latest` (None: no report) when it is sent again."""
        self.data = self.data.copy()
        self.data["number"] = str(_next_number(latest))

    def as_kwargs(self):
        """The arguments of report_event that the form provides."""
        report = {name: value for name, value in self.cleaned_data.items() if name not in PROOF_FIELDS}
        return report | {"proof": self.proof}

    def needs_proof(self):
        report = EventReport(event=self.event, grade=self.cleaned_data["grade"])
        report.is_closed = self.cleaned_data["is_closed"]
        return closes_serious_event(report)


def _next_number(latest):
    return latest.number + 1 if latest else 1
