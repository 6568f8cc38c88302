"""What an amendment corrects, value by value."""

from django.db import models
from django.db.models import Q

from patients.integrity.immutability import Immutable

from .amendment import Amendment
from .measurement import Measurement
from .needling import Needling


class Correction(models.Model):
    """One corrected value of a session or of one of its rows, or a row that did not happen or had been left out.

    It is sealed with its amendment. `needling` or `measurement` is the first row of its chain (CorrectedRow); without
    either, the value is the session's own.
    """

    class Kind(models.TextChoices):
        CHANGE = "change", "Corrected"
        DID_NOT_HAPPEN = "did_not_happen", "Did not happen"
        MISSING = "missing", "Was missing"

    amendment = models.ForeignKey(Amendment, on_delete=models.PROTECT, related_name="corrections")
    number = models.PositiveSmallIntegerField(help_text="1 for the first correction of an amendment.")
    kind = models.CharField(max_length=14, choices=Kind)
    needling = models.ForeignKey(Needling, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    measurement = models.ForeignKey(Measurement, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    field = models.CharField(max_length=40, blank=True)
    value = models.TextField(
        blank=True, help_text="The corrected value, or all values of a row that was missing, as canonical JSON."
    )
    # How pages show it: which row and field, the value that counted before, and the one that counts now.
    label = models.CharField(max_length=200)
    was = models.TextField(blank=True)
    now = models.TextField(blank=True)

    class Meta:
        ordering = ["amendment", "number"]
        constraints = [
            models.UniqueConstraint(fields=["amendment", "number"], name="one_correction_a_number"),
            models.CheckConstraint(
                condition=Q(kind="change") & ~Q(field="") & ~Q(value="")
                | Q(kind="did_not_happen", field="", value="")
                | Q(kind="missing", field="") & ~Q(value=""),
                name="correction_names_what_it_corrects",
                violation_error_message="A correction names a field and its value, or a row.",
            ),
            models.CheckConstraint(
                condition=Q(needling=None, measurement__isnull=False)
                | Q(measurement=None, needling__isnull=False)
                | Q(needling=None, measurement=None, kind="change"),
                name="correction_of_one_row_or_the_session",
                violation_error_message="A correction is about one row, or about a value of the session.",
            ),
            Immutable(
                name="correction_frozen",
                violation_error_message="A signed amendment cannot be changed. Add another amendment.",
            ),
        ]

    def __str__(self):
        return self.sentence

    @property
    def row_id(self):
        return self.needling_id or self.measurement_id

    @property
    def sentence(self):
        """For example "Row 2, left infraspinatus, depth: 12 mm, not 15 mm."."""
        if self.kind == self.Kind.DID_NOT_HAPPEN:
            return f"{self.label}: did not happen."
        if self.kind == self.Kind.MISSING:
            return f"{self.label}: was missing. {self.now}"
        return f"{self.label}: {self.now or 'nothing'}, not {self.was or 'empty'}."
