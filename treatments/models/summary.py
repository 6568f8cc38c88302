"""What signed sessions add up to, so that figures over years need not read every row.

Nothing here is a record: all of it follows from signed sessions, is kept by treatments.services.summaries in the
transaction that signs, and can be thrown away and made anew by `manage.py rebuild_summaries`.
"""

from django.db import models

from clinic.models import Practitioner
from patients.models import Episode, Patient

from .session import TreatmentSession


class Axis(models.TextChoices):
    """What a row of a summary is about. A session counts once for every value that one of its needlings has."""

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
    """The cell of a practitioner's month, in the time zone of their site.

    `is_first` tells rows of all sessions from those of first sessions only; later ones are the difference.
    """

    axis = models.CharField(max_length=9, choices=Axis)
    key = models.CharField(max_length=30, blank=True, help_text="Which region, muscle ...; empty for the session axis.")
    is_first = models.BooleanField()
    month = models.DateField()
    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="+")

    CELL = ["axis", "is_first", "key", "month", "practitioner"]

    class Meta:
        abstract = True


class SessionSummary(MonthlyRow):
    """Numbers of signed sessions, with the sum and the sum of squares of their pain change (points, after - before)."""

    sessions = models.IntegerField(default=0)
    change = models.IntegerField(default=0)
    change_squared = models.IntegerField(default=0)
    # Of these: with at least one twitch; with a twitch sought and none seen. In the others it was not sought.
    twitch = models.IntegerField(default=0)
    twitch_change = models.IntegerField(default=0)
    twitch_change_squared = models.IntegerField(default=0)
    no_twitch = models.IntegerField(default=0)
    no_twitch_change = models.IntegerField(default=0)
    no_twitch_change_squared = models.IntegerField(default=0)
    events = models.IntegerField(default=0)
    sessions_with_event = models.IntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=MonthlyRow.CELL, name="one_session_summary_a_cell")]
        # What a table by muscle shows is answered from the index alone.
        indexes = [
            models.Index(
                fields=[*MonthlyRow.CELL, "sessions", "change", "change_squared", "twitch", "sessions_with_event"],
                name="session_summary_shown",
            )
        ]

    def __str__(self):
        return f"{self.month:%Y-%m}, {self.axis} {self.key}"


class EventSummary(MonthlyRow):
    """Numbers of adverse events of one type, or of one present grade, and of the sessions that had any of them."""

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
    """The signed sessions of one patient for one complaint (or of none), in the order in which they began.

    Its outcome is the pain before the latest session beside the pain before the first one.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, null=True, related_name="+")
    first_session = models.OneToOneField(TreatmentSession, on_delete=models.PROTECT, related_name="first_of")
    # Whose the latest session is, and its month: a course counts once, where it stands now.
    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="+")
    month = models.DateField()
    sessions = models.PositiveSmallIntegerField()
    pain_first = models.PositiveSmallIntegerField()
    pain_last = models.PositiveSmallIntegerField(null=True, help_text="Empty while there is one session only.")
    reached = models.CharField(
        max_length=40,
        blank=True,
        help_text="002,002,005: the second session was the first to begin 1 and 2 points below the first, the fifth 3.",
    )

    class Meta:
        indexes = [
            # Read from one end to the other in the order in which courses are counted.
            models.Index(fields=["practitioner", "pain_first", "pain_last", "month"]),
            models.Index(fields=["pain_first", "reached"]),
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
    """One signed session as figures read it: a session itself is long, and its month is one of its site's clocks."""

    session = models.OneToOneField(TreatmentSession, on_delete=models.PROTECT, primary_key=True, related_name="+")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="+")
    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="+", db_index=False)
    month = models.DateField()
    change = models.SmallIntegerField(help_text="Of pain, in points, after - before.")
    twitch = models.PositiveSmallIntegerField(help_text="2: seen. 1: sought, none seen. 0: not sought.")
    events = models.PositiveSmallIntegerField()

    class Meta:
        indexes = [models.Index(fields=["practitioner", "month"])]

    def __str__(self):
        return f"{self.month:%Y-%m}, {self.change:+d}"


class CourseKey(models.Model):
    """What was needled in a course: it counts for every value that one of its needlings has."""

    AXES = [Axis.REGION, Axis.MUSCLE, Axis.TECHNIQUE]

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="keys")
    axis = models.CharField(max_length=9, choices=Axis)
    key = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["axis", "key", "course"], name="one_key_a_course")]

    def __str__(self):
        return f"{self.axis} {self.key}"
