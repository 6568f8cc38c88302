"""Height and weight of a patient, with the day on which they were measured."""

import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from patients.integrity.immutability import Immutable

from .error_mark import CountingQuerySet, link_to_error_mark, mark_stays
from .patient import Patient
from .patient_key import PatientKey

# These bounds only catch slips of the keyboard, such as metres for centimetres. They are our own.
HEIGHT_CM, WEIGHT_KG = (40, 250), (1, 400)
HEIGHT_SENTENCE = "Give the height in centimetres, between 40 and 250."
WEIGHT_SENTENCE = "Give the weight in kilograms, between 1 and 400."


def _bounds(least, most, sentence):
    return [MinValueValidator(least, sentence), MaxValueValidator(most, sentence)]


class BodyMeasureQuerySet(CountingQuerySet):
    def latest_first(self):
        return self.order_by("-measured_on", "-recorded_at", "pk")


class BodyMeasure(models.Model):
    """One measurement: a height, a weight or both. A later one does not replace it: the history is kept."""

    # Chosen by the page, so that a page sent twice records once.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = PatientKey(Patient, on_delete=models.PROTECT, moves=False, related_name="body_measures")
    measured_on = models.DateField("measured on")
    height_cm = models.DecimalField(
        "height", max_digits=4, decimal_places=1, null=True, blank=True, validators=_bounds(*HEIGHT_CM, HEIGHT_SENTENCE)
    )
    weight_kg = models.DecimalField(
        "weight", max_digits=4, decimal_places=1, null=True, blank=True, validators=_bounds(*WEIGHT_KG, WEIGHT_SENTENCE)
    )
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    error_mark = link_to_error_mark()

    objects = BodyMeasureQuerySet.as_manager()

    class Meta:
        ordering = ["-measured_on", "-recorded_at", "pk"]
        indexes = [models.Index(fields=["patient", "-measured_on"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(height_cm__isnull=False) | Q(weight_kg__isnull=False),
                name="body_measure_is_not_empty",
                violation_error_message="Give a height, a weight or both.",
            ),
            models.CheckConstraint(
                condition=Q(height_cm=None) | Q(height_cm__range=HEIGHT_CM),
                name="body_measure_height_in_bounds",
                violation_error_message=HEIGHT_SENTENCE,
            ),
            models.CheckConstraint(
                condition=Q(weight_kg=None) | Q(weight_kg__range=WEIGHT_KG),
                name="body_measure_weight_in_bounds",
                violation_error_message=WEIGHT_SENTENCE,
            ),
            Immutable(
                name="body_measure_frozen",
                allow=["error_mark"],
                violation_error_message="A measurement cannot be changed. Record another one.",
            ),
            mark_stays("body_measure_mark_stays"),
        ]

    def __str__(self):
        parts = [f"{self.height_cm:f} cm"] if self.height_cm else []
        parts += [f"{self.weight_kg:f} kg"] if self.weight_kg else []
        return ", ".join(parts)
