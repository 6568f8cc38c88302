"""Merges of two records of one person: asked for by one, decided by another, and undone from what was kept."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from patients.integrity.immutability import Immutable

from .patient import Patient


class PatientMergeQuerySet(models.QuerySet):
    def waiting(self):
        """Merges that nobody has decided yet."""
        return self.filter(decided_at=None)

    def standing(self):
        """Merges that wait, and those that are in effect: neither declined nor undone."""
        return self.filter(Q(decided_at=None) | Q(is_confirmed=True, undone_at=None))

    def about(self, patient):
        """Merges of this record, whether it stays or is the duplicate."""
        return self.filter(Q(survivor=patient) | Q(duplicate=patient))

    def with_people(self):
        return self.select_related("survivor", "duplicate", "asked_by", "decided_by", "undone_by")


class PatientMerge(models.Model):
    """Two records of one person become one. The duplicate stays readable and leads to the one that survives.

    `kept` is what an undo needs: the rows that moved, and each detail of the survivor before and after.
    """

    # The page chooses the key, so that a page sent twice asks once.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    survivor = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="merges")
    duplicate = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="merges_as_duplicate")
    reason = models.CharField(max_length=300)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    is_confirmed = models.BooleanField(null=True, blank=True)
    decline_reason = models.CharField(max_length=300, blank=True)
    proved_by_means = models.CharField("proved by", max_length=40, blank=True)
    kept = models.JSONField(default=dict, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    undo_reason = models.CharField(max_length=300, blank=True)
    undo_proved_by_means = models.CharField("undo proved by", max_length=40, blank=True)

    UNDO = ["undone_at", "undone_by", "undo_reason", "undo_proved_by_means"]

    objects = PatientMergeQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "pk"]
        verbose_name = "merge of two patients"
        verbose_name_plural = "merges of two patients"
        constraints = [
            models.UniqueConstraint(
                fields=["duplicate"],
                condition=Q(decided_at=None) | Q(is_confirmed=True, undone_at=None),
                name="one_merge_a_duplicate",
                violation_error_message="A merge of this record is waiting already, or it was merged.",
            ),
            models.CheckConstraint(
                condition=~Q(survivor=F("duplicate")),
                name="merge_of_two_records",
                violation_error_message="A record cannot be merged with itself.",
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None, is_confirmed=None, decline_reason="", proved_by_means="")
                | Q(decided_at__isnull=False, decided_by__isnull=False, is_confirmed=True, decline_reason="")
                & ~Q(proved_by_means="")
                | Q(decided_at__isnull=False, decided_by__isnull=False, is_confirmed=False) & ~Q(decline_reason=""),
                name="merge_decided_at_by_and_how",
                violation_error_message="A decision needs a time and a person, and a proof or a reason.",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")) | Q(is_confirmed=False),
                name="merge_confirmed_by_another",
                violation_error_message="Another person must confirm this merge.",
            ),
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_by=None, undo_reason="", undo_proved_by_means="")
                | Q(undone_at__isnull=False, undone_by__isnull=False, is_confirmed=True)
                & ~Q(undo_reason="")
                & ~Q(undo_proved_by_means=""),
                name="merge_undone_at_by_and_why",
                violation_error_message="An undo needs a time, a person, a reason and a proof.",
            ),
            Immutable(
                name="merge_decision_frozen",
                when=Q(decided_at__isnull=False),
                allow=["undone_at", "undone_by", "undo_reason", "undo_proved_by_means"],
                violation_error_message="A decided merge cannot be changed. Undo it.",
            ),
            Immutable(
                name="merge_undo_frozen",
                when=Q(undone_at__isnull=False),
                violation_error_message="This merge was undone, and that cannot be changed.",
            ),
        ]

    def __str__(self):
        return f"Merge of {self.duplicate.record_number} into {self.survivor.record_number}"

    @property
    def record_ids(self):
        return self.survivor_id, self.duplicate_id

    @property
    def is_waiting(self):
        return self.decided_at is None

    @property
    def is_in_effect(self):
        return bool(self.is_confirmed) and self.undone_at is None
