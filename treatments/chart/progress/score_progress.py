"""The course of each outcome measure, and the published thresholds of meaningful change."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from treatments.models import SCALES, OutcomeScore, Scale, Threshold

Measure, Kind = Threshold.Measure, Threshold.Kind
SHORT = {Kind.MDC: "MDC", Kind.MCID: "MCID", Kind.MUCH_BETTER: "Much better"}
# This threshold was published for one activity; the other PSFS thresholds are for the mean.
OF_ONE_ACTIVITY = {"psfs-single-mdc"}
MEAN_OF_ACTIVITIES = "mean of the activities"


class Point(NamedTuple):
    day: date
    value: Decimal
    score: OutcomeScore | None = None  # None for a mean
    is_corrected: bool = False


class Target(NamedTuple):
    """A threshold as a value on the scale. `value` is None if it cannot be drawn; `why_not` then gives the reason."""

    threshold: Threshold
    value: Decimal | None
    reached_on: date | None = None
    why_not: str = ""

    @property
    def short(self):
        return SHORT[self.threshold.kind]


@dataclass(frozen=True)
class MeasureCourse:
    """The scores of one measure and item (PSFS activity or NPRS window), oldest first, at least one."""

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
    def decimals(self):
        return self.scale.decimals

    @property
    def first(self):
        return self.points[0]

    @property
    def latest(self):
        return self.points[-1]

    @property
    def change(self):
        """latest - first. None for a single score, and for a measure that rates change itself."""
        if len(self.points) < 2 or self.scale.rates_change:
            return None
        return self.latest.value - self.first.value

    @property
    def verdict(self):
        """A phrase for the direction of the change. The targets show whether the change is meaningful."""
        if not self.change:
            return "no change"
        return "better" if (self.change > 0) == self.scale.higher_is_better else "worse"

    @property
    def unreviewed(self):
        return sum(not target.threshold.is_reviewed for target in self.targets)

    @property
    def is_corrected(self):
        """Whether the first or the latest score was corrected, which give the change."""
        return self.first.is_corrected or self.latest.is_corrected

    @property
    def targets_reached(self):
        return sum(target.reached_on is not None for target in self.targets)

    @property
    def rows(self):
        """(point, change from the first point or None), newest first."""
        first = self.first.value
        changes = [None, *(point.value - first for point in self.points[1:])]
        if self.scale.rates_change:
            changes = [None] * len(self.points)
        return list(zip(self.points, changes, strict=True))[::-1]


def measure_courses(scores, thresholds):
    """A MeasureCourse for each measure and item of these current scores, in the order of SCALES.

    `scores` are of one episode, oldest first. `thresholds` are all that may apply; for pain, only the one that the
    clinic draws on pain courses is used. PSFS has a course for each activity, and one for their mean over the days on
    which exactly the activities of the first day were scored.
    """
    points = {}
    for score in scores:
        points.setdefault((score.measure, score.item.casefold()), []).append(
            Point(score.scored_on, score.value, score, bool(score.replaces_id))
        )
    courses = [_course(measure, of[-1].score.item, of, thresholds) for (measure, _), of in points.items()]
    activities = {item: of for (measure, item), of in points.items() if measure == Measure.PSFS}
    if means := _means(activities):
        courses.append(_course(Measure.PSFS, MEAN_OF_ACTIVITIES, means, thresholds))
    order = list(SCALES)
    return sorted(courses, key=lambda course: order.index(course.measure))


def _point(score):
    return Point(score.scored_on, score.value, score, is_corrected=score.replaces_id is not None)


def _means(activities):
    """Points of the mean of the activities; none if fewer than two were scored on the first day."""
    days = {}
    for item, points in activities.items():
        for point in points:
            days.setdefault(point.day, {})[item] = point
    asked = set(days[min(days)]) if days else set()
    if len(asked) < 2:
        return []
    same = [(day, points) for day, points in sorted(days.items()) if set(points) == asked]
    return [_mean(day, list(points.values())) for day, points in same]


def _mean(day, points):
    mean = sum(point.value for point in points) / len(points)
    return Point(day, mean, is_corrected=any(point.is_corrected for point in points))


def _course(measure, item, points, thresholds):
    first = points[0].value
    fitting = [one for one in thresholds if _applies(one, measure, item) and one.covers(first)]
    targets = [target_of(threshold, points) for threshold in fitting]
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
    """The Target of a threshold on a course, given as Points of its measure.

    The target is the first score plus or minus the threshold's change, on the better side. For a measure that rates
    change itself (GROC) it is the threshold. size_of converts units; a threshold in a unit that cannot be converted has
    no target value.
    """
    scale, first = SCALES[threshold.measure], points[0].value
    if scale.rates_change:
        return _reached(threshold, threshold.value, points, scale)
    size = size_of(threshold, scale, first)
    if size is None:
        return Target(threshold, None, why_not="not drawn: its unit does not fit the scale")
    value = first + size if scale.higher_is_better else first - size
    if not scale.low <= value <= scale.high:
        return Target(threshold, None, why_not="cannot be reached: it lies beyond the end of the scale")
    return _reached(threshold, value, points[1:], scale)


def size_of(threshold, scale, first):
    """The threshold's change in the unit of the scale, or None if its unit cannot be converted.

    A percentage is of the first score. Points of 50 (NDI) count double on a percentage scale.
    """
    if threshold.unit.startswith("%"):
        return abs(first) * threshold.value / 100
    factors = {"percentage points": 1, "points of 50": 2} if scale.is_percentage else {"points": 1}
    factor = factors.get(threshold.unit)
    return factor and factor * threshold.value


def _reached(threshold, value, points, scale):
    good = (point.day for point in points if (point.value >= value if scale.higher_is_better else point.value <= value))
    return Target(threshold, value, next(good, None))
