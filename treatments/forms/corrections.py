"""The part of the amendment's form that corrects values: every row of the record, filled in as it counts now."""

import uuid

from django import forms
from django.utils import timezone
from django.utils.functional import cached_property

from patients.models import BodyRegion
from treatments.catalogue.free_entries import LONGEST, free_text, read_free_entry
from treatments.catalogue.lookup import Catalogue, LazyRows
from treatments.models import Correction, Measurement, Needle, Needling
from treatments.record.corrections import ROW_FIELDS, SESSION_FIELDS, Change, as_corrected, as_of, chains_of
from treatments.record.visit_kinds import rules_of

from .measurement import MeasurementForm
from .needling import NeedlingForm
from .session import SessionForm

Kind = Correction.Kind
COUNTS = {"needles_inserted", "needles_removed", "needle_count_reason"}
FREE_FIELDS = ("free_words", "free_base", "free_region")
NOT_OF_THE_ROW = {"did_not_happen", *FREE_FIELDS}
# Blank forms for rows that were left out. Further ones can be added with another amendment.
MISSING_NEEDLINGS, MISSING_MEASUREMENTS = 2, 1


class CorrectedValues:
    """Mixed into a form that is filled in with the values that count. It finds what the person changed."""

    model = None
    number = None

    @property
    def is_missing_row(self):
        return self.number is None and self.model is not None

    @property
    def is_open(self):
        """Whether the page shows the form unfolded."""
        return self.is_bound and self.has_changed()

    def change(self):
        """The Change that the valid form asks for."""
        if self.cleaned_data.get("did_not_happen"):
            return Change(Kind.DID_NOT_HAPPEN, self.model, self.row_id)
        kind = Kind.MISSING if self.is_missing_row else Kind.CHANGE
        return Change(kind, self.model, getattr(self, "row_id", None), self.corrected_values())

    def corrected_values(self):
        values = {name: self.cleaned_data[name] for name in self.fields if name not in NOT_OF_THE_ROW}
        if not self.is_missing_row:
            changed = {"muscle" if name == "free_words" else name for name in self.changed_data}
            values = {name: value for name, value in values.items() if name in changed}
        model = self.model or type(self.session)
        return {name: _blank(model, name) if value is None else value for name, value in values.items()}


def did_not_happen():
    return forms.BooleanField(required=False, label="This row did not happen")


class CorrectedSessionForm(CorrectedValues, forms.Form):
    def __init__(self, *args, session, **kwargs):
        super().__init__(*args, prefix="session", initial={n: getattr(session, n) for n in SESSION_FIELDS}, **kwargs)
        self.session = session

    def clean(self):
        for name in ("pain_before", "pain_after", "needles_inserted", "needles_removed"):
            had_value = self.initial[name] is not None
            if had_value and name not in self.errors and self.cleaned_data.get(name) is None:
                self.add_error(name, "Give the corrected value. It cannot be left empty.")
        counts = [self.cleaned_data.get(name) for name in ("needles_inserted", "needles_removed")]
        if None in counts or not COUNTS & set(self.changed_data):
            return
        if counts[1] > counts[0]:
            self.add_error("needles_removed", "Needles out cannot be more than needles in.")
        elif counts[1] < counts[0] and not self.cleaned_data.get("needle_count_reason", "").strip():
            self.add_error("needle_count_reason", "Give the reason why fewer needles came out than went in.")


CorrectedSessionForm.base_fields = {name: SessionForm.base_fields[name] for name in SESSION_FIELDS}


class CorrectedNeedlingForm(CorrectedValues, NeedlingForm):
    model = Needling
    required = {}  # {field: what it is} that a signed row of this kind of visit needs

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["free_base"].choices = lambda: [(base.slug, str(base)) for base in self._bases()]

    @cached_property
    def changed_data(self):
        """The names of the fields that differ. What kind of target it is matters only with own words."""
        changed = super().changed_data
        return changed if "free_words" in changed else [name for name in changed if name not in FREE_FIELDS]

    def clean(self):
        if self.cleaned_data.get("did_not_happen"):
            self.errors.clear()
            return
        if "free_words" in self.changed_data:
            self._take_own_words()
        else:
            self.errors.pop("free_base", None)
        super().clean()
        for name, words in self.required.items():
            if name not in self.errors and self.cleaned_data.get(name) in (None, ""):
                self.add_error(name, f"Give the {words}. A signed row needs it.")

    def _take_own_words(self):
        """The target is what was described in own words. The list of muscles is then left as it is."""
        if "free_words" in self.errors:
            return
        if "muscle" in self.changed_data:
            self.add_error("free_words", "Choose from the list or use your own words, not both.")
            return
        self.errors.pop("muscle", None)
        try:
            text = free_text(*(self.cleaned_data.get(name, "") for name in ("free_base", "free_region", "free_words")))
            self.cleaned_data["muscle"] = read_free_entry(text, self._bases())
        except forms.ValidationError as refusal:
            self.add_error("free_words", refusal)

    def _bases(self):
        return [entry for entry in self.catalogue.muscles.all().values() if not entry.region]

    @property
    def has_own_words(self):
        """Whether the page shows the fields for own words unfolded."""
        return bool(self["free_words"].value())

    @property
    def points_by_muscle(self):
        """[(muscle, its trigger points)], because a corrected muscle has other points."""
        points = self.catalogue.points_by_muscle
        muscles = self.catalogue.muscles.all().values()
        return [(muscle, points[muscle.pk]) for muscle in muscles if muscle.pk in points]


