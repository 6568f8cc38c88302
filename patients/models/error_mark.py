"""Records that were entered in error: for the wrong patient, or by mistake."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from patients.integrity.immutability import Immutable
from patients.integrity.required_of_new import RequiredOfNew

from .patient import Patient
from .patient_key import PatientKey


class ErrorMarkQuerySet(models.QuerySet):
    def waiting(self):
        """Marks that a second person has not confirmed or declined yet. Their records still count."""
        return self.filter(decided_at=None, alone_reason="").exclude(second_reason="")

    def in_effect(self):
        """Marks whose records count in nothing."""
        return self.filter(Q(second_reason="") | ~Q(alone_reason="") | Q(is_confirmed=True))

    def waiting_for(self, user):
        """Waiting marks of this user, and those that this user was asked to confirm."""
        return self.waiting().filter(Q(asked=user) | Q(marked_by=user))

    def with_people(self):
        return self.select_related("patient", "marked_by", "asked", "decided_by")


class ErrorMark(models.Model):
    """One record was entered in error. The record keeps its content; with the mark in effect, it counts in nothing.

    A mark takes effect at once, or, if `second_reason` says why it is serious, when a second person has confirmed it.
    A person may decline; then the record counts, and can be marked again. The record that a mark in effect belongs to
    refers to it in its field `error_mark`.
    """

    # The page chooses the key, so that a page sent twice marks once.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = PatientKey(Patient, on_delete=models.PROTECT, moves=False, related_name="error_marks")
    # Which record: its kind, such as "consent", and its key as text.
    kind = models.CharField(max_length=20)
    record_id = models.CharField(max_length=40)
    reason = models.CharField(max_length=300, help_text="Why this record is wrong.")
    marked_at = models.DateTimeField()
    marked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    marked_name = models.CharField("marked by", max_length=150)
    proved_by_means = models.CharField("proved by", max_length=40, blank=True)
    second_reason = models.CharField(
        "why a second person", max_length=200, blank=True, help_text="Empty if no second person has to confirm."
    )
    asked = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    alone_reason = models.CharField(
        "marked without a second person",
        max_length=300,
        blank=True,
        help_text="Why, where nobody else works who could confirm it.",
    )
    content_hash = models.CharField(max_length=64)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_name = models.CharField("decided by", max_length=150, blank=True)
    decision_proved_by_means = models.CharField(max_length=40, blank=True)
    is_confirmed = models.BooleanField("confirmed", null=True, blank=True, help_text="Empty until somebody decided.")
    decline_reason = models.CharField(max_length=300, blank=True)
    decision_hash = models.CharField(max_length=64, blank=True)

    DECISION = [
        "decided_at", "decided_by", "decided_name", "decision_proved_by_means", "is_confirmed", "decline_reason",
        "decision_hash",
    ]  # fmt: skip

    objects = ErrorMarkQuerySet.as_manager()

    class Meta:
        ordering = ["-marked_at", "-pk"]
        permissions = [("mark_any_errormark", "Can mark records of others as entered in error")]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "record_id"],
                condition=Q(is_confirmed=None) | Q(is_confirmed=True),
                name="one_error_mark_a_record",
                violation_error_message="This record is already marked as entered in error.",
            ),
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(marked_name="") & ~Q(content_hash=""),
                name="error_mark_says_why_and_who",
                violation_error_message="A mark needs a reason and a name.",
            ),
            models.CheckConstraint(
                condition=Q(second_reason="", asked=None, alone_reason="", decided_at=None)
                | ~Q(second_reason="") & Q(asked__isnull=False, alone_reason="")
                | ~Q(second_reason="") & Q(asked=None, decided_at=None) & ~Q(alone_reason=""),
                name="error_mark_asks_or_is_alone",
                violation_error_message="Choose who confirms this, or give a reason for having nobody.",
            ),
            models.CheckConstraint(
                condition=Q(
                    decided_at=None,
                    decided_by=None,
                    decided_name="",
                    decision_proved_by_means="",
                    is_confirmed__isnull=True,
                    decline_reason="",
                    decision_hash="",
                )
                | Q(decided_at__isnull=False, decided_by__isnull=False)
                & (
                    Q(is_confirmed__isnull=False, is_confirmed=True, decline_reason="")
                    | Q(is_confirmed__isnull=False, is_confirmed=False) & ~Q(decline_reason="")
                )
                & ~Q(decided_name="")
                & ~Q(decision_hash=""),
                name="error_mark_decided_at_by_and_how",
                violation_error_message="A decision needs a time and a name, and a reason if the mark is declined.",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=models.F("marked_by")),
                name="error_mark_decided_by_another",
                violation_error_message="Another person must confirm this mark.",
            ),
            RequiredOfNew(
                name="error_mark_with_proof",
                condition=~Q(proved_by_means=""),
                violation_error_message="Whoever marks a record must have proved who they are.",
            ),
            RequiredOfNew(
                name="error_mark_decision_with_proof",
                when=Q(decided_at__isnull=False),
                condition=~Q(decision_proved_by_means=""),
                violation_error_message="Whoever confirms or declines a mark must have proved who they are.",
            ),
            Immutable(
                name="error_mark_frozen",
                allow=[
                    "decided_at", "decided_by", "decided_name", "decision_proved_by_means", "is_confirmed",
                    "decline_reason", "decision_hash",
                ],
                violation_error_message="A mark cannot be changed or removed.",
            ),
            Immutable(
                name="error_mark_decision_frozen",
                when=Q(decided_at__isnull=False),
                violation_error_message="This decision cannot be changed.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"Entered in error: {self.reason}"

    @property
    def is_waiting(self):
        return bool(self.second_reason) and not self.alone_reason and self.decided_at is None

    @property
    def is_declined(self):
        return self.is_confirmed is False

    @property
    def is_in_effect(self):
        return not self.is_waiting and not self.is_declined


def link_to_error_mark():
    """The field `error_mark` of a record that can be marked: its mark in effect, or None while the record counts.

    Declare it after the fields that lead to the patient. Add `mark_stays` to the constraints.
    """
    return models.OneToOneField(
        ErrorMark, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )


def mark_stays(name):
    """The constraint that a record keeps its mark."""
    return Immutable(
        name=name,
        fields=["error_mark"],
        when=Q(error_mark__isnull=False),
        violation_error_message="A record stays entered in error. Write it again if it was right.",
    )


class CountingQuerySet(models.QuerySet):
    """For records with a `link_to_error_mark`."""

    def counting(self):
        """Without records that were entered in error. Whatever is shown as true about a patient is from these."""
        return self.filter(error_mark=None)
