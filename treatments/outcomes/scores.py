"""Changes of outcome measures over courses, from the first to the latest score, with published thresholds."""

from collections import Counter
from itertools import groupby
from typing import NamedTuple

from treatments.chart.progress.score_progress import size_of
from treatments.estimates import Mean, mean_of
from treatments.models import SCALES, OutcomeScore, Threshold

Kind = Threshold.Kind


class ResponderCount(NamedTuple):
    """The number of courses with two scores that improved by a threshold or more."""

    threshold: Threshold
    courses: int


class ScoreChange(NamedTuple):
    """One measure. `mean` is of the change from the first to the latest score; for GROC, of the latest score itself.

    `missing` counts courses with a single score. Each PSFS activity and each NPRS window counts separately.
    """

    name: str
    unit: str
    direction: str
    mean: Mean | None
    missing: int
    reached: list[ResponderCount]


def score_changes_of(filters, using="default"):
    """A ScoreChange for each measure scored in the courses of the filters, in the order of SCALES. Two queries."""
    episodes = filters.courses().using(using).filter(episode__isnull=False).values("episode")
    rows = OutcomeScore.objects.using(using).current().filter(episode__in=episodes)
    rows = rows.order_by("measure", "episode", "item", "scored_on", "recorded_at").values_list(
        "measure", "episode", "item", "value"
    )
    thresholds = {}
    published = Threshold.objects.using(using).in_use()
    for threshold in published.filter(measure__in=list(SCALES), kind__in=[Kind.MDC, Kind.MCID]):
        thresholds.setdefault(threshold.measure, []).append(threshold)
    found = {
        measure: _score_change(measure, list(of_measure), thresholds.get(measure, []))
        for measure, of_measure in groupby(rows.iterator(5000), lambda row: row[0])
    }
    return [found[measure] for measure in SCALES if measure in found]


def _score_change(measure, rows, thresholds):
    scale, ends, missing = SCALES[measure], [], 0
    for _, scores in groupby(rows, lambda row: row[1:3]):
        values = [value for *_, value in scores]
        if scale.rates_change:
            ends.append((0, values[-1]))
        elif len(values) > 1:
            ends.append((values[0], values[-1]))
        else:
            missing += 1
    changes = [latest - first for first, latest in ends]
    reached = Counter()
    for first, latest in ends:
        better = latest - first if scale.higher_is_better else first - latest
        for threshold in thresholds:
            size = threshold.value if scale.rates_change else size_of(threshold, scale, first)
            reached[threshold] += size is not None and threshold.covers(first) and better >= size
    return ScoreChange(
        Threshold.Measure(measure).label,
        "%" if scale.is_percentage else "points",
        scale.direction,
        mean_of(len(changes), sum(changes), sum(change * change for change in changes)),
        missing,
        [ResponderCount(threshold, n) for threshold, n in reached.items() if _has_unit_of(scale, threshold)],
    )


def _has_unit_of(scale, threshold):
    """Whether the threshold can be converted to the unit of the scale."""
    return scale.rates_change or size_of(threshold, scale, scale.high) is not None
