"""The form of one measurement on the session's page."""

import re
from decimal import Decimal
from typing import NamedTuple

from django import forms
from django.utils.translation import ngettext

from treatments.models import Measurement, Needling
from treatments.models.measurement import IN_MILLIMETRES, SIGN, Movement
from treatments.record import bounds

from .fields import LookupField, QuantityField

Unit, Kind = Measurement.Unit, Measurement.Kind


class Measured(NamedTuple):
    kind: str
    unit: str
    label: str


# The page offers kind and unit of a measurement as one choice.
MEASURED = {
    "ppt_kpa": Measured("ppt", "kpa", "Pressure pain threshold, kPa"),
    "ppt_kg_cm2": Measured("ppt", "kg_cm2", "Pressure pain threshold, kg/cm²"),
    "rom": Measured("rom", "degrees", "Range of motion, degrees"),
    "strength": Measured("strength", "grade", "Strength, 0 to 5, with + or \N{MINUS SIGN}"),
    "force_newton": Measured("force", "newton", "Force by dynamometer, N"),
    "force_kg": Measured("force", "kg", "Force by dynamometer, kg"),
    "grip_newton": Measured("grip", "newton", "Grip strength, N"),
    "grip_kg": Measured("grip", "kg", "Grip strength, kg"),
    "distance": Measured("distance", "mm", "Jaw movement, mm"),
}
OF_MOTION = ("rom", "distance")  # they name a movement; force may name one instead of a muscle
GRADE = re.compile(r"([0-5])\s*([+\N{MINUS SIGN}-])")


class MeasuredField(QuantityField):
    """A number, or a grade of strength with a sign: "4+" is 4.3 and "4-" is 3.7."""

    def to_python(self, value):
        if isinstance(value, str) and (found := GRADE.fullmatch(value.strip())):
            return Decimal(found[1]) + (SIGN if found[2] == "+" else -SIGN)
        return super().to_python(value)

    def has_changed(self, initial, data):
        return super().has_changed(self.to_python(initial), data)


class MeasurementForm(forms.Form):
    kind = forms.ChoiceField(
        choices=[(name, one.label) for name, one in MEASURED.items()],
        error_messages={"required": "Choose what was measured."},
    )
    muscle = LookupField(required=False)
    movement = forms.ChoiceField(choices=Movement.choices, required=False)
    mode = forms.ChoiceField(choices=Measurement.Mode.choices, required=False)
    side = forms.ChoiceField(choices=Needling.Side.choices, required=False)
    before = MeasuredField(max_digits=8, decimal_places=3, required=False)
    after = MeasuredField(max_digits=8, decimal_places=3, required=False)

    def __init__(self, *args, row_id, catalogue, stored=None, **kwargs):
        super().__init__(*args, prefix=f"measurement-{row_id}", **kwargs)
        self.stored = stored or Measurement()
        self.row_id = row_id
        self.catalogue = catalogue
        self.fields["muscle"].rows = catalogue.muscles

    @classmethod
    def of(cls, row, catalogue):
        unit = Unit.GRADE if row.unit == Unit.MRC else row.unit
        kind = next((name for name, one in MEASURED.items() if (one.kind, one.unit) == (row.kind, unit)), "")
        initial = {"kind": kind, "muscle": row.muscle, "movement": row.movement, "mode": row.mode, "side": row.side}
        initial |= {"before": row.before_in_unit, "after": row.after_in_unit}
        return cls(row_id=row.pk, catalogue=catalogue, initial=initial, stored=row)

    def clean(self):
        if not self.is_storable:
            return
        self._refuse_signs_elsewhere()
        self._refuse_decimals_that_are_not_shown()
        for field, sentence in bounds.measurement_errors(self.row()).items():
            self.add_error(field, sentence)
        kind, movement = self.measured.kind, self.cleaned_data.get("movement")
        if kind in OF_MOTION and not movement:
            self.add_error("movement", "Choose the joint and movement.")
        elif kind in OF_MOTION and (movement in IN_MILLIMETRES) != (kind == Kind.DISTANCE):
            self.add_error("movement", "Jaw movements are measured in millimetres, all others in degrees.")
        if kind == Kind.PPT and not self.cleaned_data.get("muscle"):
            self.add_error("muscle", "Choose the muscle that was pressed.")
        if kind == Kind.FORCE and not (self.cleaned_data.get("muscle") or movement):
            self.add_error("muscle", "Choose the muscle or the movement that was measured.")
        if kind == Kind.FORCE and self.cleaned_data.get("muscle") and movement:
            self.add_error("movement", "Choose either the muscle or the movement, not both.")

    @property
    def measured(self):
        return MEASURED[self.cleaned_data["kind"]]

    @property
    def is_signed(self):
        """Whether a value is a grade with a sign."""
        values = [str(self[field].value() or "").strip() for field in ("before", "after")]
        return any(GRADE.fullmatch(value) for value in values)

    def _refuse_signs_elsewhere(self):
        if self.is_signed and self.measured.kind != Kind.STRENGTH:
            for field in ("before", "after"):
                if GRADE.fullmatch(str(self[field].value() or "").strip()):
                    self.add_error(field, "Only a grade of strength has a plus or minus. Enter a number.")

    def _refuse_decimals_that_are_not_shown(self):
        """More decimals than the page shows would be lost, because the stored value is converted."""
        places = 2 if self.measured.unit in Measurement.FACTORS else 1
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
        kind = self.measured.kind
        names_muscle, names_movement = kind not in (*OF_MOTION, Kind.GRIP), kind in (*OF_MOTION, Kind.FORCE)
        muscle = self.cleaned_data.get("muscle") if names_muscle else None
        movement = self.cleaned_data.get("movement", "") if names_movement and not muscle else ""
        return Measurement(
            pk=self.row_id,
            kind=kind,
            unit=self._unit(),
            muscle=muscle,
            movement=movement,
            mode=self.cleaned_data.get("mode", "") if kind == Kind.ROM else "",
            side=self.cleaned_data.get("side", ""),
            before=self._in_the_records_unit("before"),
            after=self._in_the_records_unit("after"),
        )

    def _unit(self):
        return Unit.MRC if self.measured.kind == Kind.STRENGTH and self.is_signed else self.measured.unit

    def _in_the_records_unit(self, field):
        if field in self.errors:
            return getattr(self.stored, field) if self._unit() == self.stored.unit else None
        value = self.cleaned_data.get(field)
        factor = Measurement.FACTORS.get(self.measured.unit)
        return value if value is None or factor is None else round(value * factor, 3)
