"""The audit trail: who read, wrote, signed, exported or was refused what. Rows are only added."""

from functools import reduce
from operator import or_

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from patients.integrity.immutability import Immutable

from .destruction import DestructionCertificate
from .patient import Patient
from .patient_key import PatientKey

CLINIC = "clinic"
LISTS = "lists"
STRANGERS = "strangers"
# The field of `changes` that holds the patients of an entry about many.
PATIENTS = "patients"
NOBODY = "Not signed in"


def chain_of(patient_id):
    """The name of the chain: one for each patient and one for the rest, so that readers of two charts never wait.

    Entries about many patients are in the chain LISTS, and what people were refused who are not signed in is in
    STRANGERS, so that neither delays the sign-ins in CLINIC.
    """
    return f"patient-{patient_id}" if patient_id else CLINIC


def set_of_patients(patient_ids):
    """The value of PATIENTS in the `changes` of an entry about many patients: ",3,15,", in which each is found."""
    return f",{','.join(map(str, sorted(set(patient_ids))))},"


def in_lists(patient_ids):
    """The condition that an entry is about many patients, and one of these is among them."""
    one_of_them = (Q(**{f"changes__{PATIENTS}__1__icontains": set_of_patients([pk])}) for pk in patient_ids)
    return Q(chain=LISTS) & reduce(or_, one_of_them, Q(pk__in=[]))


class TrailQuerySet(models.QuerySet):
    def about(self, patient):
        """Entries about a patient, in all records of theirs that were merged; also those about many patients."""
        records = Patient.objects.filter(Q(pk=patient.person_id) | Q(merged_into=patient.person_id))
        return self.filter(Q(patient=patient) | in_lists(records.values_list("pk", flat=True)))

    def readings(self):
        """Entries for a record that was shown on a page, printed or exported."""
        return self.filter(action__in=TrailEntry.READINGS)

    def latest_first(self):
        return self.order_by("-at", "-pk")


class TrailEntry(models.Model):
    """One action in the audit trail. Only `patients.services.add_audit_entry` writes it.

    `hash` depends on the entry, on a key outside the database and on the previous entry in its chain; see
    `patients.audit.chain`.
    """

    class Action(models.TextChoices):
        READ = "read", "Read"
        PRINT = "print", "Printed"
        EXPORT = "export", "Exported"
        CREATE = "create", "Added"
        CHANGE = "change", "Changed"
        DELETE = "delete", "Deleted"
        SIGN = "sign", "Signed"
        AMEND = "amend", "Amended"
        WITHDRAW = "withdraw", "Withdrawn"
        ENTER_IN_ERROR = "in_error", "Marked as entered in error"
        OPEN_ELSEWHERE = "open_elsewhere", "Opened from another site, with a reason"
        HAND_OVER = "hand_over", "Handed over"
        REFUSED = "refused", "Refused"
        LOGIN = "login", "Signed in"
        FAILED_LOGIN = "failed_login", "Failed sign-in"
        LOGOUT = "logout", "Signed out"
        LOCK_OUT = "lock_out", "Locked out"
        PERMISSION_CHANGE = "permission_change", "Permissions changed"

    READINGS = (Action.READ, Action.PRINT, Action.EXPORT)

    # No further indexes on the keys, because those in Meta begin with them and each index slows down every entry.
    at = models.DateTimeField("when", default=timezone.now, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name="who",
        help_text="Empty for a command, and for somebody who was not signed in.",
    )
    by_name = models.CharField("user name", max_length=150, blank=True, help_text="At that time, or as it was typed.")
    action = models.CharField(max_length=20, choices=Action)
    patient = PatientKey(
        Patient, on_delete=models.PROTECT, moves=False, null=True, blank=True, related_name="trail", db_index=False
    )
    record_type = models.CharField("record", max_length=60, blank=True)
    record_id = models.CharField("id of the record", max_length=64, blank=True)
    page = models.CharField(max_length=100, blank=True, help_text="The name of the page’s URL.")
    address = models.CharField("from", max_length=45, blank=True, help_text="The network address.")
    request_id = models.CharField("request", max_length=32, blank=True)
    changes = models.JSONField(default=dict, blank=True, help_text="For each field its value before and after.")
    note = models.CharField(max_length=300, blank=True)
    chain = models.CharField(max_length=28)
    number = models.PositiveBigIntegerField("number in the chain")
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)
    key_id = models.CharField(
        max_length=8,
        blank=True,
        help_text="The key of the hash. Entries of earlier versions have none.",
    )

    # Of entries about a record that was destroyed: they keep their place and their hash, and lose the person. `seal` is
    # the hash of what is left, with a key.
    certificate = models.ForeignKey(
        DestructionCertificate,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="trail",
        db_index=False,
        verbose_name="content removed with",
    )
    seal = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)

    objects = TrailQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = "audit trail entry"
        verbose_name_plural = "audit trail"
        indexes = [
            models.Index(fields=["-at", "-id"], name="trail_at"),
            models.Index(fields=["action", "-at"], name="trail_action_at"),
            models.Index(fields=["by", "-at"], name="trail_by_at"),
            models.Index(fields=["patient", "-at"], name="trail_patient_at"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["chain", "number"], name="one_trail_entry_a_number"),
            models.CheckConstraint(
                condition=models.Q(number=1, previous_hash="") | models.Q(number__gt=1) & ~models.Q(previous_hash=""),
                name="trail_entry_follows_one",
                violation_error_message="An entry must contain the hash of the entry before it.",
            ),
            Immutable(
                name="trail_only_grows",
                violation_error_message="Audit trail entries cannot be changed.",
            ),
        ]

    def __str__(self):
        return f"{self.get_action_display()} {self.record_type} {self.record_id}".strip()

    @property
    def person(self):
        return self.by and self.by.get_full_name() or self.by_name or NOBODY

    @property
    def patients_in_list(self):
        """The keys of the patients of an entry about many."""
        _, stored = self.changes.get(PATIENTS, ("", ""))
        return [int(key) for key in stored.split(",") if key]


def in_words(value):
    """A value of `TrailEntry.changes` as text to read."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {in_words(part)}" for name, part in value.items())
    if isinstance(value, list):
        return ", ".join(map(in_words, value)) or "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "nothing" if value in (None, "") else str(value)
