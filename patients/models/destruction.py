"""The destruction of a record: asked for by one admin, accepted by another, and certified. Neither names the person."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from patients.integrity.immutability import Immutable
from patients.integrity.required_of_new import RequiredOfNew

# How long an accepted destruction can be carried out. Our own choice, without a source.
CARRIED_OUT_WITHIN = timedelta(days=30)
DECISION = ["decided_at", "decided_by", "is_accepted", "decision_note", "decision_proved_by_means"]


class DestructionCertificate(models.Model):
    """What was destroyed, by which rule and when. Written in the transaction that destroys; it never changes.

    `patient_keys` and `record_numbers` are those of all records of the person, the one that stayed first. `counts` is
    {kind of row: how many}. `trail_hash` is the hash of the hashes of the audit trail's entries about them, which
    stay. `seal` depends on all of it, on the request and on a key outside the database.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.PositiveIntegerField("certificate", unique=True)
    destroyed_at = models.DateTimeField("destroyed")
    record_number = models.CharField(max_length=20)
    record_numbers = models.JSONField("numbers of all records of the person")
    patient_keys = models.JSONField()
    rule = models.CharField(max_length=300)
    last_entry_on = models.DateField("last entry")
    kept_until = models.DateField()
    counts = models.JSONField("what was destroyed")
    trail_entries = models.PositiveIntegerField("entries of the audit trail that lost their content")
    trail_hash = models.CharField(max_length=64)
    key_id = models.CharField(max_length=8)
    seal = models.CharField(max_length=64)

    class Meta:
        ordering = ["-number"]
        verbose_name = "certificate of destruction"
        verbose_name_plural = "certificates of destruction"
        constraints = [
            Immutable(
                name="destruction_certificate_frozen",
                violation_error_message="A certificate of destruction cannot be changed.",
            ),
        ]

    def __str__(self):
        return f"Certificate {self.number}, record {self.record_number}"


class DestructionQuerySet(models.QuerySet):
    def waiting(self):
        """Requests that nobody has decided."""
        return self.filter(decided_at=None)

    def accepted(self):
        """Accepted requests that can still be carried out."""
        return self.filter(is_accepted=True, certificate=None, decided_at__gt=timezone.now() - CARRIED_OUT_WITHIN)

    def open(self):
        return self.waiting() | self.accepted()

    def with_people(self):
        return self.select_related("asked_by", "decided_by", "certificate")


class Destruction(models.Model):
    """A request to destroy one record. It outlives the record, so it has its keys and no foreign key.

    While `certificate` is the key of a certificate that does not exist yet, the database lets the rows of this record
    be deleted: see patients.integrity.destroying. The foreign key is checked at the end of the transaction, so a
    destruction is committed with its certificate or not at all.
    """

    # The page chooses the key, so that a page sent twice asks once.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient_key = models.PositiveBigIntegerField(editable=False)
    record_number = models.CharField(max_length=20)
    reason = models.CharField(max_length=300)
    asked_at = models.DateTimeField("asked")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proved_by_means = models.CharField("proved by", max_length=40)
    decided_at = models.DateTimeField("decided", null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    is_accepted = models.BooleanField("accepted", null=True, blank=True)
    decision_note = models.CharField(max_length=300, blank=True)
    decision_proved_by_means = models.CharField("decision proved by", max_length=40, blank=True)
    certificate = models.OneToOneField(
        DestructionCertificate, on_delete=models.PROTECT, null=True, blank=True, related_name="destruction"
    )

    objects = DestructionQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "pk"]
        verbose_name = "destruction of a record"
        verbose_name_plural = "destructions of records"
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="destruction_has_a_reason",
                violation_error_message="Give the reason for the destruction.",
            ),
            models.CheckConstraint(
                condition=~Q(proved_by_means=""),
                name="destruction_asked_with_proof",
                violation_error_message="Asking for a destruction needs a proof of identity.",
            ),
            models.CheckConstraint(
                condition=Q(
                    decided_at=None, decided_by=None, is_accepted=None, decision_note="", decision_proved_by_means=""
                )
                | Q(decided_at__isnull=False, decided_by__isnull=False, is_accepted__isnull=False)
                & (Q(is_accepted=False) | ~Q(decision_proved_by_means="")),
                name="destruction_decided_at_by_and_how",
                violation_error_message="A decision needs a time, a person and a proof of identity.",
            ),
            models.CheckConstraint(
                condition=Q(is_accepted=None) | Q(is_accepted=False) | ~Q(decided_by=F("asked_by")),
                name="destruction_by_two_people",
                violation_error_message="You asked for this destruction, so another admin must accept it.",
            ),
            models.CheckConstraint(
                # A check that is neither true nor false passes, so it also says that the decision is known.
                condition=Q(certificate=None) | Q(is_accepted__isnull=False, is_accepted=True),
                name="destruction_only_if_accepted",
                violation_error_message="Only a destruction that a second admin accepted can be carried out.",
            ),
            models.UniqueConstraint(
                fields=["patient_key"],
                condition=Q(decided_at=None),
                name="one_waiting_destruction_a_record",
                violation_error_message="The destruction of this record has already been asked for.",
            ),
            # On PostgreSQL only the owner of the tables may set the certificate later: docs/database-roles.md.
            RequiredOfNew(
                name="destruction_begins_undecided",
                condition=Q(decided_at=None, certificate=None),
                violation_error_message="A destruction is asked for first, and decided by another admin.",
            ),
            Immutable(
                name="destruction_asked_frozen",
                allow=[*DECISION, "certificate"],
                violation_error_message="What was asked for cannot be changed. Refuse it, and ask again.",
            ),
            Immutable(
                name="destruction_decision_frozen",
                when=Q(decided_at__isnull=False),
                allow=["certificate"],
                violation_error_message="This was decided, and that cannot be changed.",
            ),
            Immutable(
                name="destruction_certified_frozen",
                when=Q(certificate__isnull=False),
                violation_error_message="This destruction was carried out, and that cannot be changed.",
            ),
        ]

    def __str__(self):
        return f"Destruction of record {self.record_number}"

    @property
    def is_waiting(self):
        return self.decided_at is None

    @property
    def expires_at(self):
        """Until when an accepted destruction can be carried out."""
        return self.decided_at + CARRIED_OUT_WITHIN

    @property
    def can_be_carried_out(self):
        return bool(self.is_accepted and self.certificate_id is None and self.expires_at > timezone.now())
