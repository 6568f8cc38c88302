"""Summaries of signed sessions, so that figures over years need not read every row.

None of this is a clinical record: treatments.services.summaries updates it in the transaction that signs a session,
and `manage.py rebuild_summaries` can delete it and build it again from the signed sessions.
"""

from django.db import models

from clinic.models import Practitioner, Site
from patients.models import Episode, Patient
from patients.models.patient_key import PatientKey

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

    # A quarter of a year, in which most courses end. The number is our judgement.
    WINDOW_DAYS = 90
    PAIN_SCORES = range(11)
    DROPS = PAIN_SCORES[1:]

    patient = PatientKey(Patient, on_delete=models.PROTECT, moves=False, related_name="+")
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, null=True, related_name="+")
    first_session = models.OneToOneField(TreatmentSession, on_delete=models.PROTECT, related_name="first_of")
    # The practitioner, site and month of the latest session, which is where the course counts.
    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", db_index=False)
    month = models.DateField()
    # Where it began, and how it stood WINDOW_DAYS later: what a later session can no longer change.
    began_on = models.DateField(null=True)
    began_with = models.ForeignKey(Practitioner, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    began_at = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    age = models.PositiveSmallIntegerField(null=True, help_text="Of the patient at the first session, in years.")
    window_sessions = models.PositiveSmallIntegerField(null=True)
    window_pain_last = models.PositiveSmallIntegerField(null=True, help_text="Empty for a single session by then.")
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
            models.Index(fields=["began_on"]),
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
    co_treatments = models.CharField(max_length=200, null=True, help_text="Between spaces, such as “ exercise heat ”.")  # noqa: DJ001 - empty until the rebuild after the migration

    class Meta:
        indexes = [
            models.Index(fields=["practitioner", "month", "site"]),
            # The figures of a period are read from this index alone.
            models.Index(
                fields="month course practitioner site change twitch events session".split(), name="fact_of_a_month"
            ),
        ]

    def __str__(self):
        return f"{self.month:%Y-%m}, {self.change}"


class FollowUpFact(models.Model):
    """What was heard at 24, 48 and 72 hours after one signed needling session. Sessions nobody asked about have no row.

    At each time, `heard` is 1 if somebody asked, `change` is pain then - pain before, and both values are those of the
    newest follow-up at that time. `by_patient` and `later_event` are 1 or 0, so that they can be added up.
    """

    fact = models.OneToOneField(SessionFact, on_delete=models.CASCADE, primary_key=True, related_name="follow_up")
    by_patient = models.PositiveSmallIntegerField(help_text="1 if the patient answered through the link.")
    later_event = models.PositiveSmallIntegerField(help_text="1 if an adverse event appeared after the visit.")
    heard_24 = models.PositiveSmallIntegerField()
    change_24 = models.SmallIntegerField(null=True)
    soreness_24 = models.PositiveSmallIntegerField(null=True)
    heard_48 = models.PositiveSmallIntegerField()
    change_48 = models.SmallIntegerField(null=True)
    soreness_48 = models.PositiveSmallIntegerField(null=True)
    heard_72 = models.PositiveSmallIntegerField()
    change_72 = models.SmallIntegerField(null=True)
    soreness_72 = models.PositiveSmallIntegerField(null=True)

    def __str__(self):
        return f"{self.heard_24 + self.heard_48 + self.heard_72} follow-ups"


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
