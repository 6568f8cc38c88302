"""Scores of outcome measures, with the answers they were computed from if these were given item by item."""

import uuid

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Round

from patients.integrity.immutability import Immutable
from patients.models import Episode, Patient
from patients.models.error_mark import CountingQuerySet, link_to_error_mark, mark_stays
from patients.models.patient_key import PatientKey

from .scales import SCALES, Measure


def list_of_answers(value):
    """Refuse what is not a list of [key, words, whole number or None]."""
    if not isinstance(value, list) or not all(_is_answer(answer) for answer in value):
        raise ValidationError("These are not answers to a questionnaire.")


def _is_answer(answer):
    match answer:
        case [str(), str(), int() | None]:
            return not isinstance(answer[2], bool)
    return False


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
    patient = PatientKey(Patient, on_delete=models.PROTECT, moves=False, related_name="outcome_scores")
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="outcome_scores")
    measure = models.CharField(max_length=12, choices=Measure)
    item = models.CharField(
        max_length=80, blank=True, help_text="PSFS: the activity. NPRS: now or 24 h average. Empty for totals."
    )
    scored_on = models.DateField()
    value = models.DecimalField(
        max_digits=6,
        decimal_places=3,
        null=True,
        blank=True,
        help_text="NDI and ODI in percent. Empty for a withdrawn score.",
    )
    # What the value was computed from: [key of the item, its words, the answer or None] of each item, in order.
    answers = models.JSONField(default=list, blank=True, validators=[list_of_answers])
    # What the patient entered alone, in the same form; the therapist confirmed or changed it.
    patient_answers = models.JSONField(default=list, blank=True, validators=[list_of_answers])
    answered_by_name = models.CharField(
        max_length=200, blank=True, help_text="Who entered the answers alone. Empty if the therapist did."
    )
    follow_up_answers = models.ForeignKey(
        "FollowUpAnswers",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="scores",
        verbose_name="answered through a link",
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
            models.CheckConstraint(
                condition=Q(answered_by_name="", patient_answers=[]) | ~Q(answered_by_name="") & ~Q(patient_answers=[]),
                name="outcome_score_answers_of_somebody",
                violation_error_message="Answers from the tablet need the name of the person who gave them.",
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
        number = f"{float(self.value):.3f}".rstrip("0").rstrip(".").replace("-", "\N{MINUS SIGN}")
        return f"{number} %" if self.scale.is_percentage else number

    @property
    def shown_answers(self):
        """A dictionary for each answer: its words, value, what was entered on the tablet, and whether that differs."""
        rating = None if self.value is None else int(self.value)
        rows = self.answers or [[key, words, rating] for key, words, _ in self.patient_answers]
        entered = {key: value for key, _, value in self.patient_answers}
        return [
            {
                "words": words,
                "value": value,
                "entered": entered.get(key),
                "differs": bool(self.patient_answers) and entered.get(key) != value,
            }
            for key, words, value in rows
        ]
