"""Keep what a patient drew alone on the tablet."""

from django.core.exceptions import ValidationError
from django.db import transaction

from patients.integrity.authorization import needs
from patients.models import Patient
from patients.services.once import record_once
from treatments.models import PatientDrawing
from treatments.permissions import may_hand_over_tablet
from treatments.record.pain_sites import drawing_error


@needs(may_hand_over_tablet)
@transaction.atomic
def keep_patient_drawing(patient, *, by, drawing, drawn_by_name, id):
    """Keep the pain drawing that a patient made on the tablet that `by` handed over; return the PatientDrawing.

    `drawing` has the form of Assessment.drawing. `id` is chosen by the page, so that a page sent twice keeps one.
    Raises ValidationError for an empty or impossible drawing, and without the name of the person who drew.
    """
    patient = Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    if not drawing:
        raise ValidationError({"drawing": "Nothing is drawn yet. Draw around each place that hurts."})
    if sentence := drawing_error(drawing):
        raise ValidationError({"drawing": sentence})
    row = PatientDrawing(pk=id, patient=patient, handed_over_by=by, drawing=drawing)
    row.drawn_by_name = drawn_by_name.strip()
    return record_once(row, by=by, same=["patient_id", "drawing", "drawn_by_name"])
