"""Allergies and alerts from a file of another system, until a clinician has talked about them with the patient."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from patients.integrity.immutability import Immutable

from .patient import Patient
from .patient_key import PatientKey


class ImportedAlertQuerySet(models.QuerySet):
    def current(self):
        """Those that still count, whether or not somebody has confirmed them."""
        return self.filter(ended_at=None)

    def ended(self):
        return self.exclude(ended_at=None)


class ImportedAlert(models.Model):
    """An allergy or another alert as the other system had it. It is an alert in the banner until somebody ends it.

    It never counts as an answer to a screening question: patients.imported_alerts has what follows from it.
    """

    class Kind(models.TextChoices):
        ALLERGY = "allergy", "Allergy"
        ALERT = "alert", "Alert"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = PatientKey(Patient, on_delete=models.PROTECT, moves=True, related_name="imported_alerts")
    kind = models.CharField(max_length=7, choices=Kind)
    words = models.CharField("what it is", max_length=200, help_text="The substance, or the text of the alert.")
    reaction = models.CharField(max_length=200, blank=True)
    severity = models.CharField(max_length=60, blank=True)
    # 2019, 2019-03 or 2019-03-14, as far as the other system knew it.
    noted_on = models.CharField("known since", max_length=10, blank=True)
    file_name = models.CharField("imported from", max_length=200)
    recorded_at = models.DateTimeField("imported")
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="imported by"
    )
    confirmed_at = models.DateTimeField("confirmed", null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField("ended", null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    end_reason = models.CharField("why it does not count", max_length=300, blank=True)

    objects = ImportedAlertQuerySet.as_manager()

    class Meta:
        verbose_name = "imported allergy or alert"
        verbose_name_plural = "imported allergies and alerts"
        ordering = ["kind", "words", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["allergy", "alert"]) & ~Q(words=""),
                name="imported_alert_says_what",
                violation_error_message="Say what the allergy or the alert is.",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at=None, confirmed_by=None)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
                name="imported_alert_confirmed_at_and_by",
                violation_error_message="A confirmation needs a time and a person.",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None, end_reason="")
                | Q(ended_at__isnull=False, ended_by__isnull=False) & ~Q(end_reason=""),
                name="imported_alert_ended_at_by_and_why",
                violation_error_message="Give a reason when you end an alert.",
            ),
            Immutable(
                name="imported_alert_frozen",
                allow=["patient", "confirmed_at", "confirmed_by", "ended_at", "ended_by", "end_reason"],
                violation_error_message="What was imported cannot be changed. End it, and record what is right.",
            ),
            Immutable(
                name="imported_alert_confirmation_frozen",
                fields=["confirmed_at", "confirmed_by"],
                when=Q(confirmed_at__isnull=False),
                violation_error_message="A confirmation cannot be changed.",
            ),
            Immutable(
                name="imported_alert_ended_frozen",
                when=Q(ended_at__isnull=False),
                allow=["patient"],  # a merge moves it
                violation_error_message="This has ended and cannot be changed.",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.in_words}"

    @property
    def in_words(self):
        """What it is, with the reaction and the severity in brackets."""
        more = ", ".join(filter(None, [self.reaction, self.severity]))
        return f"{self.words} ({more})" if more else self.words

    @property
    def is_confirmed(self):
        return self.confirmed_at is not None
