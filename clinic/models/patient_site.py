"""Which sites know a patient, and the reasons with which people of other sites opened the record."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from patients.integrity.immutability import Immutable
from patients.models import Patient
from patients.models.patient_key import PatientKey

from .site import Site


class PatientSite(models.Model):
    """A site of a patient: it registered the patient, or a visit or session was there. docs/decisions/027."""

    patient = PatientKey(Patient, on_delete=models.PROTECT, moves=False, related_name="sites", db_index=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", db_index=False)
    # Both are empty for rows that the upgrade made from earlier visits and sessions.
    added_at = models.DateTimeField(null=True, blank=True, editable=False)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    class Meta:
        ordering = ["patient", "site"]
        verbose_name = "site of a patient"
        verbose_name_plural = "sites of patients"
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "site"],
                name="one_row_a_patient_and_site",
                violation_error_message="This is already a site of the patient.",
            ),
            models.CheckConstraint(
                condition=Q(added_at=None, added_by=None) | Q(added_at__isnull=False, added_by__isnull=False),
                name="patient_site_added_at_and_by",
                violation_error_message="Record when the site was added and by whom.",
            ),
        ]

    def __str__(self):
        return f"{self.patient}: {self.site}"


class OtherSiteAccessQuerySet(models.QuerySet):
    def valid(self, *, at=None):
        """Accesses that have begun and not ended at this time, by default now."""
        at = at or timezone.now()
        return self.filter(opened_at__lte=at, ends_at__gt=at)


class OtherSiteAccess(models.Model):
    """Somebody opened the record of a patient of other sites with a reason ("break the glass")."""

    class Reason(models.TextChoices):
        URGENT = "urgent", "Urgent care"
        TREATING = "treating", "The patient is coming to our site"
        ASKED = "asked", "A colleague or the patient asked me"
        OWN_RECORD = "own_record", "To complete a record that I began"
        SAME_PERSON = "same_person", "To check whether it is the same person"
        OTHER = "other", "Another reason"

    patient = PatientKey(Patient, on_delete=models.PROTECT, moves=False, related_name="other_site_accesses")
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=12, choices=Reason)
    explanation = models.CharField(max_length=250)

    objects = OtherSiteAccessQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-pk"]
        verbose_name = "access from another site"
        verbose_name_plural = "access from other sites"
        indexes = [
            models.Index(fields=["opened_by", "ends_at"], name="other_site_access_by"),
            models.Index(fields=["-opened_at"], name="other_site_access_at"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("opened_at")),
                name="other_site_access_ends_later",
                violation_error_message="The access must end after it began.",
            ),
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(explanation=""),
                name="other_site_access_says_why",
                violation_error_message="Choose a reason and explain it.",
            ),
            Immutable(
                name="other_site_access_frozen",
                violation_error_message="A reason for opening a record cannot be changed.",
            ),
        ]

    def __str__(self):
        return f"{self.patient}: {self.get_reason_display()}"
