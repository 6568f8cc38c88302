"""What named clinicians decided about the published facts that Filiform shows."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from patients.integrity.immutability import Immutable


class FactReviewQuerySet(models.QuerySet):
    def latest_first(self):
        return self.order_by("-decided_at", "-recorded_at", "pk")


class FactReview(models.Model):
    """One clinician's decision about one fact. A later decision does not change it; the latest one is in force.

    `fact_key` is the key of a Fact, and `fingerprint` identifies the words that the clinician read: once these change,
    the decision no longer applies. Decisions can come from another clinic; `origin` then names it.
    """

    class Verdict(models.TextChoices):
        AGREED = "agreed", "Agreed"
        CORRECTED = "corrected", "Corrected"
        WITHDRAWN = "withdrawn", "Withdrawn"

    # Chosen by the page, or by the clinic where the decision was made, so that it is stored once.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    fact_key = models.CharField("fact", max_length=120)
    fingerprint = models.CharField(max_length=16)
    verdict = models.CharField(max_length=12, choices=Verdict)
    correction = models.TextField("corrected words", max_length=600, blank=True)
    basis = models.CharField("source or reason", max_length=300, blank=True)
    reviewer_name = models.CharField("reviewed by", max_length=150)
    qualification = models.CharField(max_length=150)
    decided_at = models.DateTimeField()
    origin = models.CharField("from clinic", max_length=150, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = FactReviewQuerySet.as_manager()

    class Meta:
        ordering = ["-decided_at", "-recorded_at", "pk"]
        indexes = [models.Index(fields=["fact_key", "-decided_at"])]
        constraints = [
            models.CheckConstraint(
                condition=~Q(reviewer_name="") & ~Q(qualification=""),
                name="fact_review_has_name_and_qualification",
                violation_error_message="A review needs the name and the qualification of the reviewer.",
            ),
            models.CheckConstraint(
                condition=Q(verdict="corrected") & ~Q(correction="")
                | Q(verdict__in=["agreed", "withdrawn"]) & Q(correction=""),
                name="fact_review_correction_has_words",
                violation_error_message="Give the corrected words, for a correction only.",
            ),
            models.CheckConstraint(
                condition=Q(verdict="agreed") | ~Q(basis=""),
                name="fact_review_says_why",
                violation_error_message="Give the source or the reason.",
            ),
            Immutable(
                name="fact_review_frozen",
                violation_error_message="A review cannot be changed or deleted. Review the fact again.",
            ),
        ]

    def __str__(self):
        return f"{self.get_verdict_display()} by {self.reviewer_name}"

    @property
    def decided_here_at(self):
        """When this was decided; None for a review that was taken over from another clinic."""
        return None if self.origin else self.recorded_at
