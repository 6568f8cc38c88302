"""The form of a session's own fields."""

from django import forms

from treatments.models import TreatmentSession
from treatments.record import bounds
from treatments.record.fields import SESSION, names
from treatments.record.visit_kinds import SHORT_CHOICES

from .fields import CountField, LookupField, MomentField, PainField, ProseField, form_fields

FIELDS = names(SESSION, "in_form")


class SessionForm(forms.Form):
    """Declares the fields that need more than the model defines; the others are made from the model."""

    started_at = MomentField(
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        label="Date and time",
        error_messages={"required": "Give the date and time of the visit."},
    )
    visit_kind = forms.ChoiceField(choices=SHORT_CHOICES, required=False, label="This visit")
    visit_reason = ProseField(
        required=False, max_length=1000, label="Reason or finding", widget=forms.Textarea(attrs={"rows": 2})
    )
    ended_at = MomentField(
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        required=False,
        label="Session ended at",
    )
    stopped_at = MomentField(
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        required=False,
        label="Stopped at",
    )
    episode = LookupField(required=False, label="Complaint")
    consent_confirmed = forms.BooleanField(required=False, label="Asked again today: agrees")
    pelvic_consent = forms.BooleanField(required=False, label="Explained and agreed, on its own, today")
    pain_before = PainField(label="Pain now")
    pain_after = PainField(label="Pain after needling")
    needles_inserted = CountField(*bounds.NEEDLES, label="Needles in")
    needles_removed = CountField(*bounds.NEEDLES, label="Out, in the sharps box")
    no_reaction = forms.BooleanField(required=False, label="None")
    co_treatments = forms.MultipleChoiceField(choices=TreatmentSession.CoTreatment.choices, required=False)
    advice = forms.MultipleChoiceField(choices=TreatmentSession.Advice.choices, required=False)
    late_entry_reason = forms.CharField(required=False, max_length=300, label="Reason for the late entry")
    rationale = ProseField(required=False, max_length=1000, label="Why dry needling, and why these muscles")
    plan = ProseField(required=False, max_length=5000)
    note = ProseField(required=False, max_length=20000)

    def __init__(self, *args, session, episodes, **kwargs):
        super().__init__(*args, **kwargs)
        self.session = session
        for moment in ("started_at", "stopped_at", "ended_at"):
            self.fields[moment].stored = getattr(session, moment)
        self.fields["episode"].rows = episodes

    @classmethod
    def of(cls, session, episodes):
        initial = {field: getattr(session, field) for field in FIELDS}
        return cls(initial=initial, session=session, episodes=episodes)

    def clean_started_at(self):
        started_at = self.cleaned_data["started_at"]
        if sentence := bounds.start_error(started_at, self.session.patient):
            raise forms.ValidationError(sentence)
        return started_at

    def clean_visit_kind(self):
        """The stored kind, if a page that was opened before there were kinds of visit does not send one."""
        return self.cleaned_data["visit_kind"] or self.session.visit_kind

    def clean_chaperone_name(self):
        """The name, which belongs to an accepted offer only: the page hides it when the answer is another."""
        is_accepted = self.data.get("chaperone") == TreatmentSession.Chaperone.ACCEPTED
        return self.cleaned_data["chaperone_name"].strip() if is_accepted else ""

    def clean_stopped_at(self):
        stopped_at, started_at = self.cleaned_data["stopped_at"], self.cleaned_data.get("started_at")
        if sentence := bounds.stop_error(stopped_at, started_at or self.session.started_at):
            raise forms.ValidationError(sentence)
        return stopped_at

    def clean_ended_at(self):
        ended_at, started_at = self.cleaned_data["ended_at"], self.cleaned_data.get("started_at")
        if sentence := bounds.end_error(ended_at, started_at or self.session.started_at):
            raise forms.ValidationError(sentence)
        return ended_at

    def values(self):
        """{field: value} of the valid values. A field with a wrong value is left out, so the stored value stays."""
        return {field: self.cleaned_data[field] for field in FIELDS if field in self.cleaned_data}


SessionForm.base_fields = form_fields(TreatmentSession, FIELDS, SessionForm.declared_fields)