CorrectedNeedlingForm.base_fields = {name: NeedlingForm.base_fields[name] for name in ROW_FIELDS[Needling]} | {
    "did_not_happen": did_not_happen(),
    "free_words": forms.CharField(required=False, max_length=LONGEST, label="In your own words"),
    "free_base": forms.ChoiceField(required=False, label="What it is", initial="other-structure"),
    "free_region": forms.ChoiceField(choices=BodyRegion.choices, required=False, label="Region"),
}


class CorrectedMeasurementForm(CorrectedValues, MeasurementForm):
    model = Measurement
    did_not_happen = did_not_happen()

    def clean(self):
        if self.cleaned_data.get("did_not_happen"):
            self.errors.clear()
            return
        super().clean()

    def corrected_values(self):
        row = self.row()
        names = ROW_FIELDS[Measurement]
        if not self.is_missing_row and "kind" not in self.changed_data:
            names = self.changed_data
        return {name: getattr(row, name) for name in names}


class CorrectionForms:
    """All forms that correct values of a signed session.

    The page sends back which amendment was the latest when it was opened (`seen`): what the person changed is compared
    with the values that counted then, so that a correction by a colleague meanwhile is not taken back unnoticed.
    """

    def __init__(self, session, data=None):
        self.data, self.latest = data, max((one.number for one in session.amendments.all()), default=0)
        sent = (data or {}).get("seen", "")
        self.seen = min(int(sent), self.latest) if sent.isdecimal() and len(sent) < 6 else self.latest
        self.counting = as_corrected(as_of(session, self.seen))
        chains = {model: chains_of(session, model) for model in ROW_FIELDS}
        self.rows = {
            model: [(chain, row) for chain in chains[model] if (row := chain.as_of(self.seen))] for model in ROW_FIELDS
        }
        needlings, measurements = ([row for _, row in self.rows[model]] for model in (Needling, Measurement))
        day = timezone.localdate(session.started_at)
        self.rules = rules_of(session)
        self.catalogue = Catalogue(day, needlings, measurements)
        # A record says which lot was used, even if it has been used up or recalled since.
        lots = Needle.objects.filter(expires_on__gte=day)
        self.catalogue.needles = LazyRows([row.needle for row in needlings], lots.all)

    @cached_property
    def session(self):
        return CorrectedSessionForm(self._data("seen"), session=self.counting)

    @cached_property
    def needlings(self):
        return [self._form(CorrectedNeedlingForm, "needling", *one) for one in self.rows[Needling]]

    @cached_property
    def measurements(self):
        return [self._form(CorrectedMeasurementForm, "measurement", *one) for one in self.rows[Measurement]]

    @cached_property
    def missing_needlings(self):
        if not self.rules.is_with_needling:
            return []
        found = self._blank(CorrectedNeedlingForm, "missing_needling", MISSING_NEEDLINGS)
        for form in found:
            form.required = self.rules.row_fields
        return found

    @cached_property
    def missing_measurements(self):
        return self._blank(CorrectedMeasurementForm, "missing_measurement", MISSING_MEASUREMENTS)

    @cached_property
    def changed(self):
        every = [self.session, *self.needlings, *self.measurements, *self.missing_needlings, *self.missing_measurements]
        return [form for form in every if form.is_bound and form.has_changed()]

    def is_valid(self):
        return all(form.is_valid() for form in self.changed)

    def changes(self):
        """The Changes that the valid forms ask for."""
        return [form.change() for form in self.changed]

    def _data(self, marker, key=None):
        """The data for a form whose part of the page was sent; None otherwise."""
        is_sent = self.data is not None and (key in self.data.getlist(marker) if key else marker in self.data)
        return self.data if is_sent else None

    def _form(self, form_class, marker, chain, row):
        key = chain.first.pk
        initial = form_class.of(row, self.catalogue).initial
        form = form_class(
            self._data(marker, str(key)), row_id=key, catalogue=self.catalogue, stored=row, initial=initial
        )
        form.number, form.required = chain.number, self.rules.row_fields
        return form

    def _blank(self, form_class, marker, count):
        keys = (self.data.getlist(marker) if self.data else [])[:count] or [str(uuid.uuid4()) for _ in range(count)]
        forms_of_rows = []
        for key in keys:
            try:
                row_id = uuid.UUID(key)
            except ValueError:
                continue
            forms_of_rows.append(form_class(self._data(marker, key), row_id=row_id, catalogue=self.catalogue))
        return forms_of_rows


def _blank(model, name):
    return None if model._meta.get_field(name).null else ""
