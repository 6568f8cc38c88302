"""The clinic's own list of exercises, what was prescribed from it, and what patients report about it."""

import uuid

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower

from patients.integrity.immutability import Immutable
from patients.models import Patient
from patients.models.error_mark import CountingQuerySet, link_to_error_mark, mark_stays
from patients.models.patient_key import PatientKey

DOSE_SENTENCE = "Give the dose, such as 3 × 10, twice a day."


def is_jpeg(content):
    if not bytes(content[:3]) == b"\xff\xd8\xff":
        raise ValidationError("A picture is stored as JPEG.")


class ExercisePicture(models.Model):
    """A drawing or photo of an exercise, as a JPEG that jpeg_of in treatments/forms/pictures.py has written.

    It is in the database, so that it is in every backup and nobody gets it without signing in.
    """

    content = models.BinaryField(max_length=4_000_000, validators=[is_jpeg])

    class Meta:
        constraints = [
            Immutable(
                name="exercise_picture_frozen",
                violation_error_message="A picture cannot be changed. Choose another one for the exercise.",
            ),
        ]

    def __str__(self):
        return f"Picture {self.pk}"


class ExerciseQuerySet(models.QuerySet):
    def offered(self):
        return self.filter(retired_at=None)


class Exercise(models.Model):
    """One exercise, in the words that the patient reads.

    Its words and its picture never change, because prescriptions refer to them. New words make
    a new row and retire the old one.
    """

    name = models.CharField(max_length=80)
    instructions = models.TextField(max_length=2000, help_text="What to do, in words for the patient.")
    usual_dose = models.CharField(
        max_length=120, help_text="Such as 3 × 10, twice a day. It can be changed for each patient."
    )
    picture = models.ForeignKey(
        ExercisePicture, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="exercises"
    )
    added_at = models.DateTimeField(editable=False)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, editable=False, related_name="+")
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)
    retired_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    objects = ExerciseQuerySet.as_manager()

    class Meta:
        ordering = [Lower("name"), "pk"]
        constraints = [
            models.UniqueConstraint(
                Lower("name"),
                condition=Q(retired_at=None),
                name="one_exercise_a_name",
                violation_error_message="There is already an exercise with this name. Change that one instead.",
            ),
            models.CheckConstraint(
                condition=~Q(name="") & ~Q(instructions="") & ~Q(usual_dose=""),
                name="exercise_is_complete",
                violation_error_message="An exercise needs a name, instructions and a usual dose.",
            ),
            models.CheckConstraint(
                condition=Q(retired_at=None, retired_by=None) | Q(retired_at__isnull=False, retired_by__isnull=False),
                name="exercise_retired_at_and_by",
                violation_error_message="A retirement needs a time and a person.",
            ),
            Immutable(
                name="exercise_frozen",
                allow=["retired_at", "retired_by"],
                violation_error_message="An exercise cannot be changed. Write a new version.",
            ),
            Immutable(
                name="exercise_stays_retired",
                when=Q(retired_at__isnull=False),
                violation_error_message="This exercise is retired. Add it again under a new entry.",
            ),
        ]

    def __str__(self):
        return self.name


def _ended():
    return Exists(ExerciseReport.objects.counting().filter(prescription=OuterRef("pk"), ends=True))


class ExercisePrescriptionQuerySet(CountingQuerySet):
    def current(self):
        """Those that the patient should be doing: not entered in error, and not ended by a report."""
        return self.counting().filter(~_ended())

    def past(self):
        """All others."""
        return self.filter(Q(error_mark__isnull=False) | _ended())

    def newest_first(self):
        return self.order_by("-prescribed_at", "pk")


class ExercisePrescription(models.Model):
    """One exercise for one patient, with the dose. Another dose is another prescription, after this one has ended."""

    # The page chooses the key, so that a page sent twice prescribes once.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = PatientKey(Patient, on_delete=models.PROTECT, moves=False, related_name="exercise_prescriptions")
    exercise = models.ForeignKey(Exercise, on_delete=models.PROTECT, related_name="prescriptions")
    dose = models.CharField(max_length=120)
    prescribed_at = models.DateTimeField()
    prescribed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    error_mark = link_to_error_mark()

    objects = ExercisePrescriptionQuerySet.as_manager()

    class Meta:
        ordering = ["-prescribed_at", "pk"]
        indexes = [models.Index(fields=["patient", "-prescribed_at"])]
        constraints = [
            models.CheckConstraint(
                condition=~Q(dose=""), name="prescription_has_dose", violation_error_message=DOSE_SENTENCE
            ),
            Immutable(
                name="exercise_prescription_frozen",
                allow=["error_mark"],
                violation_error_message="A prescription cannot be changed. End it, then prescribe the exercise again.",
            ),
            mark_stays("exercise_prescription_mark_stays"),
        ]

    def __str__(self):
        return f"{self.exercise}: {self.dose}"


class ExerciseReport(models.Model):
    """What the patient reported about a prescribed exercise at a later visit, and whether it ends."""

    class How(models.TextChoices):
        DONE = "done", "As prescribed"
        PARTLY = "partly", "Partly"
        NOT_DONE = "not_done", "Not done"
        NOT_ASKED = "not_asked", "Not asked"

    # The page chooses the key, so that a page sent twice records once.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    prescription = models.ForeignKey(ExercisePrescription, on_delete=models.PROTECT, related_name="reports")
    how = models.CharField("how it was done", max_length=10, choices=How)
    note = models.CharField(max_length=300, blank=True)
    ends = models.BooleanField("exercise ended", default=False)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    error_mark = link_to_error_mark()

    objects = CountingQuerySet.as_manager()

    class Meta:
        ordering = ["-recorded_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(how__in=["done", "partly", "not_done"]) | Q(how="not_asked", ends=True),
                name="exercise_report_says_something",
                violation_error_message="Choose how it was done. “Not asked” is only for ending an exercise.",
            ),
            Immutable(
                name="exercise_report_frozen",
                allow=["error_mark"],
                violation_error_message="A report cannot be changed. Record another one.",
            ),
            mark_stays("exercise_report_mark_stays"),
        ]

    def __str__(self):
        return f"{self.get_how_display()}{', ended' if self.ends else ''}"
