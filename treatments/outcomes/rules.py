"""Rules that say which fall of pain over a course counts as a response, and for which courses."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from django.db.models import Func, IntegerField, Q
from django.db.models.lookups import GreaterThanOrEqual, LessThan

from patients.models import BodyRegion
from patients.models.onset import OnsetPrecision
from treatments.models import Course, Threshold

PERCENT = "%"
POINTS = "points"
DAYS_A_WEEK = 7
# How many days after the first one of its period a complaint may have begun.
UNSURE_DAYS = {OnsetPrecision.DAY: 0, OnsetPrecision.WEEK: 6, OnsetPrecision.MONTH: 30, OnsetPrecision.YEAR: 365}


class DaysBetween(Func):
    """The whole days from the first date to the second one. Django's own subtraction calls Python on SQLite, for each
    row, which took half of the time of the outcome page with 100,000 sessions.
    """

    output_field = IntegerField()
    template = "(%(expressions)s)"

    def as_postgresql(self, compiler, connection):
        return self._between(compiler, connection, "({last} - {first})")

    def as_sqlite(self, compiler, connection):
        return self._between(compiler, connection, "CAST(JULIANDAY({last}) - JULIANDAY({first}) AS INTEGER)")

    def _between(self, compiler, connection, sql):
        (first, of_first), (last, of_last) = map(compiler.compile, self.get_source_expressions())
        return sql.format(first=first, last=last), [*of_last, *of_first]


# For how long the complaint of a course had lasted at its first session, by the first day of its period.
LASTED_DAYS = DaysBetween("episode__onset_on", "began_on")


def lasted(weeks):
    """The condition that the complaint of a course had lasted so many weeks at its first session.

    If only the week, month or year is known in which it began, even the last day of that must be long enough ago.
    """
    condition = Q(pk__in=[])
    for precision, days in UNSURE_DAYS.items():
        is_long = GreaterThanOrEqual(LASTED_DAYS, weeks * DAYS_A_WEEK + days)
        condition |= Q(is_long, episode__onset_precision=precision)
    return condition


def began_within(weeks):
    """The condition that the complaint of a course had begun less than so many weeks before its first session."""
    return Q(LessThan(LASTED_DAYS, weeks * DAYS_A_WEEK))


@dataclass(frozen=True)
class ResponseRule:
    """One published threshold, or several for different first scores that were published together.

    `key` is its value in the address of a page. All thresholds of a rule have the same regions and duration.
    """

    key: str
    thresholds: tuple[Threshold, ...]

    @property
    def is_on_pain_course(self):
        return any(threshold.is_on_pain_course for threshold in self.thresholds)

    @property
    def amount(self):
        """The fall in words: "2 points", or "1, 2 or 3 points by first score"."""
        values = [f"{threshold.value.normalize():f}" for threshold in self.thresholds]
        unit = self.thresholds[0].unit
        if len(values) == 1:
            return f"{values[0]} {unit}"
        return f"{', '.join(values[:-1])} or {values[-1]} {unit} by first score"

    @property
    def population(self):
        first = self.thresholds[0].population
        return first if len(self.thresholds) == 1 else first.partition(",")[0]

    @property
    def label(self):
        return f"{self.amount}, {self.population}"

    @property
    def limits(self):
        """What restricts the courses that it is for, in words; "" if it is for all."""
        one = self.thresholds[0]
        parts = [f"{BodyRegion(region).label.lower()}" for region in one.regions.split()]
        limits = [" or ".join(parts)] if parts else []
        if one.least_weeks:
            limits.append(f"lasting {one.least_weeks} weeks or more before the first session")
        covered = self.covered
        if len(covered) < len(Course.PAIN_SCORES):
            limits.append(f"a first score from {covered[0]} to {covered[-1]}")
        return ", ".join(limits)

    @property
    def covered(self):
        """The first scores that it is for."""
        return [first for first in Course.PAIN_SCORES if self.drop_for(first)]

    def drop_for(self, first):
        """The number of whole points by which pain must fall from this first score; None if the rule is not for it."""
        fitting = [threshold for threshold in self.thresholds if threshold.covers(first)]
        return drop_needed(fitting[0], first) if fitting else None

    def courses(self, *, with_duration=True):
        """The condition for the courses that it is for: with a complaint, of its regions, duration and first scores."""
        one = self.thresholds[0]
        condition = Q(episode__isnull=False, pain_first__in=self.covered)
        if one.regions:
            condition &= Q(episode__region__in=one.regions.split())
        if one.least_weeks and with_duration:
            condition &= lasted(one.least_weeks)
        return condition

    def undated(self):
        """The condition for the courses that it may be for: it is not recorded exactly enough when they began."""
        if not (weeks := self.thresholds[0].least_weeks):
            return Q(pk__in=[])
        is_unsure = Q(episode__onset_on__isnull=True) | ~began_within(weeks) & ~lasted(weeks)
        return self.courses(with_duration=False) & is_unsure

    def reached(self, latest):
        """The condition that pain at the path `latest` is lower than the first score by what the rule needs."""
        condition = Q(pk__in=[])
        for first in self.covered:
            condition |= Q(**{"pain_first": first, f"{latest}__lte": first - self.drop_for(first)})
        return condition


def response_rules():
    """{key: ResponseRule} from the thresholds in use for the change of pain (NPRS), in points or percent. One query."""
    thresholds = Threshold.objects.in_use().filter(measure=Threshold.Measure.NPRS, unit__in=[POINTS, PERCENT])
    parts = {}
    for threshold in thresholds:
        for key in threshold.rules.split() or [str(threshold.pk)]:
            parts.setdefault(key, []).append(threshold)
    by_first = {key: sorted(group, key=lambda one: one.baseline_low or 0) for key, group in parts.items()}
    return {key: ResponseRule(key, tuple(group)) for key, group in by_first.items()}


def drop_needed(threshold, first):
    """The number of whole points by which pain must fall from `first` to reach the threshold; at least 1.

    NPRS scores are whole numbers, so a threshold of 1.5 points needs a fall of 2. A percentage is of the first score.
    """
    needed = threshold.value if threshold.unit == POINTS else threshold.value * first / 100
    return max(1, int(Decimal(needed).to_integral_value(ROUND_CEILING)))
