"""The form for a contact with the patient after a session."""

from django import forms
from django.utils import timezone

from patients.forms.once import ChoosesId
from treatments.forms.events import FIRST_UNUSUAL, RowId
from treatments.models import AdverseEvent

Type, Grade = AdverseEvent.Type, AdverseEvent.Grade
SCALE = [(value, str(value)) for value in range(11)]


def scale(label, help_text):
    return forms.TypedChoiceField(
        label=label, help_text=help_text, choices=SCALE, coerce=int, empty_value=None, required=False
    )


class FollowUpForm(ChoosesId, forms.Form):
    id = RowId()
    contacted_at = forms.DateTimeField(
        label="Contact",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        initial=timezone.localtime,
        error_messages={
            "required": "Give the day and time you spoke with the patient.",
            "invalid": "Write the day and time like 2026-11-21T14:30.",
        },
    )
    pain = scale("Pain now", "0 no pain, 10 worst imaginable")
    soreness = scale("Soreness where the needles went", "0 none, 10 worst imaginable")
    events = forms.MultipleChoiceField(
        label="Reactions",
        choices=Type,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    note = forms.CharField(label="Note", required=False, max_length=4000, widget=forms.Textarea)

    def __init__(self, *args, answers=None, **kwargs):
        """With `answers` (FollowUpAnswers) the form begins with what the patient answered alone."""
        if answers:
            said = {"pain": answers.pain, "soreness": answers.soreness, "events": answers.reactions}
            kwargs["initial"] = said | {"contacted_at": timezone.localtime(answers.answered_at), "note": answers.words}
        super().__init__(*args, **kwargs)
        for type_ in Type:
            self.fields[f"grade_{type_}"] = forms.ChoiceField(
                label=f"Severity: {type_.label}",
                choices=Grade,
                required=False,
            )

    def clean(self):
        cleaned = super().clean()
        for type_ in cleaned.get("events", []):
            if not cleaned.get(f"grade_{type_}"):
                self.add_error(f"grade_{type_}", "Choose how severe it was.")
        return cleaned

    def as_kwargs(self):
        """The arguments of record_follow_up that the form provides."""
        cleaned = self.cleaned_data
        events = [AdverseEvent(type=type_, grade=cleaned[f"grade_{type_}"]) for type_ in cleaned["events"]]
        return {name: cleaned[name] for name in ("id", "contacted_at", "pain", "soreness", "note")} | {"events": events}

    @property
    def usual_reactions(self):
        return self._reactions()[:FIRST_UNUSUAL]

    @property
    def unusual_reactions(self):
        return self._reactions()[FIRST_UNUSUAL:]

    @property
    def has_unusual(self):
        return any(tick.data["selected"] for tick, _ in self.unusual_reactions)

    def _reactions(self):
        """The (tick box, grade field) of each type."""
        return [(tick, self[f"grade_{type_}"]) for tick, type_ in zip(self["events"], Type, strict=True)]
