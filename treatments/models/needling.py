"""The needling of one muscle, trigger point and side in a session."""

import uuid

from django.db import models
from django.db.models import Q

from .catalogue import Muscle, TriggerPoint
from .corrected_row import AS_SIGNED, CorrectedRow, CountingManager, corrected_row_constraints
from .dose import DOSE_CONSTRAINTS, Dose
from .needle import Needle
from .session import TreatmentSession
from .session_constraints import immutable_with_session
from .visit_kind import WITH_NEEDLING

# Bounds that catch typing errors. They are our judgement: 0 to 100 mm and 0 to 60 minutes hold what published protocols
# use, such as 10 to 30 mm and 10 minutes in an example of [@stricta-2010].
MAX_DEPTH_MM = 100
DEPTH_SENTENCE = f"Depth is between 1 and {MAX_DEPTH_MM} mm."
MAX_RETENTION_SECONDS = 3600
MAX_FREQUENCY_HZ = 1000


class NeedlingQuerySet(models.QuerySet):
    def needled(self):
        """Rows with insertions of needling sessions that count. Rows without insertions are only set up."""
        rows = self.filter(insertions__isnull=False, session__visit_kind__in=WITH_NEEDLING, session__error_mark=None)
        return rows.exclude(session__status=TreatmentSession.Status.WITHDRAWN)


class Needling(Dose, CorrectedRow):
    class Side(models.TextChoices):
        LEFT = "left", "Left"
        RIGHT = "right", "Right"
        MIDLINE = "midline", "Midline"

    class PointState(models.TextChoices):
        ACTIVE = "active", "Active"
        LATENT = "latent", "Latent"

    class Technique(models.TextChoices):
        PISTONING = "pistoning", "Pistoning"
        STATIC = "static", "Static"
        SUPERFICIAL = "superficial", "Superficial"
        ELECTRICAL = "electrical", "Electrical"

    class Twitch(models.TextChoices):
        NOT_SOUGHT = "not_sought", "Not sought"
        NO = "no", "No"
        YES = "yes", "Yes"

    class ReferredPain(models.TextChoices):
        NONE = "none", "None"
        KNOWN = "known", "Known"
        NEW = "new", "New"

    # The browser chooses the key, so that a row sent twice is saved once.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(TreatmentSession, on_delete=models.PROTECT, related_name="needlings")
    sort_order = models.PositiveSmallIntegerField(default=0)
    # Set by the server when the first result is saved, and corrected by the author; empty in older records.
    needled_at = models.DateTimeField("time of needling", null=True, blank=True)
    # When the first result was saved. Nobody can correct it.
    recorded_at = models.DateTimeField(null=True, blank=True, editable=False)
    muscle = models.ForeignKey(Muscle, on_delete=models.PROTECT, related_name="needlings")
    side = models.CharField(max_length=8, choices=Side)
    trigger_point = models.ForeignKey(
        TriggerPoint, on_delete=models.PROTECT, null=True, blank=True, related_name="needlings"
    )
    location = models.CharField("other place", max_length=120, blank=True)
    point_state = models.CharField(max_length=8, choices=PointState, blank=True)
    taut_band = models.BooleanField(null=True, blank=True)
    needle = models.ForeignKey(Needle, on_delete=models.PROTECT, null=True, blank=True, related_name="needlings")
    depth_mm = models.PositiveSmallIntegerField("depth", null=True, blank=True)
    technique = models.CharField(max_length=12, choices=Technique, blank=True)
    frequency_hz = models.DecimalField("frequency", max_digits=5, decimal_places=1, null=True, blank=True)
    insertions = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Skin penetrations.")
    twitch = models.CharField(max_length=12, choices=Twitch, blank=True)
    twitch_count = models.PositiveSmallIntegerField(null=True, blank=True)
    retention_seconds = models.PositiveSmallIntegerField("retention", null=True, blank=True)
    # While a timer runs and after it: the time that was planned. retention_seconds is what was measured.
    retention_planned_seconds = models.PositiveSmallIntegerField("planned retention", null=True, blank=True)
    retention_started_at = models.DateTimeField(null=True, blank=True)
    referred_pain_reproduced = models.CharField(max_length=8, choices=ReferredPain, blank=True)
    response = models.CharField(max_length=200, blank=True)

    objects = CountingManager.from_queryset(NeedlingQuerySet)()
    every_row = models.Manager.from_queryset(NeedlingQuerySet)()

    class Meta:
        ordering = ["sort_order", "pk"]
        indexes = [models.Index(fields=["session", "sort_order"]), models.Index(fields=["muscle", "side"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(depth_mm=None) | Q(depth_mm__range=(1, MAX_DEPTH_MM)),
                name="needling_depth_in_range",
                violation_error_message=DEPTH_SENTENCE,
            ),
            models.CheckConstraint(
                condition=Q(twitch_count=None) | Q(twitch="yes", twitch_count__range=(1, 99)),
                name="needling_twitch_count_only_with_yes",
                violation_error_message="Only a twitch of 'Yes' can have a number of twitches.",
            ),
            models.CheckConstraint(
                condition=Q(retention_seconds=None) | Q(retention_seconds__lte=MAX_RETENTION_SECONDS),
                name="needling_retention_up_to_an_hour",
                violation_error_message="Retention can be at most 60 minutes.",
            ),
            models.CheckConstraint(
                condition=Q(retention_planned_seconds=None) | Q(retention_planned_seconds__lte=MAX_RETENTION_SECONDS),
                name="needling_planned_retention_up_to_an_hour",
                violation_error_message="Retention is at most 60 minutes.",
            ),
            models.CheckConstraint(
                condition=Q(insertions=None) | Q(insertions__range=(1, 99)),
                name="needling_insertions_1_to_99",
                violation_error_message="Insertions must be between 1 and 99.",
            ),
            models.CheckConstraint(
                condition=Q(frequency_hz=None)
                | Q(technique="electrical", frequency_hz__gt=0, frequency_hz__lte=MAX_FREQUENCY_HZ),
                name="needling_frequency_only_electrical",
                violation_error_message="Only the electrical technique can have a frequency.",
            ),
            *DOSE_CONSTRAINTS,
            immutable_with_session("needling_frozen_with_session", only=AS_SIGNED),
            *corrected_row_constraints("needling"),
        ]

    def __str__(self):
        return f"{self.muscle}, {self.get_side_display().lower()}"

    @property
    def target_name(self):
        """What was needled, as the record calls it. A row that a form has just read has no session yet."""
        return self.session.name_of(self.muscle) if self.session_id else str(self.muscle)

    @property
    def place(self):
        """The trigger point's label, or the free text if there is none."""
        return self.trigger_point.label if self.trigger_point else self.location

    @property
    def planned_retention(self):
        """The seconds that were planned, for a set-up to be copied: the timer may have measured others."""
        return self.retention_planned_seconds or self.retention_seconds

    @property
    def twitch_text(self):
        if self.twitch == self.Twitch.YES and self.twitch_count:
            return str(self.twitch_count)
        return self.get_twitch_display()
