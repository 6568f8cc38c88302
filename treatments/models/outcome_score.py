"""What a patient scored on an outcome measure: totals and single ratings, never the wording of a questionnaire."""

import uuid
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Round

from patients.integrity.immutability import Immutable
from patients.models import Episode, Patient

from .catalogue import Threshold

Measure = Threshold.Measure


@dataclass(frozen=True)
class Scale:
    """The range of a measure, both ends among it, and which way is better."""

    low: int
    high: int
    unit: str
    higher_is_better: bool
    is_whole: bool
    about: str  # how it is scored, for whoever types it, with its source where there is one
    rates_change: bool = False  # asks how much has changed, so that a single score is already a change

    @property
    def is_percentage(self):
        return self.unit == "%"

    @property
    def direction(self):
        return "higher is better" if self.higher_is_better else "lower is better"

    def holds(self, value):
        """Whether a score can have this value."""
        return self.low <= value <= self.high and not (self.is_whole and value != int(value))

    @property
    def sentence(self):
        """What a value must be."""
        kind = "a whole number" if self.is_whole else "a percentage" if self.is_percentage else "a number"
        return f"{kind} from {self.low} to {self.high}".replace("-", "\N{MINUS SIGN}")


# Scales without a citation are from general knowledge. NDI and ODI are stored in percent, so that totals with an item
# left out (16 of 45 is 35.5 % [@noterro-ndi]) can be compared with full ones. NDI can also be typed in points of 50,
# which are doubled.
SCALES = {
    Measure.NDI: Scale(0, 100, "%", False, False, "Ten items of 0 to 5; sum / (5 × answered) × 100 [@noterro-ndi]"),
    Measure.ODI: Scale(0, 100, "%", False, False, "Ten items of 0 to 5; sum / (5 × answered) × 100"),
    Measure.LEFS: Scale(0, 80, "points", True, True, "Twenty items of 0 to 4, summed [@binkley-1999]"),
    Measure.QUICKDASH: Scale(0, 100, "points", False, False, "(Mean of the answers − 1) × 25, ten of eleven answered"),
    Measure.HIT6: Scale(36, 78, "points", False, True, "Six items, summed [@gabormelli-hit6], [@ninds-hit6]"),
    Measure.PSFS: Scale(0, 10, "points", True, False, "One row an activity, each from 0 to 10"),
    Measure.GROC: Scale(-7, 7, "points", True, True, "One answer of 15: below 0 worse, above 0 better", True),
    Measure.NPRS: Scale(0, 10, "points", False, True, "One number, of now or of the last 24 hours"),
}


class OutcomeScoreQuerySet(models.QuerySet):
    def standing(self):
        """What counts: not replaced by a correction, and not taken back by one."""
        return self.filter(replaced_by=None, value__isnull=False)

    def latest_day_for(self, field):
        """The latest day scored of each row of an outer query, for annotate(); None without a score."""
        mine = self.filter(**{field: OuterRef("pk")}).order_by("-scored_on")
        return Subquery(mine.values("scored_on")[:1])

    def in_time(self):
        """Oldest first; of one day in the order in which they were recorded."""
        return self.order_by("scored_on", "recorded_at", "pk")


class OutcomeScore(models.Model):
    """One score of one day. A row is never changed: a wrong one is replaced by a new one that names it and says why.

    A replacement without a value takes back a score that should not be there at all.
    """

    class Window(models.TextChoices):
        NOW = "now", "Now"
        DAY = "24 h average", "Average of the last 24 hours"

    Measure = models.TextChoices("ScoredMeasure", {m.name: (m.value, m.label) for m in SCALES})

    # The page chooses the key, so that sending it twice is recording once.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="outcome_scores")
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="outcome_scores")
    measure = models.CharField(max_length=12, choices=Measure)
    item = models.CharField(
        max_length=80, blank=True, help_text="PSFS: the activity. NPRS: now or 24 h average. Empty for totals."
    )
    scored_on = models.DateField()
    value = models.DecimalField(
        max_digits=5, decimal_places=2, null=True, blank=True, help_text="NDI and ODI in percent. Empty: taken back."
    )
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by")
    reason = models.CharField("why it replaces", max_length=300, blank=True)

    objects = OutcomeScoreQuerySet.as_manager()

    class Meta:
        ordering = ["-scored_on", "-recorded_at", "-pk"]
        indexes = [models.Index(fields=["patient", "-scored_on"]), models.Index(fields=["episode", "-scored_on"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(measure__in=[m.value for m in SCALES]),
                name="outcome_score_measure_known",
                violation_error_message="Choose a measure of the list.",
            ),
            *[
                models.CheckConstraint(
                    condition=~Q(measure=measure.value)
                    | Q(value=None)
                    | Q(value__range=(scale.low, scale.high), **({"value": Round("value")} if scale.is_whole else {})),
                    name=f"outcome_score_{measure.value}_range",
                    violation_error_message=f"{measure.label}: give {scale.sentence}.",
                )
                for measure, scale in SCALES.items()
            ],
            models.CheckConstraint(
                condition=Q(measure="psfs") & ~Q(item="")
                | Q(measure="nprs", item__in=["now", "24 h average"])
                | ~Q(measure__in=["psfs", "nprs"]) & Q(item=""),
                name="outcome_score_item_fits_measure",
                violation_error_message="PSFS names its activity, NPRS says of when it is; a total has neither.",
            ),
            models.CheckConstraint(
                condition=Q(replaces=None, reason="", value__isnull=False) | Q(replaces__isnull=False) & ~Q(reason=""),
                name="outcome_score_replaced_with_reason",
                violation_error_message="A correction names the score it replaces and says why.",
            ),
            Immutable(
                name="outcome_score_frozen",
                violation_error_message="A score stays as it was recorded. Correct it with a new one.",
            ),
        ]

    def __str__(self):
        return f"{self.what}, {self.scored_on:%Y-%m-%d}"

    @property
    def scale(self):
        return SCALES[self.measure]

    @property
    def what(self):
        """The measure, and the activity or the window."""
        return f"{Measure(self.measure).label}, {self.item}" if self.item else Measure(self.measure).label

    @property
    def value_text(self):
        """35.5 %, or −2; "taken back" when there is none."""
        if self.value is None:
            return "taken back"
        number = f"{Decimal(self.value):.2f}".rstrip("0").rstrip(".").replace("-", "\N{MINUS SIGN}")
        return f"{number} %" if self.scale.is_percentage else number
