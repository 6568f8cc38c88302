"""The form of one needling row on the session's page."""

from django import forms
from django.core.exceptions import ValidationError

from treatments.models import Needling
from treatments.record import bounds
from treatments.record.fields import NEEDLING, names

from .fields import (
    ClockField,
    CountField,
    LookupField,
    MomentField,
    MuscleField,
    RetentionField,
    SharedChoices,
    form_fields,
)

FIELDS = names(NEEDLING, "in_form")


class NeedlingForm(forms.Form):
    """Declares the fields that need more than the model defines; the others are made from the model."""

    muscle = MuscleField(error_messages={"required": "Choose a muscle.", "unknown": "Choose a muscle from the list."})
    side = forms.ChoiceField(
        choices=SharedChoices(Needling.Side.choices), error_messages={"required": "Choose a side."}
    )
    trigger_point = LookupField(required=False, label="Trigger point")
    needle = LookupField(
        required=False,
        error_messages={"unknown": "This lot is not in stock, has expired or was recalled. Choose another."},
    )
    depth_mm = CountField(*bounds.DEPTH, label="Depth")
    insertions = CountField(1, 99, "Insertions must be between 1 and 99.")
    twitch_count = CountField(1, 99, "Twitches must be between 1 and 99.", label="Twitches")
    retention_seconds = RetentionField(required=False, label="Retention")
    retention_planned_seconds = RetentionField(required=False, label="Planned retention", widget=forms.HiddenInput)
    retention_started_at = MomentField(required=False, widget=forms.HiddenInput)
    needled_at = ClockField(required=False, label="Needled at")
    angle_degrees = CountField(*bounds.OF_DOSE["angle_degrees"], label="Angle to the skin")
    strokes = CountField(*bounds.OF_DOSE["strokes"])
    needling_seconds = RetentionField(required=False, label="Needling time")
    stimulation_minutes = CountField(*bounds.OF_DOSE["stimulation_minutes"], label="Stimulation")
    pulse_width_us = CountField(*bounds.OF_DOSE["pulse_width_us"], label="Pulse width")
    imaged_depth_mm = CountField(*bounds.OF_DOSE["imaged_depth_mm"], label="Depth on the image")

    def __init__(self, *args, row_id, catalogue, stored=None, started_at=None, **kwargs):
        super().__init__(*args, prefix=f"needling-{row_id}", **kwargs)
        self.stored = stored or Needling()
        self.row_id = row_id
        self.catalogue = catalogue
        if clock := self.fields.get("needled_at"):  # the form of an amendment does not have it
            clock.stored, clock.started_at = self.stored.needled_at, started_at
        self.fields["muscle"].rows = catalogue.muscles
        self.fields["trigger_point"].rows = catalogue.points
        self.fields["needle"].rows = catalogue.needles

    @classmethod
    def of(cls, row, catalogue):
        initial = {field: getattr(row, field) for field in FIELDS}
        return cls(row_id=row.pk, catalogue=catalogue, initial=initial, stored=row)

    def clean(self):
        if not self.is_storable:
            return
        for field, sentence in bounds.needling_errors(self._as_answered(), on=self.catalogue.on).items():
            self.add_error(field, sentence)

    @property
    def is_storable(self):
        """Whether the row can be stored: it needs a muscle and a side. Any other wrong value is left out on its own."""
        return bool(self.cleaned_data.get("muscle") and self.cleaned_data.get("side"))

    def row(self):
        """The unsaved Needling. A wrong value is replaced by the stored one, or blank if that contradicts the rest."""
        row = self._as_answered()
        for field in self.errors:
            setattr(row, field, getattr(self.stored, field))
        for field in bounds.needling_errors(row, on=self.catalogue.on):
            setattr(row, field, _blank(field))
        return row

    def _as_answered(self):
        row = Needling(pk=self.row_id)
        for field in FIELDS:
            value = self.cleaned_data.get(field)
            setattr(row, field, _blank(field) if value is None else value)
        return row

    # For the template, bound or unbound ---------------------------------------

    @property
    def shown_muscle(self):
        try:
            return self.fields["muscle"].to_python(self["muscle"].value())
        except ValidationError:
            return None

    @property
    def points(self):
        muscle = self.shown_muscle
        return self.catalogue.points_by_muscle.get(muscle.pk, []) if muscle else []


NeedlingForm.base_fields = form_fields(Needling, FIELDS, NeedlingForm.declared_fields)


def _blank(field):
    return None if Needling._meta.get_field(field).null else ""
