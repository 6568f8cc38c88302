"""What needling caused besides what was wanted, seen during the visit or heard of later."""

import uuid

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import Case, F, FilteredRelation, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from patients.integrity.immutability import Immutable

from .needling import Needling
from .session import TreatmentSession, immutable_with_session


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
            Immutable(
                name="follow_up_frozen",
                violation_error_message="A follow-up stays as it was recorded. Record another one.",
            ),
        ]

    def __str__(self):
        return f"Follow-up of {self.contacted_at:%Y-%m-%d}"


def can_be_open():
    """The condition of the few events that can be open at all: not those seen at a draft that was withdrawn."""
    reported = apps.get_model("treatments.EventReport").objects.values("event")
    return (Q(grade__in=AdverseEvent.MUST_BE_REPORTED) | Q(pk__in=reported)) & _stands()


def _stands():
    return Q(appeared_later=True) | ~Q(session__status=TreatmentSession.Status.WITHDRAWN)


class AdverseEventQuerySet(models.QuerySet):
    def at_session(self):
        """Seen during the visit, part of its record; the others appeared later."""
        return self.filter(appeared_later=False)

    def standing(self):
        """Without those seen at a draft that was withdrawn."""
        return self.filter(_stands())

    def with_state(self):
        """Each with what its latest report says: report_count, present_grade, began_at, due_on and is_open.

        Without a report a mild event is noted and done; a significant or serious one is open until a report closes it.
        """
        latest = apps.get_model("treatments.EventReport").objects.filter(event=OuterRef("pk")).order_by("-number")
        said = {name: Subquery(latest.values(name)[:1]) for name in ("number", "grade", "onset_at", "is_closed")}
        is_open = Case(
            When(said_closed=False, then=True),
            When(said_closed=None, grade__in=AdverseEvent.MUST_BE_REPORTED, then=True),
            default=False,
        )
        return self.annotate(
            report_count=Coalesce(said["number"], 0),
            present_grade=Coalesce(said["grade"], F("grade")),
            began_at=Coalesce(said["onset_at"], F("onset_at")),
            due_on=Subquery(latest.values("follow_up_due_on")[:1]),
            said_closed=said["is_closed"],
        ).annotate(is_open=is_open)

    def open_or_of(self, sessions):
        """With their state: those of these sessions, and the open ones of all others. One query, a row a report."""
        rows = self.filter(Q(session__in=sessions) | can_be_open()).annotate(report=FilteredRelation("reports"))
        rows = rows.select_related("session", "report").order_by("recorded_at", "pk", "report__number")
        events = {row.pk: row.as_reported(getattr(row, "report", None)) for row in rows}
        shown = {session.pk for session in sessions}
        return [event for event in events.values() if event.is_open or event.session_id in shown]

    def open(self):
        """With their state, those still to be followed. Looks first for the few that can be open at all."""
        return self.filter(can_be_open()).with_state().filter(is_open=True)

    def overdue(self):
        """Open, and the day on which to ask again has passed."""
        return self.open().filter(due_on__lt=timezone.localdate())


class AdverseEvent(models.Model):
    """Grades and mild types after White's taxonomy, as the Alberta college uses it [@physio-alberta-ae].

    Which types are significant is from memory and [@boyce-2020]; the list of serious ones has no source. The types
    only order the choices: the practitioner chooses the grade.
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

    # White: significant is what is unusual, clearly inconvenient or needs more information [@white-2001].
    MUST_BE_REPORTED = (Grade.SIGNIFICANT, Grade.SERIOUS)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(TreatmentSession, on_delete=models.PROTECT, related_name="events")
    appeared_later = models.BooleanField(default=False, help_text="After the visit: beside its record, not in it.")
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
                condition=Q(appeared_later=False),
                name="one_event_of_a_type_at_a_session",
                violation_error_message="This reaction is already there.",
            ),
            models.CheckConstraint(
                condition=Q(follow_up=None) | Q(appeared_later=True),
                name="event_of_a_follow_up_appeared_later",
                violation_error_message="What was heard in a follow-up appeared after the visit.",
            ),
            immutable_with_session("event_frozen_with_session", only=Q(appeared_later=False)),
            Immutable(
                name="event_frozen",
                when=Q(appeared_later=True),
                violation_error_message="An event stays as it was recorded. Add a report to it.",
            ),
        ]

    def __str__(self):
        return f"{self.get_type_display()}, {self.get_grade_display().lower() or 'not graded'}"

    @property
    def can_be_reported(self):
        """What was seen during a visit can still be changed in its draft: nothing is said of it beside that."""
        return self.appeared_later or self.session.is_signed

    def as_reported(self, latest):
        """The event with what with_state() adds, from its latest report or None. Returns itself."""
        self.report_count = latest.number if latest else 0
        self.present_grade = latest.grade if latest else self.grade
        self.began_at = (latest and latest.onset_at) or self.onset_at
        self.due_on = latest and latest.follow_up_due_on
        self.is_open = not latest.is_closed if latest else self.grade in self.MUST_BE_REPORTED
        return self

    # What follows asks for an event that was read with_state(), or as_reported().

    @property
    def state_text(self):
        """The type with the grade that it has now."""
        grade = self.Grade(self.present_grade).label.lower() if self.present_grade else "not graded"
        return f"{self.get_type_display()}, {grade}"

    @property
    def is_overdue(self):
        return self.is_open and self.due_on is not None and self.due_on < timezone.localdate()

    @property
    def is_unreported(self):
        return self.is_open and not self.report_count
