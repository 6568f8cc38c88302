"""The form of one measurement on the session's page."""

from django import forms
from django.utils.translation import ngettext

from treatments.models import Measurement, Needling
from treatments.models.measurement import KPA_PER_KG_CM2, Movement
from treatments.record import bounds

from .fields import LookupField, QuantityField

# The page offers kind and unit of a measurement as one choice.
UNIT_OF = {"ppt_kpa": "kpa", "ppt_kg_cm2": "kg_cm2", "rom": "degrees", "strength": "grade"}


class MeasurementForm(forms.Form):
    kind = forms.ChoiceField(
        choices=[
            ("ppt_kpa", "Pressure pain threshold, kPa"),
            ("ppt_kg_cm2", "Pressure pain threshold, kg/cm²"),
            ("rom", "Range of motion, degrees"),
            ("strength", "Strength, 0 to 5"),
        ],
        error_messages={"required": "Choose what was measured."},
    )
    muscle = LookupField(required=False)
    movement = forms.ChoiceField(choices=Movement.choices, required=False)
    side = forms.ChoiceField(choices=Needling.Side.choices, required=False)
    before = QuantityField(max_digits=8, decimal_places=3, required=False)
    after = QuantityField(max_digits=8, decimal_places=3, required=False)

    def __init__(self, *args, row_id, catalogue, stored=None, **kwargs):
        super().__init__(*args, prefix=f"measurement-{row_id}", **kwargs)
        self.stored = stored or Measurement()
        self.row_id = row_id
        self.catalogue = catalogue
        self.fields["muscle"].rows = catalogue.muscles

    @classmethod
    def of(cls, row, catalogue):
        kind = f"ppt_{row.unit}" if row.kind == Measurement.Kind.PPT else row.kind
        initial = {"kind": kind, "muscle": row.muscle, "movement": row.movement, "side": row.side}
        initial |= {"before": row.before_in_unit, "after": row.after_in_unit}
        return cls(row_id=row.pk, catalogue=catalogue, initial=initial, stored=row)

    def clean(self):
        if not self.is_storable:
            return
        self._refuse_decimals_that_are_not_shown()
        for field, sentence in bounds.measurement_errors(self.row()).items():
            self.add_error(field, sentence)
        if self.cleaned_data["kind"] == "rom" and not self.cleaned_data.get("movement"):
            self.add_error("movement", "Choose the joint and movement.")
        if self.cleaned_data["kind"].startswith("ppt") and not self.cleaned_data.get("muscle"):
            self.add_error("muscle", "Choose the muscle that was pressed.")

    def _refuse_decimals_that_are_not_shown(self):
        """More decimals than the page shows would be lost, because the stored value is converted from kPa."""
        places = 2 if self.cleaned_data["kind"] == "ppt_kg_cm2" else 1
        for field in ("before", "after"):
            value = self.cleaned_data.get(field)
            if value is not None and value != round(value, places):
                self.add_error(
                    field, ngettext("Give at most %d decimal.", "Give at most %d decimals.", places) % places
                )

    @property
    def is_storable(self):
        return bool(self.cleaned_data.get("kind"))

    def row(self):
        """The unsaved Measurement, in the unit in which it is stored."""
        kind = self.cleaned_data["kind"]
        is_motion = kind == "rom"
        return Measurement(
            pk=self.row_id,
            kind=kind.split("_")[0],
            unit=UNIT_OF[kind],
            muscle=None if is_motion else self.cleaned_data.get("muscle"),
            movement=self.cleaned_data.get("movement", "") if is_motion else "",
            side=self.cleaned_data.get("side", ""),
            before=self._in_the_records_unit("before"),
            after=self._in_the_records_unit("after"),
        )

    def _in_the_records_unit(self, field):
        if field in self.errors:
            return getattr(self.stored, field) if UNIT_OF[self.cleaned_data["kind"]] == self.stored.unit else None
        value = self.cleaned_data.get(field)
        if value is None or self.cleaned_data["kind"] != "ppt_kg_cm2":
            return value
        return round(value * KPA_PER_KG_CM2, 3)
