"""The form of an assessment, and the one that corrects a signed one."""

import json
from hashlib import sha256

from django import forms

from patients.partial_dates import partial_date_words, read_partial_date
from treatments.models import Assessment, Correction
from treatments.record.assessment_fields import CORRECTABLE, FIELDS
from treatments.record.bounds import start_error
from treatments.record.corrections import Change, as_corrected, as_of
from treatments.record.pain_sites import (
    BROKEN,
    LONGEST_NOTE,
    MOST_SITES,
    REGIONS,
    SIDES,
    VIEWS,
    drawing_error,
)

from .fields import MomentField, PainField, ProseField, form_fields

LONGEST_DRAWING = 200_000  # characters: 40 areas of 200 points are shorter
OWN_FIELDS = [name for name in FIELDS if name != "sites"]


class DrawingField(forms.CharField):
    """A pain drawing as JSON; see treatments.record.pain_sites."""

    def __init__(self, **kwargs):
        super().__init__(required=False, widget=forms.HiddenInput, max_length=LONGEST_DRAWING, **kwargs)

    def to_python(self, value):
        try:
            drawing = json.loads(super().to_python(value) or "[]")
        except (ValueError, RecursionError):
            raise forms.ValidationError(BROKEN) from None
        if sentence := drawing_error(drawing):
            raise forms.ValidationError(sentence)
        return drawing

    def validate(self, value):
        """An empty drawing is possible."""

    def run_validators(self, value):
        """Its length was read as text."""

    def prepare_value(self, value):
        return json.dumps(value, separators=(",", ":")) if isinstance(value, list) else value

    def text(self, value):
        """The drawing in words, with a short key: two drawings with equally many areas are not the same."""
        try:
            drawing = self.clean(self.prepare_value(value))
        except forms.ValidationError:
            return str(value)
        if not drawing:
            return ""
        key = sha256(json.dumps(drawing).encode()).hexdigest()[:4]
        return f"{drawing_words(drawing)} (drawing {key})"


def drawing_words(drawing):
    """How many areas a drawing has in each view, such as "Back: 2, Front: 1"."""
    counts = {view: sum(area["view"] == view for area in drawing) for view in VIEWS}
    return ", ".join(f"{VIEWS[view][0]}: {count}" for view, count in counts.items() if count)


class PartialDateField(forms.CharField):
    """A year, a month or a day, stored as in patients.partial_dates."""

    def to_python(self, value):
        typed = super().to_python(value)
        if not typed:
            return ""
        found = read_partial_date(typed)
        if found is None:
            raise forms.ValidationError("Write a year, a month or a day, such as 2019, March 2019 or 14 March 2019.")
        return found

    def prepare_value(self, value):
        is_stored = isinstance(value, str) and value and read_partial_date(value) == value
        return partial_date_words(value) if is_stored else value


