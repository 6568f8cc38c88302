"""What needling caused besides what was wanted, and what was heard of it later."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from patients.frozen import Frozen

from .needling import Needling
from .session import TreatmentSession, frozen_with_session


class FollowUpQuerySet(models.QuerySet):
    def latest_first(self):
        return self.order_by("-contacted_at", "-pk")


class FollowUp(models.Model):
    """A contact 24 to 72 hours after a session. A row about the session: it never changes the session itself."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(TreatmentSession, on_delete=models.PROTECT, related_name="follow_ups")
    contacted_at = models.DateTimeField()
    contacted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    pain = models.PositiveSmallIntegerField(null=True, blank=True, help_text="NPRS, 0 to 10.")
    soreness = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Where the needles went, 0 to 10.")
    note = models.TextField(blank=True)

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        ordering = ["-contacted_at", "-pk"]
        indexes = [models.Index(fields=["session", "-contacted_at"])]
        constraints = [
            models.CheckConstraint(
                condition=(Q(pain=None) | Q(pain__range=(0, 10))) & (Q(soreness=None) | Q(soreness__range=(0, 10))),
                name="follow_up_scores_0_to_10",
                violation_error_message="Pain and soreness are whole numbers from 0 to 10.",
            ),
            Frozen(
                name="follow_up_frozen",
                violation_error_message="A follow-up stays as it was recorded. Record another one.",
            ),
        ]

    def __str__(self):
        return f"Follow-up of {self.contacted_at:%Y-%m-%d}"


class AdverseEventQuerySet(models.QuerySet):
    def at_session(self):
        """Seen during the visit, part of its record; the others were heard of later."""
        return self.filter(follow_up=None)


class AdverseEvent(models.Model):
    """Grades and mild types after White's taxonomy as the Alberta college uses it (domain notes 4.1, source S13).

    Which types are significant is from memory and Boyce 2020 (S14); the list of serious ones has no source. The types
    only order the choices: the grade is the practitioner's own.
    """

    class Type(models.TextChoices):
        BLEED = "bleed", "Bleed"
        BRUISE = "bruise", "Bruise"
        PAIN_DURING = "pain_during", "Pain during"
        PAIN_AFTER = "pain_after", "Pain after"
        AGGRAVATION = "aggravation", "Aggravation"
        FAINT_FEELING = "faint_feeling", "Faint feeling"
        DIZZY = "dizzy", "Dizzy"
        DROWSY = "drowsy", "Drowsy"
        NAUSEA = "nausea", "Nausea"
        SWEATING = "sweating", "Sweating"
        FATIGUE = "fatigue", "Fatigue"
        HEADACHE = "headache", "Headache"
        EMOTION = "emotion", "Emotion"
        SHAKING = "shaking", "Shaking"
        ITCHING = "itching", "Itching"
        NUMBNESS = "numbness", "Numbness"
        FAINTING = "fainting", "Fainting"
        PROLONGED_PAIN = "prolonged_pain", "Prolonged pain or aggravation"
        FORGOTTEN_NEEDLE = "forgotten_needle", "Forgotten needle"
        NERVE_SYMPTOMS = "nerve_symptoms", "Nerve symptoms"
        LOCAL_INFECTION = "local_infection", "Local infection"
        EXCESSIVE_BLEEDING = "excessive_bleeding", "Excessive bleeding"
        ALLERGY = "allergy", "Allergy"
        PNEUMOTHORAX = "pneumothorax", "Pneumothorax"
        ORGAN_PUNCTURE = "organ_puncture", "Organ or vessel puncture"
        CARDIAC_TAMPONADE = "cardiac_tamponade", "Cardiac tamponade"
        SYSTEMIC_INFECTION = "systemic_infection", "Systemic infection"
        NERVE_INJURY = "nerve_injury", "Spinal cord or nerve injury"
        SEIZURE = "seizure", "Seizure"
        MISCARRIAGE = "miscarriage", "Miscarriage"
        OTHER = "other", "Other"

    class Grade(models.TextChoices):
        MILD = "mild", "Mild"
        SIGNIFICANT = "significant", "Significant"
        SERIOUS = "serious", "Serious"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(TreatmentSession, on_delete=models.PROTECT, related_name="events")
    follow_up = models.ForeignKey(FollowUp, on_delete=models.PROTECT, null=True, blank=True, related_name="events")
    # A row taken out of a draft leaves its reaction behind; a signed row is never deleted.
    needling = models.ForeignKey(Needling, on_delete=models.SET_NULL, null=True, blank=True, related_name="events")
    type = models.CharField(max_length=20, choices=Type)
    grade = models.CharField(max_length=12, choices=Grade, blank=True)
    onset_at = models.DateTimeField(null=True, blank=True)
    action = models.CharField("what was done", max_length=300, blank=True)
    outcome = models.CharField(max_length=300, blank=True)
    resolved_on = models.DateField(null=True, blank=True)
    reported_to = models.CharField(max_length=200, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = AdverseEventQuerySet.as_manager()

    class Meta:
        ordering = ["recorded_at", "pk"]
        indexes = [models.Index(fields=["type", "grade"]), models.Index(fields=["recorded_at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "type"],
                condition=Q(follow_up=None),
                name="one_event_of_a_type_at_a_session",
                violation_error_message="This reaction is already there.",
            ),
            frozen_with_session("event_frozen_with_session", only=Q(follow_up=None)),
            Frozen(
                name="event_frozen",
                when=Q(follow_up__isnull=False),
                violation_error_message="An event heard of later stays as it was recorded.",
            ),
        ]

    def __str__(self):
        return f"{self.get_type_display()}, {self.get_grade_display().lower() or 'not graded'}"
