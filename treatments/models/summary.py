"""Summaries of signed sessions, so that figures over years need not read every row.

None of this is a clinical record: treatments.services.summaries updates it in the transaction that signs a session,
and `manage.py rebuild_summaries` can delete it and build it again from the signed sessions.
"""

from django.db import models

from clinic.models import Practitioner, Site
from patients.models import Episode, Patient

from .session import TreatmentSession


class Axis(models.TextChoices):
    """What a summary row counts by. A session counts once for each value that its needlings have on an axis."""

    SESSION = "session", "Session"
    REGION = "region", "Region"
    MUSCLE = "muscle", "Muscle"
    TRIGGER_POINT = "point", "Trigger point"
    NEEDLE = "needle", "Needle"
    TECHNIQUE = "technique", "Technique"
    DEPTH = "depth", "Depth band"
    PAIR = "pair", "Technique and muscle"
    AREA = "area", "Technique and region"


class MonthlyRow(models.Model):
    """A cell: one key on one axis in one month of one practitioner at one site, as the sessions have stored them.

    Rows with `is_first` count the first sessions of courses only, the others count all sessions.
    """

    axis = models.CharField(max_length=9, choices=Axis)
    key = models.CharField(max_length=30, blank=True, help_text="Which region, muscle ...; empty for the session axis.")
    is_first = models.BooleanField()
    month = models.DateField()
    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", db_index=False)

    CELL = ["axis", "is_first", "key", "month", "practitioner", "site"]

    class Meta:
        abstract = True


class SessionSummary(MonthlyRow):
    """Signed needling sessions, with the sum and sum of squares of their change of pain (points, after - before).

    A session that was stopped early may have no score after it: it is among the sessions, but not in the sums, and the
    fields with `unrated` count it.
    """

    sessions = models.IntegerField(default=0)
    change = models.IntegerField(default=0)
    change_squared = models.IntegerField(default=0)
    # Sessions with at least one twitch, and those with a twitch sought but none seen. In all others none was sought.
    twitch = models.IntegerField(default=0)
    twitch_change = models.IntegerField(default=0)
    twitch_change_squared = models.IntegerField(default=0)
    no_twitch = models.IntegerField(default=0)
    no_twitch_change = models.IntegerField(default=0)
    no_twitch_change_squared = models.IntegerField(default=0)
    events = models.IntegerField(default=0)
    sessions_with_event = models.IntegerField(default=0)
    unrated = models.IntegerField(default=0)
    twitch_unrated = models.IntegerField(default=0)
    no_twitch_unrated = models.IntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=MonthlyRow.CELL, name="one_session_summary_a_cell")]
        # The table by muscle is read from this index alone.
        indexes = [
            models.Index(
                fields=[
                    *MonthlyRow.CELL,
                    *"sessions change change_squared twitch sessions_with_event unrated".split(),
                ],
                name="session_summary_shown",
            )
        ]

    def __str__(self):
        return f"{self.month:%Y-%m}, {self.axis} {self.key}"


class EventSummary(MonthlyRow):
    """The number of adverse events of one type or current grade, and of the sessions with any of them."""

    what = models.CharField(max_length=20, help_text="A type or a grade of AdverseEvent.")
    events = models.IntegerField(default=0)
    sessions = models.IntegerField(default=0)

    CELL = [*MonthlyRow.CELL, "what"]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=[*MonthlyRow.CELL, "what"], name="one_event_summary_a_cell"),
        ]

    def __str__(self):
        return f"{self.month:%Y-%m}, {self.axis} {self.key}, {self.what}"


class Course(models.Model):
    """The signed needling sessions of one patient in one episode, or without an episode, in the order of their start.

    The outcome of a course is its pain before the latest session compared with that before the first one. `drop_3` is
    the number of the first session before which pain was at least 3 points lower than before the first session; it is
    empty if there is none, and in courses without an episode.
    """

    PAIN_SCORES = range(11)
    DROPS = PAIN_SCORES[1:]

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, null=True, related_name="+")
    first_session = models.OneToOneField(TreatmentSession, on_delete=models.PROTECT, related_name="first_of")
    # The practitioner, site and month of the latest session, which is where the course counts.
    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", db_index=False)
    month = models.DateField()
    sessions = models.PositiveSmallIntegerField()
    pain_first = models.PositiveSmallIntegerField()
    pain_last = models.PositiveSmallIntegerField(null=True, help_text="Empty for a single session.")
    drop_1 = models.PositiveSmallIntegerField(null=True)
    drop_2 = models.PositiveSmallIntegerField(null=True)
    drop_3 = models.PositiveSmallIntegerField(null=True)
    drop_4 = models.PositiveSmallIntegerField(null=True)
    drop_5 = models.PositiveSmallIntegerField(null=True)
    drop_6 = models.PositiveSmallIntegerField(null=True)
    drop_7 = models.PositiveSmallIntegerField(null=True)
    drop_8 = models.PositiveSmallIntegerField(null=True)
    drop_9 = models.PositiveSmallIntegerField(null=True)
    drop_10 = models.PositiveSmallIntegerField(null=True)

    class Meta:
        indexes = [
            # These two answer the counts of all courses without reading the table.
            models.Index(fields=["practitioner", "pain_first", "pain_last", "month", "site"]),
            models.Index(
                fields=["pain_first", *(f"drop_{points}" for points in range(1, 11))],
                name="course_drops",
            ),
            models.Index(fields=["episode"]),
        ]
        constraints = [
            models.UniqueConstraint(fields=["patient", "episode"], name="one_course_a_complaint"),
            models.UniqueConstraint(
                fields=["patient"], condition=models.Q(episode=None), name="one_course_without_complaint"
            ),
        ]

    def __str__(self):
        return f"{self.sessions} sessions"


class SessionFact(models.Model):
    """The values of one signed needling session that figures need. Site and month are those of its SessionContext."""

    session = models.OneToOneField(TreatmentSession, on_delete=models.PROTECT, primary_key=True, related_name="+")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="+")
    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="+", db_index=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", db_index=False)
    month = models.DateField()
    change = models.SmallIntegerField(null=True, help_text="Change of pain in points, after - before, if rated after.")
    twitch = models.PositiveSmallIntegerField(help_text="2: seen. 1: sought, none seen. 0: not sought.")
    events = models.PositiveSmallIntegerField()

    class Meta:
        indexes = [models.Index(fields=["practitioner", "month", "site"])]

    def __str__(self):
        return f"{self.month:%Y-%m}, {self.change}"


class CourseKey(models.Model):
    """A region, muscle or technique that was needled in any session of a course."""

    AXES = [Axis.REGION, Axis.MUSCLE, Axis.TECHNIQUE]

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="keys")
    axis = models.CharField(max_length=9, choices=Axis)
    key = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["axis", "key", "course"], name="one_key_a_course")]

    def __str__(self):
        return f"{self.axis} {self.key}"
