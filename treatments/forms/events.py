"""What may be typed about an adverse event that appeared later, and about what became of one."""

import uuid

from django import forms
from django.utils.timezone import localdate

from patients.forms.once import ChoosesId
from treatments.forms.fields import ProseField
from treatments.models import AdverseEvent, EventReport, Needling

Type, Grade = AdverseEvent.Type, AdverseEvent.Grade
# The types from fainting on are usually significant or serious, from memory and [@boyce-2020]; the serious ones have no
# source. They are only folded away: any type can be given any grade.
FIRST_UNUSUAL = list(Type).index(Type.FAINTING)
WHEN = {"invalid": "Write the day and time like 2026-11-21T14:30."}
DAY = {"invalid": "Write the day like 2026-11-21."}
OF_THIS_REPORT = {"id", "number", "is_closed", "closed_alone_reason"}
NEEDED = "needed when significant or serious"


class RowId(forms.UUIDField):
    """Chosen by the page, so that sending it twice records once."""

    def __init__(self):
        super().__init__(widget=forms.HiddenInput, initial=uuid.uuid4)


class Moment(forms.DateTimeField):
    def __init__(self, **kwargs):
        widget = forms.DateTimeInput(attrs={"type": "datetime-local", "class": "form-control"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, required=False, error_messages=WHEN, **kwargs)


class Day(forms.DateField):
    def __init__(self, **kwargs):
        widget = forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d")
        super().__init__(widget=widget, required=False, error_messages=DAY, **kwargs)


def prose(label, help_text="", rows=2):
    widget = forms.Textarea(attrs={"rows": rows, "class": "form-control"})
    return ProseField(label=label, help_text=help_text, required=False, max_length=4000, widget=widget)


def grade_field():
    return forms.ChoiceField(
        label="How strong",
        choices=Grade,
        error_messages={"required": "Choose how strong it was."},
    )


class EventForm(ChoosesId, forms.Form):
    id = RowId()
    type = forms.ChoiceField(label="What", choices=Type, error_messages={"required": "Choose what happened."})
    grade = grade_field()
    onset_at = Moment(label="Began", help_text="if known")
    action = forms.CharField(
        label="What was done",
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )

    @property
    def usual_types(self):
        return list(Type.choices)[:FIRST_UNUSUAL]

    @property
    def unusual_types(self):
        return list(Type.choices)[FIRST_UNUSUAL:]

    @property
    def has_unusual(self):
        return self["type"].value() in dict(self.unusual_types)


class EventReportForm(ChoosesId, forms.Form):
    id = RowId()
    number = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=9999)
    grade = grade_field()
    onset_at = Moment(label="Began")
    body_site = forms.CharField(
        label="Body site",
        required=False,
        max_length=120,
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )
    needling = forms.ModelChoiceField(
        Needling.objects.none(),
        label="Needling row",
        empty_label="Not of one row",
        required=False,
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"invalid_choice": "Choose a row of this session."},
    )
    action = prose("What was done", NEEDED)
    outcome = prose("Outcome, or how it stands", NEEDED)
    resolved_on = Day(label="Resolved")
    causality = forms.ChoiceField(
        label="Caused by the needling, in your judgement",
        choices=[("", "Not judged"), *EventReport.Causality.choices],
        required=False,
    )
    reported_to = forms.MultipleChoiceField(label="Reported to", choices=EventReport.Recipient, required=False)
    reported_on = Day(label="Reported on")
    follow_up_due_on = Day(label="Ask again on", help_text=f"{NEEDED}, unless you close it")
    review_note = prose("Review", "what was looked at with whom, and what changes")
    is_closed = forms.BooleanField(label="Close: nothing more is to be done", required=False)
    closed_alone_reason = forms.CharField(
        label="Why you close it without a second clinician",
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )

    def __init__(self, *args, event, latest, **kwargs):
        super().__init__(*args, initial=self._told(event, latest), **kwargs)
        if event.session.is_signed:
            self.fields["needling"].queryset = event.session.needlings.select_related("muscle", "trigger_point")

    @classmethod
    def _told(cls, event, latest):
        """Each report says the whole state, so it begins with the state so far."""
        names = [name for name in cls.base_fields if name not in OF_THIS_REPORT]
        last = latest or event
        told = {name: getattr(last, name, None) for name in names}
        if not latest:
            told["reported_to"] = []
        if told["follow_up_due_on"] and told["follow_up_due_on"] < localdate():
            told["follow_up_due_on"] = None  # that day has come: the report says when the next one is
        return told | {"number": _next_number(latest)}

    def follow(self, latest):
        """Make this bound form the report after `latest`, or the first, when it is sent again."""
        self.data = self.data.copy()
        self.data["number"] = str(_next_number(latest))

    def told(self):
        """What report_event takes."""
        return dict(self.cleaned_data)


def _next_number(latest):
    return latest.number + 1 if latest else 1
