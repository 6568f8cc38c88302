"""What sessions, assessments and letters have in common: a draft with versions, which is signed or withdrawn once."""

import uuid

from django.conf import settings
from django.db import models

from clinic.models import Practitioner
from patients.integrity.proof import PROOF_LENGTH
from patients.models.error_mark import CountingQuerySet


class SignedRecordQuerySet(CountingQuerySet):
    def counting(self):
        """Drafts and signed records, without those that were withdrawn or entered in error."""
        return super().counting().exclude(status=SignedRecord.Status.WITHDRAWN)

    def drafts(self):
        return self.filter(status=SignedRecord.Status.DRAFT)

    def signed(self):
        return self.filter(status=SignedRecord.Status.SIGNED)


class SignedRecord(models.Model):
    """A record that one physiotherapist writes as a draft and then signs, or withdraws.

    Each kind of record adds `signed_meaning`, with the meanings that its own signature can have, and `error_mark`.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        SIGNED = "signed", "Signed"
        WITHDRAWN = "withdrawn", "Withdrawn"

    # The fields of which there can be only one draft at a time, as a constraint of the model says.
    ONE_DRAFT_OF = ()

    # The page chooses the key, so that pressing Start twice starts one record.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    # Tokens of the latest saves, newest last, to recognise a save that is sent again after a lost response.
    recent_saves = models.JSONField(default=list, blank=True, editable=False)
    saved_at = models.DateTimeField(auto_now=True)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, editable=False, related_name="+")
    status = models.CharField(max_length=9, choices=Status, default=Status.DRAFT, editable=False)
    # Who began it, if the draft was handed over to the practitioner who completes it.
    handed_over_from = models.ForeignKey(
        Practitioner, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    signed_at = models.DateTimeField(null=True, blank=True, editable=False)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    # The signer's printed name on that day.
    signed_name = models.CharField(max_length=150, blank=True, editable=False)
    # How the person who signed or withdrew it proved who they are. Empty in records from before that was asked.
    proved_by_means = models.CharField("proved by", max_length=PROOF_LENGTH, blank=True, editable=False)
    content_hash = models.CharField(max_length=64, blank=True, editable=False)
    # Which content the hash covers: see SEAL_VERSION in treatments.record.sealing. Drafts have no seal yet.
    seal_version = models.PositiveSmallIntegerField(default=1, editable=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    withdrawal_reason = models.CharField(max_length=300, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def is_signed(self):
        return self.status == self.Status.SIGNED

    @property
    def is_draft(self):
        return self.status == self.Status.DRAFT
