"""Adverse events, during the visit or later, and follow-ups of sessions."""

import uuid

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import Case, F, FilteredRelation, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from patients.integrity.immutability import Immutable
from patients.models.error_mark import CountingQuerySet, link_to_error_mark, mark_stays

from .needling import Needling
from .session import TreatmentSession
from .session_constraints import immutable_with_session


class FollowUpQuerySet(CountingQuerySet):
    def counting(self):
        """Without follow-ups that were entered in error, or whose session was."""
        return super().counting().filter(session__error_mark=None)

    def latest_first(self):
        return self.order_by("-contacted_at", "-pk")


class FollowUp(models.Model):
    """A contact with the patient 24 to 72 hours after a session. It never changes the session itself."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(TreatmentSession, on_delete=models.PROTECT, related_name="follow_ups")
    contacted_at = models.DateTimeField()
    contacted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    pain = models.PositiveSmallIntegerField(null=True, blank=True, help_text="NPRS, 0 to 10.")
    soreness = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Soreness at the needled sites, 0 to 10."
    )
    note = models.TextField(blank=True)
    # What the patient had answered alone before `contacted_by` confirmed it. Empty if `contacted_by` asked.
    patient_answers = models.OneToOneField(
        "FollowUpAnswers", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="follow_up"
    )
    error_mark = link_to_error_mark()

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        ordering = ["-contacted_at", "-pk"]
        indexes = [models.Index(fields=["session", "-contacted_at"]), models.Index(fields=["contacted_at"])]
        constraints = [
            models.CheckConstraint(
                condition=(Q(pain=None) | Q(pain__range=(0, 10))) & (Q(soreness=None) | Q(soreness__range=(0, 10))),
                name="follow_up_scores_0_to_10",
                violation_error_message="Pain and soreness must be whole numbers from 0 to 10.",
            ),
            mark_stays("follow_up_mark_stays"),
            Immutable(
                name="follow_up_frozen",
                allow=["error_mark"],
                violation_error_message="A follow-up cannot be changed. Record another one.",
            ),
        ]

    def __str__(self):
        return f"Follow-up of {self.contacted_at:%Y-%m-%d}"


def can_be_open():
    """The condition for events that may be open: reported or not mild, and counting."""
    grave = AdverseEvent.objects.filter(grade__in=AdverseEvent.MUST_BE_REPORTED).order_by().values("pk")
    reported = apps.get_model("treatments.EventReport").objects.filter(is_closed=False).order_by().values("event")
    return Q(pk__in=grave.union(reported)) & _counts()  # a union, because each part has an index of its own


def _counts():
    stands = Q(appeared_later=True) | ~Q(session__status=TreatmentSession.Status.WITHDRAWN)
    return stands & Q(error_mark=None, session__error_mark=None, follow_up__error_mark=None)


class AdverseEventQuerySet(CountingQuerySet):
    def at_session(self):
        """Events seen during the visit, which are part of its record."""
        return self.filter(appeared_later=False)

    def counting(self):
        """Without those seen at a draft that was withdrawn, and those entered in error.

        An event is also in error with its session, or with the follow-up in which it was reported.
        """
        return self.filter(_counts())

    def with_state(self):
        """Annotate values from the latest report: report_count, present_grade, began_at, due_on and is_open.

        Without a report, a mild event is not open. A significant or serious one is open until a report closes it.
        """
        latest = apps.get_model("treatments.EventReport").objects.filter(event=OuterRef("pk")).order_by("-number")
        reported = {name: Subquery(latest.values(name)[:1]) for name in ("number", "grade", "onset_at", "is_closed")}
        is_open = Case(
            When(~Q(error_mark=None, session__error_mark=None, follow_up__error_mark=None), then=False),
            When(reported_closed=False, then=True),
            When(reported_closed=None, grade__in=AdverseEvent.MUST_BE_REPORTED, then=True),
            default=False,
        )
        return self.annotate(
            report_count=Coalesce(reported["number"], 0),
            present_grade=Coalesce(reported["grade"], F("grade")),
            began_at=Coalesce(reported["onset_at"], F("onset_at")),
            due_on=Subquery(latest.values("follow_up_due_on")[:1]),
            reported_closed=reported["is_closed"],
        ).annotate(is_open=is_open)

    def open_or_of(self, sessions):
        """A list with state: the events of these sessions, and open events of all others. One query."""
        rows = self.filter(Q(session__in=sessions) | can_be_open()).annotate(report=FilteredRelation("reports"))
        rows = rows.select_related("session", "follow_up", "report").order_by("recorded_at", "pk", "report__number")
        events = {row.pk: row.as_reported(getattr(row, "report", None)) for row in rows}
        shown = {session.pk for session in sessions}
        return [event for event in events.values() if event.is_open or event.session_id in shown]

    def open(self):
        """Open events, with their state. can_be_open() first narrows the query to few rows."""
        return self.filter(can_be_open()).with_state().filter(is_open=True)

    def overdue(self):
        """Open events whose day to ask again has passed."""
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
        CLAUSTROPHOBIA = "claustrophobia", "Claustrophobia"
        FAINTING = "fainting", "Fainting"
        PROLONGED_PAIN = "prolonged_pain", "Prolonged pain or aggravation"
        FORGOTTEN_NEEDLE = "forgotten_needle", "Forgotten needle"
        STUCK_NEEDLE = "stuck_needle", "Stuck needle"
        BENT_NEEDLE = "bent_needle", "Bent needle"
        BROKEN_NEEDLE = "broken_needle", "Broken needle"
        STAFF_NEEDLESTICK = "staff_needlestick", "Needlestick injury of staff"
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
    appeared_later = models.BooleanField(default=False, help_text="After the visit, and so not part of its record.")
    follow_up = models.ForeignKey(FollowUp, on_delete=models.PROTECT, null=True, blank=True, related_name="events")
    # Deleting a needling from a draft keeps its reaction. A signed needling is never deleted.
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
    error_mark = link_to_error_mark()

    objects = AdverseEventQuerySet.as_manager()

    class Meta:
        ordering = ["recorded_at", "pk"]
        indexes = [
            models.Index(fields=["type", "grade"]),
            models.Index(fields=["recorded_at"]),
            models.Index(fields=["grade"], condition=Q(grade__in=["significant", "serious"]), name="event_grave"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "type"],
                condition=Q(appeared_later=False),
                name="one_event_of_a_type_at_a_session",
                violation_error_message="This reaction is already recorded.",
            ),
            models.CheckConstraint(
                condition=Q(follow_up=None) | Q(appeared_later=True),
                name="event_of_a_follow_up_appeared_later",
                violation_error_message="An event reported in a follow-up must have appeared after the visit.",
            ),
            immutable_with_session("event_frozen_with_session", only=Q(appeared_later=False), allow=["error_mark"]),
            Immutable(
                name="event_frozen",
                when=Q(appeared_later=True),
                allow=["error_mark"],
                violation_error_message="An event cannot be changed. Add a report to it.",
            ),
            mark_stays("event_mark_stays"),
        ]

    def __str__(self):
        return f"{self.get_type_display()}, {self.get_grade_display().lower() or 'not graded'}"

    @property
    def can_be_reported(self):
        """Whether reports can be added: not to an event seen during a visit that is still a draft."""
        return self.appeared_later or self.session.is_signed

    @property
    def is_in_error(self):
        """Whether it was entered in error: itself, with its session, or with the follow-up that reported it."""
        return self.marked_with is not None

    @property
    def marked_with(self):
        """The record whose ErrorMark this event counts no more by: itself, its session or its follow-up; or None."""
        return next((row for row in (self, self.session, self.follow_up) if row and row.error_mark_id), None)

    def as_reported(self, latest):
        """Set the attributes that with_state() annotates, from the latest report or None. Returns the event."""
        self.report_count = latest.number if latest else 0
        self.present_grade = latest.grade if latest else self.grade
        self.began_at = (latest and latest.onset_at) or self.onset_at
        self.due_on = latest and latest.follow_up_due_on
        is_open = not latest.is_closed if latest else self.grade in self.MUST_BE_REPORTED
        self.is_open = is_open and not self.is_in_error
        return self

    # These properties need an event from with_state() or as_reported().

    @property
    def state_text(self):
        """The type with the current grade."""
        grade = self.Grade(self.present_grade).label.lower() if self.present_grade else "not graded"
        return f"{self.get_type_display()}, {grade}"

    @property
    def is_overdue(self):
        return self.is_open and self.due_on is not None and self.due_on < timezone.localdate()

    @property
    def is_unreported(self):
        return self.is_open and not self.report_count
