"""Next of kin, parents, guardians and carers of a patient."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from patients.integrity.immutability import Immutable

from .patient import Patient
from .patient_key import PatientKey


class PatientContactQuerySet(models.QuerySet):
    def current(self):
        return self.filter(ended_at=None)

    def ended(self):
        return self.exclude(ended_at=None)


class PatientContact(models.Model):
    """Somebody who belongs to a patient, and what this person may decide and be told. FHIR calls it a RelatedPerson.

    The details can be corrected until the contact has ended. An ended contact stays as it was.
    """

    class Relationship(models.TextChoices):
        NEXT_OF_KIN = "next_of_kin", "Next of kin or partner"
        PARENT = "parent", "Parent"
        GUARDIAN = "guardian", "Legal guardian"
        CARER = "carer", "Carer"
        OTHER = "other", "Other"

    class ToldAbout(models.TextChoices):
        NOTHING = "nothing", "Nothing"
        VISITS = "visits", "Appointments only"
        HEALTH = "health", "Appointments and health"

    # Chosen by the page, so that a page sent twice records once.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = PatientKey(Patient, on_delete=models.PROTECT, moves=True, related_name="contacts")
    name = models.CharField(max_length=200)
    relationship = models.CharField(max_length=12, choices=Relationship)
    relationship_words = models.CharField(
        "relationship in words", max_length=60, blank=True, help_text="Such as mother, foster father or neighbour."
    )
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField("e-mail", blank=True)
    can_consent = models.BooleanField("may consent for the patient", default=False)
    told_about = models.CharField("may be told about", max_length=8, choices=ToldAbout)
    notes = models.CharField(
        max_length=300,
        blank=True,
        help_text="Such as “works nights, call after 14:00”. Do not write clinical information here.",
    )
    recorded_at = models.DateTimeField(editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, editable=False, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    objects = PatientContactQuerySet.as_manager()

    class Meta:
        verbose_name = "contact"
        ordering = ["-can_consent", "recorded_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(name=""),
                name="contact_has_a_name",
                violation_error_message="Enter the name of the contact.",
            ),
            models.CheckConstraint(
                # Nobody can give informed consent without being told about the patient's health.
                condition=Q(can_consent=False) | Q(told_about="health"),
                name="contact_who_consents_is_told",
                violation_error_message=(
                    "Somebody who may consent for the patient must be told about the patient’s health."
                ),
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None) | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="contact_ended_at_and_by",
                violation_error_message="The end of a contact needs a time and a person.",
            ),
            Immutable(
                name="contact_is_kept",
                fields=["recorded_at", "recorded_by"],
                violation_error_message="It cannot be changed who recorded a contact, or when.",
            ),
            Immutable(
                name="contact_ended_frozen",
                when=Q(ended_at__isnull=False),
                allow=["patient"],  # a merge moves it
                violation_error_message="This contact has ended and cannot be changed. Record a new one.",
            ),
        ]

    def __str__(self):
        return f"{self.name}, {self.in_words}"

    @property
    def in_words(self):
        """The relationship as it reads in a sentence: "mother", or "legal guardian"."""
        return self.relationship_words or self.get_relationship_display().lower()
