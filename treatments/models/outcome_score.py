"""Scores of outcome measures: totals and single ratings, never the items of a questionnaire."""

import uuid
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Round

from patients.integrity.immutability import Immutable
from patients.models import Episode, Patient
from patients.models.error_mark import CountingQuerySet, link_to_error_mark, mark_stays

from .threshold import Threshold

Measure = Threshold.Measure


@dataclass(frozen=True)
class Scale:
    """The range of a measure, including both ends, and its direction."""

    low: int
    high: int
    unit: str
    higher_is_better: bool
    is_whole: bool
    about: str  # how to score it, shown in the form, with a citation where there is one
    rates_change: bool = False  # the patient rates the change itself, so a single score is a change

    @property
    def is_percentage(self):
        return self.unit == "%"

    @property
    def direction(self):
        return "higher is better" if self.higher_is_better else "lower is better"

    def holds(self, value):
        """Whether this value is in the range and has allowed decimals."""
        return self.low <= value <= self.high and not (self.is_whole and value != int(value))

    @property
    def sentence(self):
        """A description of the allowed values, such as "a whole number from 0 to 10"."""
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
    Measure.HEADACHE: Scale(0, 28, "days", False, True, "Days with headache in the last 4 weeks, from a diary"),
}


class OutcomeScoreQuerySet(CountingQuerySet):
    def counting(self):
        """Without scores that were entered in error, or whose episode was."""
        return super().counting().filter(episode__error_mark=None)

    def in_error(self):
        """Scores that were entered in error, or whose episode was, with their marks and who recorded them."""
        found = self.filter(Q(error_mark__isnull=False) | Q(episode__error_mark__isnull=False))
        return found.select_related("error_mark", "episode__error_mark", "recorded_by")

    def current(self):
        """Scores that were neither corrected, withdrawn nor entered in error."""
        return self.counting().filter(replaced_by=None, value__isnull=False)

    def latest_day_for(self, field):
        """The latest scored_on for each row of an outer query, linked by `field`, for annotate(); or None."""
        mine = self.filter(**{field: OuterRef("pk")}).order_by("-scored_on")
        return Subquery(mine.values("scored_on")[:1])

    def oldest_first(self):
        """Ordered by day, and within a day by the time of recording."""
        return self.order_by("scored_on", "recorded_at", "pk")


class OutcomeScore(models.Model):
    """One score on one day. A row never changes: a correction is a new row with `replaces` and a reason.

    A replacement without a value withdraws a score that was entered in error.
    """

    class Window(models.TextChoices):
        NOW = "now", "Now"
        DAY = "24 h average", "Average of the last 24 hours"

    Measure = models.TextChoices("ScoredMeasure", {m.name: (m.value, m.label) for m in SCALES})

    # The page chooses the key, so that a form sent twice is saved once.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="outcome_scores")
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="outcome_scores")
    measure = models.CharField(max_length=12, choices=Measure)
    item = models.CharField(
        max_length=80, blank=True, help_text="PSFS: the activity. NPRS: now or 24 h average. Empty for totals."
    )
    scored_on = models.DateField()
    value = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="NDI and ODI in percent. Empty for a withdrawn score.",
    )
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by")
    reason = models.CharField("reason for the correction", max_length=300, blank=True)
    error_mark = link_to_error_mark()

    objects = OutcomeScoreQuerySet.as_manager()

    class Meta:
        ordering = ["-scored_on", "-recorded_at", "-pk"]
        indexes = [models.Index(fields=["patient", "-scored_on"]), models.Index(fields=["episode", "-scored_on"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(measure__in=[m.value for m in SCALES]),
                name="outcome_score_measure_known",
                violation_error_message="Choose a measure from the list.",
            ),
            *[
                models.CheckConstraint(
                    condition=~Q(measure=measure.value)
                    | Q(value=None)
                    | Q(value__range=(scale.low, scale.high), **({"value": Round("value")} if scale.is_whole else {})),
                    name=f"outcome_score_{measure.value}_range",
                    violation_error_message=f"{measure.label}: enter {scale.sentence}.",
                )
                for measure, scale in SCALES.items()
            ],
            models.CheckConstraint(
                condition=Q(measure="psfs") & ~Q(item="")
                | Q(measure="nprs", item__in=["now", "24 h average"])
                | ~Q(measure__in=["psfs", "nprs"]) & Q(item=""),
                name="outcome_score_item_fits_measure",
                violation_error_message="PSFS needs an activity, NPRS the time it is about; others have neither.",
            ),
            models.CheckConstraint(
                condition=Q(replaces=None, reason="", value__isnull=False) | Q(replaces__isnull=False) & ~Q(reason=""),
                name="outcome_score_replaced_with_reason",
                violation_error_message="A correction needs the score that it replaces and a reason.",
            ),
            mark_stays("outcome_score_mark_stays"),
            Immutable(
                name="outcome_score_frozen",
                allow=["error_mark"],
                violation_error_message="A recorded score cannot be changed. Record a correction.",
            ),
        ]

    def __str__(self):
        return f"{self.what}, {self.scored_on:%Y-%m-%d}"

    @property
    def scale(self):
        return SCALES[self.measure]

    @property
    def what(self):
        """The measure with its activity or window."""
        return f"{Measure(self.measure).label}, {self.item}" if self.item else Measure(self.measure).label

    @property
    def value_text(self):
        """The value as text, such as 35.5 % or −2; "withdrawn" if there is none."""
        if self.value is None:
            return "withdrawn"
        number = f"{Decimal(self.value):.2f}".rstrip("0").rstrip(".").replace("-", "\N{MINUS SIGN}")
        return f"{number} %" if self.scale.is_percentage else number
