"""Amendments of signed sessions and assessments. The signed record itself does not change."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from patients.integrity.immutability import Immutable
from patients.integrity.proof import PROOF_LENGTH
from patients.integrity.required_of_new import RequiredOfNew

from .assessment import Assessment
from .session import TreatmentSession


class Amendment(models.Model):
    """A correction or addition with its reason. It is signed like the record and linked to it by hashes."""

    # The page chooses the key, so that a form sent twice is saved once.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # One of the two: what is amended.
    session = models.ForeignKey(
        TreatmentSession, on_delete=models.PROTECT, null=True, blank=True, related_name="amendments"
    )
    assessment = models.ForeignKey(
        Assessment, on_delete=models.PROTECT, null=True, blank=True, related_name="amendments"
    )
    number = models.PositiveSmallIntegerField(
        help_text="1 for the first amendment of a record, then one more each time."
    )
    text = models.TextField(max_length=10_000)
    reason = models.CharField(max_length=300, help_text="Why the record is amended.")
    signed_at = models.DateTimeField()
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    signed_name = models.CharField(max_length=150)
    # Empty in amendments from before it was kept.
    proved_by_means = models.CharField("proved by", max_length=PROOF_LENGTH, blank=True, editable=False)
    previous_hash = models.CharField(
        max_length=64, help_text="Hash of the previous amendment, or of the record for the first."
    )
    content_hash = models.CharField(max_length=64)
    seal_version = models.PositiveSmallIntegerField(default=1, editable=False)

    class Meta:
        ordering = ["session", "assessment", "number"]
        indexes = [models.Index(fields=["signed_at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "number"],
                name="one_amendment_a_number",
                violation_error_message="A colleague amended this session at the same moment. Try again.",
            ),
            models.UniqueConstraint(
                fields=["assessment", "number"],
                name="one_amendment_a_number_of_assessments",
                violation_error_message="A colleague amended this assessment at the same moment. Try again.",
            ),
            models.CheckConstraint(
                condition=Q(session__isnull=False, assessment=None) | Q(session=None, assessment__isnull=False),
                name="amendment_of_one_record",
                violation_error_message="An amendment belongs to one session or one assessment.",
            ),
            models.CheckConstraint(
                condition=~Q(text="") & ~Q(reason="") & ~Q(signed_name="") & ~Q(content_hash=""),
                name="amendment_says_what_why_and_who",
                violation_error_message="An amendment needs a text, a reason and a name.",
            ),
            RequiredOfNew(
                name="amendment_with_proof",
                condition=~Q(proved_by_means=""),
                violation_error_message="Whoever amends a record must have proved who they are.",
            ),
            Immutable(
                name="amendment_frozen",
                violation_error_message="A signed amendment cannot be changed. Add another amendment.",
            ),
        ]

    def __str__(self):
        return f"Amendment {self.number} of {self.signed_at:%Y-%m-%d}"

    @property
    def record(self):
        """The session or the assessment that is amended."""
        return self.assessment if self.assessment_id else self.session

    @property
    def words(self):
        """What its corrections say, one to a line: the text of an amendment that has none of its own."""
        return "\n".join(correction.sentence for correction in self.corrections.all())
