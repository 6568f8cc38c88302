"""Forms to record the score of an outcome measure, and to correct one."""

from django import forms
from django.db.models import F
from django.utils.timezone import localdate

from patients.forms.once import ChoosesId
from treatments.forms.events import RowId
from treatments.forms.fields import QuantityField
from treatments.models import SCALES, OutcomeScore
from treatments.models.scales import GROUPS, Measure

Window = OutcomeScore.Window
PERCENT, OF_50 = "percent", "of_50"
LINE = {"autocomplete": "off"}


def by_group():
    """The measures as choices of a select element with groups."""
    return [(group, [(measure.value, measure.label) for measure in scales]) for group, scales in GROUPS.items()]


class ScoreField(QuantityField):
    """A number. The minus sign, as pages show it, is accepted like the hyphen of a keyboard."""

    def to_python(self, value):
        return super().to_python(value.replace("\N{MINUS SIGN}", "-") if isinstance(value, str) else value)


class EpisodeField(forms.ModelChoiceField):
    def label_from_instance(self, episode):
        return episode.complaint if episode.is_open else f"{episode.complaint} (closed)"


def episodes_to_score(patient):
    """The episodes of a patient that a score can belong to, open ones first."""
    open_first = F("closed_on").desc(nulls_first=True)
    return patient.episodes.counting().order_by(open_first, "-opened_on", "-pk")


class ScoreForm(ChoosesId, forms.Form):
    """Only the fields of the chosen measure are used; the page hides the others if it has JavaScript."""

    id = RowId()
    measure = forms.ChoiceField(
        label="Measure",
        choices=[("", "Choose a measure"), *by_group()],
        error_messages={"required": "Choose a measure."},
    )
    activity = forms.CharField(
        label="Activity",
        help_text="For the PSFS: in the patient's words, the same each time",
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs=LINE | {"list": "activities"}),
    )
    window = forms.ChoiceField(label="Pain at what time", choices=Window, required=False)
    value = ScoreField(
        label="Score",
        required=False,
        max_digits=6,
        decimal_places=3,
        widget=forms.TextInput(attrs=LINE | {"inputmode": "text"}),
        error_messages={"invalid": "Give the score as a number, like 36 or 35.5."},
    )
    typed_in = forms.ChoiceField(
        label="Score given in",
        choices=[(PERCENT, "Percent"), (OF_50, "Points out of 50, doubled when saved")],
        required=False,
    )
    scored_on = forms.DateField(
        label="Answered on",
        initial=localdate,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": "Give the day on which the patient answered.",
            "invalid": "Write the day like 2026-11-21.",
        },
    )
    episode = EpisodeField(
        None,
        label="Complaint",
        empty_label=None,
        error_messages={"required": "Choose the complaint.", "invalid_choice": "Choose one from the list."},
    )

    def __init__(self, *args, patient, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["episode"].queryset = episodes_to_score(patient)

    def clean(self):
        cleaned = super().clean()
        measure = cleaned.get("measure")
        if measure == Measure.PSFS and not cleaned.get("activity") and "activity" not in self.errors:
            self.add_error("activity", "Name the activity that was scored.")
        if measure == Measure.NPRS and not cleaned.get("window") and "window" not in self.errors:
            self.add_error("window", "Choose whether the score is for pain now or in the last 24 hours.")
        if measure == Measure.NDI and not cleaned.get("typed_in") and "typed_in" not in self.errors:
            self.add_error("typed_in", "Choose whether the score is in percent or in points out of 50.")
        if measure and "value" not in self.errors:
            self._clean_score(measure, cleaned)
        return cleaned

    def _clean_score(self, measure, cleaned):
        value, scale = cleaned["value"], SCALES[measure]
        if value is None:
            self.add_error("value", f"Give the score: {scale.sentence}.")
            return
        in_points = measure == Measure.NDI and cleaned.get("typed_in") == OF_50
        if in_points and (not 0 <= value <= 50 or value != int(value)):
            self.add_error("value", "Give a whole number from 0 to 50 when the score is in points out of 50.")
        elif not in_points and not scale.holds(value):
            self.add_error("value", f"{Measure(measure).label}: give {scale.sentence}.")
        cleaned["value"] = value * 2 if in_points else value

    def as_kwargs(self):
        """The arguments of record_outcome_score that the form provides."""
        cleaned = self.cleaned_data
        item = {Measure.PSFS: cleaned["activity"], Measure.NPRS: cleaned["window"]}.get(cleaned["measure"], "")
        return {name: cleaned[name] for name in ("id", "episode", "measure", "value", "scored_on")} | {"item": item}


class ScoreCorrectionForm(ScoreForm):
    taken_back = forms.BooleanField(label="Remove the score: it was entered in error", required=False)
    reason = forms.CharField(
        label="Why it is corrected",
        max_length=300,
        widget=forms.TextInput(attrs=LINE),
        error_messages={"required": "Give the reason for the correction."},
    )

    def __init__(self, *args, score, **kwargs):
        initial = {
            "measure": score.measure,
            "activity": score.item if score.measure == Measure.PSFS else "",
            "window": score.item if score.measure == Measure.NPRS else "",
            "value": score.value if score.value is None else score.value.normalize(),
            "typed_in": PERCENT,
            "scored_on": score.scored_on,
            "episode": score.episode_id,
        }
        super().__init__(*args, initial=initial, patient=score.patient, **kwargs)
        self.score = score

    def _clean_score(self, measure, cleaned):
        if cleaned.get("taken_back"):
            cleaned["value"] = None
        else:
            super()._clean_score(measure, cleaned)

    def as_kwargs(self):
        """The arguments of record_outcome_score that the form provides."""
        return super().as_kwargs() | {"replaces": self.score, "reason": self.cleaned_data["reason"]}