class AssessmentForm(forms.Form):
    """Declares the fields that need more than the model defines; the others are made from the model.

    The sites are fields of their own, such as `site_1_region`, so that two versions are merged field by field.
    """

    started_at = MomentField(
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        label="Date and time",
        error_messages={"required": "Give the date and time of the assessment."},
    )
    pain_now = PainField(label="Now")
    pain_worst = PainField(label="Worst in 24 hours")
    pain_average = PainField(label="Average in 24 hours")
    drawing = DrawingField(label="Pain drawing")
    day_patterns = forms.MultipleChoiceField(
        choices=Assessment.DayPattern.choices, required=False, label="Over 24 hours"
    )
    history = ProseField(required=False, max_length=10_000, label="History")
    surgery_when = PartialDateField(
        required=False, max_length=30, label="Last operation in", help_text="Year, month or day"
    )
    findings = ProseField(required=False, max_length=10_000, label="Findings")

    def __init__(self, *args, assessment, **kwargs):
        super().__init__(*args, **kwargs)
        self.assessment = assessment
        if "started_at" in self.fields:
            self.fields["started_at"].stored = assessment.started_at
        for number in range(1, MOST_SITES + 1):
            self.fields |= _site_fields(number)

    @classmethod
    def of(cls, assessment):
        return cls(initial=stored_values(assessment), assessment=assessment)

    @property
    def site_rows(self):
        """The bound fields of the sites: for each its region, side, pain and note."""
        return [
            {name: self[f"site_{number}_{name}"] for name in ("region", "side", "pain", "note")}
            for number in range(1, MOST_SITES + 1)
        ]

    def clean_started_at(self):
        started_at = self.cleaned_data["started_at"]
        if sentence := start_error(started_at, self.assessment.patient):
            raise forms.ValidationError(sentence)
        return started_at

    def clean(self):
        for number in range(1, MOST_SITES + 1):
            of_site = {name: self.cleaned_data.get(f"site_{number}_{name}") for name in ("side", "pain", "note")}
            is_begun = any(value not in ("", None) for value in of_site.values())
            if is_begun and not self.data.get(f"site_{number}_region"):
                self.add_error(f"site_{number}_region", "Choose where it hurts, or clear this line.")
        return self.cleaned_data

    def values(self):
        """{field: value} of the valid values. A field with a wrong value is left out, so the stored value stays."""
        values = {field: self.cleaned_data[field] for field in OWN_FIELDS if field in self.cleaned_data}
        if not any(name.startswith("site_") for name in self.errors):
            values["sites"] = [site for number in range(1, MOST_SITES + 1) if (site := self._site(number))]
        return values

    def _site(self, number):
        region, side, pain, note = (
            self.cleaned_data.get(f"site_{number}_{name}") for name in ("region", "side", "pain", "note")
        )
        return region and {"region": region, "side": side, "note": note, "pain": pain}


AssessmentForm.base_fields = form_fields(Assessment, OWN_FIELDS, AssessmentForm.declared_fields)


def stored_values(assessment):
    """{name of a field of the form: value} of a stored Assessment."""
    sites = {
        f"site_{number}_{name}": value
        for number, site in enumerate(assessment.sites, start=1)
        for name, value in site.items()
    }
    return {field: getattr(assessment, field) for field in OWN_FIELDS} | sites


def _site_fields(number):
    return {
        f"site_{number}_region": forms.ChoiceField(choices=REGIONS.items(), required=False, label=f"Site {number}"),
        f"site_{number}_side": forms.ChoiceField(choices=SIDES.items(), required=False, label=f"Side of site {number}"),
        f"site_{number}_pain": PainField(label=f"Pain at site {number}"),
        f"site_{number}_note": forms.CharField(
            required=False, max_length=LONGEST_NOTE, label=f"More about site {number}"
        ),
    }


class CorrectedAssessmentForm(AssessmentForm):
    """The form of a signed assessment with the answers that count. It finds what the person changed.

    The page sends back which amendment was the latest when it was opened (`seen`): what the person changed is compared
    with the answers that counted then, so that a correction by a colleague meanwhile is not taken back unnoticed.
    """

    def __init__(self, assessment, data=None):
        latest = max((one.number for one in assessment.amendments.all()), default=0)
        sent = (data or {}).get("seen", "")
        self.seen = min(int(sent), latest) if sent.isdecimal() and len(sent) < 6 else latest
        self.counting = as_corrected(as_of(assessment, self.seen))
        initial = stored_values(self.counting)
        super().__init__(data if "seen" in (data or {}) else None, initial=initial, assessment=assessment)

    @property
    def changed(self):
        """The names of the answers that differ."""
        return {"sites" if name.startswith("site_") else name for name in self.changed_data} if self.is_bound else set()

    def is_valid(self):
        return not self.changed or super().is_valid()

    def changes(self):
        """The Changes that the valid form asks for."""
        values = {name: value for name, value in self.values().items() if name in self.changed} if self.changed else {}
        return [Change(Correction.Kind.CHANGE, values=values)] if values else []


CorrectedAssessmentForm.base_fields = {
    name: field for name, field in AssessmentForm.base_fields.items() if name in CORRECTABLE
}
