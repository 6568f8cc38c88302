"""Record the height and weight of a patient."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from patients.integrity.authorization import needs
from patients.models import BodyMeasure, Patient
from patients.permissions import may_record_body_measures

from .once import record_once

FROM_PAGE = ("patient_id", "measured_on", "height_cm", "weight_kg")


@needs(may_record_body_measures)
@transaction.atomic
def record_body_measure(patient, *, by, id=None, measured_on=None, height_cm=None, weight_kg=None):
    """Record a height (cm), a weight (kg) or both, and return the BodyMeasure. `measured_on` defaults to today.

    The page chooses `id`, so that a page sent twice records once. Raises ValidationError.
    """
    patient = Patient.objects.select_for_update().get(pk=patient.pk)
    measure = BodyMeasure(
        **({"id": id} if id else {}),
        patient=patient,
        measured_on=measured_on or timezone.localdate(),
        height_cm=height_cm,
        weight_kg=weight_kg,
        recorded_at=timezone.now(),
        recorded_by=by,
    )
    return record_once(measure, by=by, same=FROM_PAGE, prepare=_refuse_impossible_day)


def _refuse_impossible_day(measure):
    if measure.measured_on > timezone.localdate():
        raise ValidationError({"measured_on": "This date is in the future."})
    if measure.patient.is_born_after(measure.measured_on):
        raise ValidationError({"measured_on": "This date is before the patient’s birth date."})
    if measure.patient.died_on and measure.measured_on > measure.patient.died_on:
        raise ValidationError({"measured_on": "The patient died before this date."})
