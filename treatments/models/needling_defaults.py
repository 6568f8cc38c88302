"""The needle and the technique that a practitioner usually begins with."""

from django.db import models
from django.db.models import Q

from clinic.models import Practitioner

from .needling import Needling


class NeedlingDefaults(models.Model):
    """What a new row starts with, unless it is copied. It has a needle size and no lot, because lots are used up."""

    practitioner = models.OneToOneField(
        Practitioner, on_delete=models.PROTECT, primary_key=True, related_name="needling_defaults", editable=False
    )
    needle_diameter_mm = models.DecimalField(max_digits=3, decimal_places=2, null=True, blank=True)
    needle_length_mm = models.PositiveSmallIntegerField(null=True, blank=True)
    technique = models.CharField(max_length=12, choices=Needling.Technique, blank=True)

    class Meta:
        verbose_name_plural = "needling defaults"
        constraints = [
            models.CheckConstraint(
                condition=Q(needle_diameter_mm=None, needle_length_mm=None)
                | Q(needle_diameter_mm__isnull=False, needle_length_mm__isnull=False),
                name="needling_defaults_whole_needle_size",
                violation_error_message="A needle has a diameter and a length.",
            ),
        ]

    def __str__(self):
        return f"Defaults of {self.practitioner}"

    @property
    def needle_size(self):
        """(diameter, length) in mm, or None."""
        return self.needle_length_mm and (self.needle_diameter_mm, self.needle_length_mm)
