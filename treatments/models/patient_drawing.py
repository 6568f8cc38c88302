"""What a patient drew alone, on the clinic's tablet, before a therapist took it into an assessment."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from patients.integrity.immutability import Immutable
from patients.models import Patient
from patients.models.patient_key import PatientKey

from .assessment import Assessment


class PatientDrawingQuerySet(models.QuerySet):
    def waiting(self):
        """Those that are in no assessment, newest first, unless one was signed after they were drawn."""
        counting = Assessment.objects.counting()
        later = counting.signed().filter(patient=OuterRef("patient"), signed_at__gt=OuterRef("drawn_at"))
        taken = counting.filter(patient_drawing=OuterRef("pk"))
        return self.filter(~Exists(taken), ~Exists(later)).order_by("-drawn_at", "-pk")


class PatientDrawing(models.Model):
    """A pain drawing as the patient made it. It never changes; the assessment has the drawing that counts."""

    # The page chooses the key, so that a page sent twice is stored once.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = PatientKey(Patient, on_delete=models.PROTECT, moves=False, related_name="drawings_on_tablet")
    drawn_at = models.DateTimeField(default=timezone.now)
    drawn_by_name = models.CharField("drawn by", max_length=200)
    handed_over_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    drawing = models.JSONField("pain drawing")  # as Assessment.drawing

    objects = PatientDrawingQuerySet.as_manager()

    class Meta:
        ordering = ["-drawn_at", "-pk"]
        verbose_name = "drawing of the patient"
        verbose_name_plural = "drawings of patients"
        constraints = [
            models.CheckConstraint(
                condition=~Q(drawn_by_name=""),
                name="patient_drawing_names_who_drew",
                violation_error_message="Enter the name of the person who drew.",
            ),
            Immutable(
                name="patient_drawing_frozen",
                violation_error_message="The patient’s drawing cannot be changed. Change the one of the assessment.",
            ),
        ]

    def __str__(self):
        return f"Drawing of {timezone.localtime(self.drawn_at):%Y-%m-%d}"
