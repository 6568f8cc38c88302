"""The course of each outcome measure, and which changes of it would mean something."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from treatments.models import SCALES, OutcomeScore, Scale, Threshold

Measure, Kind = Threshold.Measure, Threshold.Kind
SHORT = {Kind.MDC: "MDC", Kind.MCID: "MCID", Kind.MUCH_BETTER: "Much better"}
# Published for one activity; the other thresholds of PSFS are for the mean of the activities.
OF_ONE_ACTIVITY = {"psfs-single-mdc"}
MEAN_OF_ACTIVITIES = "mean of the activities"


class Point(NamedTuple):
    day: date
    value: Decimal
    score: OutcomeScore | None = None  # None of a mean


class Target(NamedTuple):
    """A threshold as a place on the scale; without a place when there is none, and then `why_not` says why."""

    threshold: Threshold
    value: Decimal | None
    reached_on: date | None = None
    why_not: str = ""

    @property
    def short(self):
        return SHORT[self.threshold.kind]


@dataclass(frozen=True)
class MeasureCourse:
    """Scores of one measure, of one activity or window of it, oldest first; there is at least one."""

    measure: str
    item: str
    points: list[Point]
    targets: list[Target]

    @property
    def scale(self) -> Scale:
        return SCALES[self.measure]

    @property
    def name(self):
        label = Measure(self.measure).label
        return f"{label}: {self.item}" if self.item else label

    @property
    def unit(self):
        return "%" if self.scale.is_percentage else ""

    @property
    def first(self):
        return self.points[0]

    @property
    def latest(self):
        return self.points[-1]

    @property
    def change(self):
        """From the first to the latest; None of a single score, and of a measure that is itself a change."""
        if len(self.points) < 2 or self.scale.rates_change:
            return None
        return self.latest.value - self.first.value

    @property
    def verdict(self):
        """In which direction the change goes, as words; whether it means something is what the targets say."""
        if not self.change:
            return "no change"
        return "better" if (self.change > 0) == self.scale.higher_is_better else "worse"

    @property
    def unreviewed(self):
        return sum(not target.threshold.is_reviewed for target in self.targets)

    @property
    def rows(self):
        """(point, change from the first or None) newest first."""
        first = self.first.value
        changes = [None, *(point.value - first for point in self.points[1:])]
        if self.scale.rates_change:
            changes = [None] * len(self.points)
        return list(zip(self.points, changes, strict=True))[::-1]


def measure_courses(scores, thresholds):
    """A MeasureCourse for each measure and item of these standing scores, in the order of SCALES.

    `scores` are of one episode, oldest first; `thresholds` all that may apply. Of pain only the threshold that the
    clinic draws on pain courses is taken. PSFS has a course for each activity, and one of their mean over the days on
    which just the activities of the first day were asked.
    """
    points = {}
    for score in scores:
        points.setdefault((score.measure, score.item.casefold()), []).append(Point(score.scored_on, score.value, score))
    courses = [_course(measure, of[-1].score.item, of, thresholds) for (measure, _), of in points.items()]
    activities = {item: of for (measure, item), of in points.items() if measure == Measure.PSFS}
    if means := _means(activities):
        courses.append(_course(Measure.PSFS, MEAN_OF_ACTIVITIES, means, thresholds))
    order = list(SCALES)
    return sorted(courses, key=lambda course: order.index(course.measure))


def _means(activities):
    """Points of the mean, of no day when fewer than two activities were asked on the first."""
    days = {}
    for item, points in activities.items():
        for point in points:
            days.setdefault(point.day, {})[item] = point.value
    asked = set(days[min(days)]) if days else set()
    if len(asked) < 2:
        return []
    same = [(day, values) for day, values in sorted(days.items()) if set(values) == asked]
    return [Point(day, sum(values.values()) / len(values)) for day, values in same]


def _course(measure, item, points, thresholds):
    targets = [target_of(threshold, points) for threshold in thresholds if _applies(threshold, measure, item)]
    return MeasureCourse(measure, item, points, targets)


def _applies(threshold, measure, item):
    if threshold.measure != measure:
        return False
    if measure == Measure.NPRS:
        return threshold.is_on_pain_course
    if measure == Measure.PSFS:
        return (threshold.slug in OF_ONE_ACTIVITY) == (item != MEAN_OF_ACTIVITIES)
    return True


def target_of(threshold, points):
    """The Target of a threshold on a course of Points of its measure.

    It lies the threshold's change away from the first score, on the better side; of a measure that rates change
    itself (GROC) it is the threshold. Percent of the first score are worked out from it; percentage points and
    points are never mixed: points of 50 count double on a percentage, a scale that the source leaves unclear has none.
    """
    scale, first = SCALES[threshold.measure], points[0].value
    if scale.rates_change:
        return _reached(threshold, threshold.value, points, scale)
    size = size_of(threshold, scale, first)
    if size is None:
        return Target(threshold, None, why_not="not drawn: its unit is not that of the scale")
    value = first + size if scale.higher_is_better else first - size
    if not scale.low <= value <= scale.high:
        return Target(threshold, None, why_not="cannot be reached: the first score is too near the end of the scale")
    return _reached(threshold, value, points[1:], scale)


def size_of(threshold, scale, first):
    """The threshold's change in the unit of the scale, from this first score; None when its unit is another one."""
    if threshold.unit.startswith("%"):
        return abs(first) * threshold.value / 100
    factors = {"percentage points": 1, "points of 50": 2} if scale.is_percentage else {"points": 1}
    factor = factors.get(threshold.unit)
    return factor and factor * threshold.value


def _reached(threshold, value, points, scale):
    good = (point.day for point in points if (point.value >= value if scale.higher_is_better else point.value <= value))
    return Target(threshold, value, next(good, None))
