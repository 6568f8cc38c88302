"""Legal holds: records that must not be destroyed, whatever the retention rules say."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from patients.integrity.immutability import Immutable

from .patient import Patient
from .patient_key import PatientKey


class LegalHoldQuerySet(models.QuerySet):
    def in_force(self):
        return self.filter(lifted_at=None)

    def with_people(self):
        return self.select_related("placed_by", "lifted_by")


class LegalHold(models.Model):
    """A record that is kept until somebody lifts the hold, such as for a claim or an inquiry."""

    # The page chooses the key, so that a page sent twice places one hold.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = PatientKey(Patient, on_delete=models.PROTECT, moves=False, related_name="legal_holds")
    reason = models.CharField(max_length=300)
    placed_at = models.DateTimeField()
    placed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    lift_reason = models.CharField(max_length=300, blank=True)

    objects = LegalHoldQuerySet.as_manager()

    class Meta:
        ordering = ["-placed_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="legal_hold_has_a_reason",
                violation_error_message="Give the reason for the hold.",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at=None, lifted_by=None, lift_reason="")
                | Q(lifted_at__isnull=False, lifted_by__isnull=False) & ~Q(lift_reason=""),
                name="legal_hold_lifted_at_by_and_why",
                violation_error_message="To lift a hold, give the reason.",
            ),
            Immutable(
                name="legal_hold_frozen",
                allow=["lifted_at", "lifted_by", "lift_reason"],
                violation_error_message="A legal hold cannot be changed. Lift it.",
            ),
            Immutable(
                name="legal_hold_stays_lifted",
                when=Q(lifted_at__isnull=False),
                violation_error_message="This hold was lifted, and that cannot be changed. Place another one.",
            ),
        ]

    def __str__(self):
        return f"Legal hold: {self.reason}"
