"""Needles in stock, one row for each lot and size."""

from django.db import models
from django.db.models import Q

from patients.integrity.immutability import Immutable

# What is printed on the pack. It is part of the seal of every session that used the lot.
PACK = ["maker", "diameter_mm", "length_mm", "lot", "expires_on"]


class NeedleQuerySet(models.QuerySet):
    def usable_on(self, day):
        """The needles that a session of that day may use: in stock, not expired and not recalled."""
        not_recalled = Q(recalled_on=None) | Q(recalled_on__gt=day)
        return self.filter(not_recalled, is_active=True, expires_on__gte=day)

    def ending_before(self, day, *, on):
        """Needles in stock that expire before this day or were recalled until the day `on`."""
        ends = Q(expires_on__lt=day) | Q(recalled_on__lte=on)
        return self.filter(ends, is_active=True)

    def with_lot_like(self, text):
        """Needles whose lot number contains the text."""
        return self.filter(lot__icontains=text)


class Needle(models.Model):
    PACK = PACK

    maker = models.CharField(max_length=80)
    diameter_mm = models.DecimalField(max_digits=3, decimal_places=2)
    length_mm = models.PositiveSmallIntegerField()
    lot = models.CharField(max_length=40)
    expires_on = models.DateField()
    is_active = models.BooleanField("in stock", default=True)
    recalled_on = models.DateField(null=True, blank=True, help_text="From this day on, the lot cannot be chosen.")
    recall_reason = models.CharField(max_length=200, blank=True, help_text="Who recalled it, and why.")
    in_record_since = models.DateTimeField(null=True, editable=False)  # when a session that used it was first signed

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
                violation_error_message="The diameter must be between 0.10 and 1.00 mm.",
            ),
            models.CheckConstraint(
                condition=Q(length_mm__range=(5, 150)),
                name="needle_length_in_range",
                violation_error_message="The length must be between 5 and 150 mm.",
            ),
            models.CheckConstraint(
                condition=Q(recalled_on=None, recall_reason="") | Q(recalled_on__isnull=False) & ~Q(recall_reason=""),
                name="needle_recalled_for_a_reason",
                violation_error_message="A recall needs a day and a reason. Enter both or neither.",
            ),
            Immutable(
                name="needle_of_a_record_frozen",
                when=Q(in_record_since__isnull=False),
                fields=[*PACK, "in_record_since"],
                violation_error_message="This lot is used in signed records, so its details cannot be changed.",
            ),
        ]

    def __str__(self):
        return f"{self.diameter_mm} × {self.length_mm} · {self.lot}"

    @property
    def size(self):
        return f"{self.diameter_mm}×{self.length_mm}"

    def is_usable_on(self, day):
        """Whether a session of that day may use this lot."""
        return self.is_active and self.expires_on >= day and not self.is_recalled_on(day)

    def is_recalled_on(self, day):
        return self.recalled_on is not None and self.recalled_on <= day
