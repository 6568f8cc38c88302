"""Keep the clinic's list of exercises, prescribe from it, and record what patients report."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs
from patients.integrity.changes import changes_between
from patients.models import Patient, TrailEntry
from patients.services.once import record_once
from treatments.models import Exercise, ExercisePicture, ExercisePrescription, ExerciseReport
from treatments.permissions import (
    may_add_exercises,
    may_change_exercises,
    may_prescribe_exercises,
    may_record_exercise_reports,
)

from .retiring import retire

Action = TrailEntry.Action


@needs(may_add_exercises)
@transaction.atomic
def add_exercise(*, by, name, instructions, usual_dose, picture=None):
    """Add an exercise to the clinic's list and return it.

    `picture` is an ExercisePicture, or the content of a new one, from jpeg_of. Raises ValidationError, also if the name
    is taken.
    """
    if isinstance(picture, bytes):
        picture = ExercisePicture(content=picture)
        picture.full_clean()
        picture.save()
    exercise = Exercise(
        name=name.strip(),
        instructions=instructions.strip(),
        usual_dose=usual_dose.strip(),
        picture=picture,
        added_at=timezone.now(),
        added_by=by,
    )
    exercise.full_clean()
    exercise.save()
    add_audit_entry(Action.CREATE, by=by, record=exercise, changes=changes_between(None, exercise))
    return exercise


@needs(may_change_exercises)
@transaction.atomic
def revise_exercise(exercise, *, by, name, instructions, usual_dose, picture=None):
    """Retire an exercise, add it with new words, and return the new Exercise. Without `picture`, it keeps its picture.

    Prescriptions keep what the patient was given. Raises ValidationError if the exercise is retired already.
    """
    retired = retire_exercise(exercise, by=by)
    picture = picture or retired.picture
    return add_exercise(by=by, name=name, instructions=instructions, usual_dose=usual_dose, picture=picture)


@needs(may_change_exercises)
@transaction.atomic
def retire_exercise(exercise, *, by):
    """Offer an exercise no longer, and return it. What was prescribed stays.

    Raises ValidationError if it is retired already.
    """
    exercise = Exercise.objects.select_for_update(of=["self"]).get(pk=exercise.pk)
    if exercise.retired_at:
        raise ValidationError("This exercise is retired already. Reload the list.")
    return retire(exercise, by=by)


@needs(may_prescribe_exercises)
@transaction.atomic
def prescribe_exercise(patient, *, by, exercise, dose, id=None):
    """Prescribe an exercise of the list with this dose, and return the ExercisePrescription.

    The page chooses `id`, so that a page sent twice prescribes once. Raises ValidationError if the exercise is retired,
    or the patient has it already or cannot be treated.
    """
    patient = Patient.objects.select_for_update().get(pk=patient.pk)
    prescription = ExercisePrescription(
        **({"id": id} if id else {}),
        patient=patient,
        exercise=exercise,
        dose=dose.strip(),
        prescribed_at=timezone.now(),
        prescribed_by=by,
    )
    return record_once(prescription, by=by, same=("patient_id", "exercise_id", "dose"), prepare=_refuse_prescription)


def _refuse_prescription(prescription):
    if sentence := prescription.patient.why_not_treatable:
        raise ValidationError(sentence)
    # Locked, so that the exercise is not retired meanwhile.
    exercise = Exercise.objects.select_for_update(of=["self"]).get(pk=prescription.exercise_id)
    if exercise.retired_at:
        raise ValidationError("This exercise is no longer on the list. Choose another one.")
    of_patient = ExercisePrescription.objects.current().filter(patient=prescription.patient_id)
    if of_patient.filter(exercise__name__iexact=exercise.name).exists():
        raise ValidationError("The patient has this exercise already. End it first to give another dose.")


@needs(may_record_exercise_reports)
@transaction.atomic
def record_exercise_report(prescription, *, by, how, note="", ends=False, id=None):
    """Record what the patient reported about a prescribed exercise, and return the ExerciseReport.

    `how` is a value of ExerciseReport.How. With `ends`, the patient stops doing the exercise. The page chooses `id`, so
    that a page sent twice records once. Raises ValidationError if the exercise has ended or was entered in error.
    """
    prescription = ExercisePrescription.objects.select_for_update(of=["self"]).get(pk=prescription.pk)
    report = ExerciseReport(
        **({"id": id} if id else {}),
        prescription=prescription,
        how=how,
        note=note.strip(),
        ends=ends,
        recorded_at=timezone.now(),
        recorded_by=by,
    )
    return record_once(report, by=by, same=("prescription_id", "how", "note", "ends"), prepare=_refuse_report)


def _refuse_report(report):
    if not ExercisePrescription.objects.current().filter(pk=report.prescription_id).exists():
        raise ValidationError("This exercise has ended, or was entered in error. It can have no more reports.")
