"""Needles in stock, by lot."""

from django.db import models
from django.db.models import Q

from patients.integrity.immutability import Immutable

# What is printed on the pack, and sealed with every session that used it.
PACK = ["maker", "diameter_mm", "length_mm", "lot", "expires_on"]


class NeedleQuerySet(models.QuerySet):
    def usable_on(self, day):
        """In stock, within their date and not recalled by that day: what a session may choose from."""
        not_recalled = Q(recalled_on=None) | Q(recalled_on__gt=day)
        return self.filter(not_recalled, is_active=True, expires_on__gte=day)

    def with_lot_like(self, text):
        """Those whose lot number holds the text."""
        return self.filter(lot__icontains=text)


class Needle(models.Model):
    PACK = PACK

    maker = models.CharField(max_length=80)
    diameter_mm = models.DecimalField(max_digits=3, decimal_places=2)
    length_mm = models.PositiveSmallIntegerField()
    lot = models.CharField(max_length=40)
    expires_on = models.DateField()
    is_active = models.BooleanField("in stock", default=True)
    recalled_on = models.DateField(null=True, blank=True, help_text="From this day on nobody can choose the lot.")
    recall_reason = models.CharField(max_length=200, blank=True, help_text="Who recalled it, and why.")
    in_record_since = models.DateTimeField(null=True, editable=False)  # the first signature over it

    objects = NeedleQuerySet.as_manager()

    class Meta:
        ordering = ["diameter_mm", "length_mm", "expires_on"]
        indexes = [models.Index(fields=["lot"])]
        permissions = [("export_needle", "Can export who was treated with a lot")]
        constraints = [
            models.UniqueConstraint(
                fields=["maker", "diameter_mm", "length_mm", "lot"],
                name="one_row_a_lot_and_size",
                violation_error_message="This lot is already in stock.",
            ),
            # Sold sizes run from 0.16 to 0.35 mm and 13 to 100 mm; trials used up to 0.9 mm (without a source).
            models.CheckConstraint(
                condition=Q(diameter_mm__gte="0.10", diameter_mm__lte="1.00"),
                name="needle_diameter_in_range",
                violation_error_message="A needle's diameter is between 0.10 and 1.00 mm.",
            ),
            models.CheckConstraint(
                condition=Q(length_mm__range=(5, 150)),
                name="needle_length_in_range",
                violation_error_message="A needle's length is between 5 and 150 mm.",
            ),
            models.CheckConstraint(
                condition=Q(recalled_on=None, recall_reason="") | Q(recalled_on__isnull=False) & ~Q(recall_reason=""),
                name="needle_recalled_for_a_reason",
                violation_error_message="A recall has a day and a reason: give both, or neither.",
            ),
            Immutable(
                name="needle_of_a_record_frozen",
                when=Q(in_record_since__isnull=False),
                fields=[*PACK, "in_record_since"],
                violation_error_message="Signed records speak of this lot: what its pack says stands.",
            ),
        ]

    def __str__(self):
        return f"{self.diameter_mm} × {self.length_mm} · {self.lot}"

    @property
    def size(self):
        return f"{self.diameter_mm}×{self.length_mm}"

    def is_usable_on(self, day):
        """May this lot be chosen for a row of that day?"""
        return self.is_active and self.expires_on >= day and not self.is_recalled_on(day)

    def is_recalled_on(self, day):
        return self.recalled_on is not None and self.recalled_on <= day
