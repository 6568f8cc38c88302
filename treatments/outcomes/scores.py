"""Changes of outcome measures over courses, from the first to the latest score, with published thresholds."""

from collections import Counter, defaultdict
from itertools import groupby
from typing import NamedTuple

from patients.models.patient_key import person
from treatments.chart.progress.score_progress import size_of
from treatments.estimates import Mean, mean_of
from treatments.models import SCALES, OutcomeScore, Threshold

from .patients import Clusters, mean_of_clusters
from .rules import UNSURE_DAYS

Kind = Threshold.Kind


class ResponderCount(NamedTuple):
    """The number of courses that improved by a threshold or more, of those with two scores that it is for."""

    threshold: Threshold
    courses: int
    judged: int


class ScoreChange(NamedTuple):
    """One measure. `mean` is of the change from the first to the latest score; for GROC, of the latest score itself.

    `missing` counts courses with a single score; `patients` are those of the mean, and its interval is by patient.
    Each PSFS activity and each NPRS window counts separately.
    """

    name: str
    unit: str
    direction: str
    mean: Mean | None
    missing: int
    patients: int
    reached: list[ResponderCount]


def score_changes_of(filters, using="default"):
    """A ScoreChange for each measure scored in the courses of the filters, in the order of SCALES. Three queries."""
    courses = filters.courses().using(using).filter(episode__isnull=False)
    rows = OutcomeScore.objects.using(using).current().filter(episode__in=courses.values("episode"))
    rows = (
        rows.annotate(person=person("episode__patient"))
        .order_by("measure", "episode", "item", "scored_on", "recorded_at")
        .values_list("measure", "episode", "item", "person", "value")
    )
    thresholds = {}
    published = Threshold.objects.using(using).in_use()
    for threshold in published.filter(measure__in=list(SCALES), kind__in=[Kind.MDC, Kind.MCID]):
        thresholds.setdefault(threshold.measure, []).append(threshold)
    complaints = _complaints_of(courses.filter(episode__in=OutcomeScore.objects.order_by().values("episode")))
    found = {
        measure: _score_change(measure, list(of_measure), thresholds.get(measure, []), complaints)
        for measure, of_measure in groupby(rows.iterator(5000), lambda row: row[0])
    }
    return [found[measure] for measure in SCALES if measure in found]


def _complaints_of(courses):
    """{id of the episode: (its region, for how many days it had lasted at least at the first session)} of courses.

    The days are 0 if it is not recorded when the complaint began.
    """
    fields = ("episode", "episode__region", "began_on", "episode__onset_on", "episode__onset_precision")
    return {
        episode: (region, (began_on - onset_on).days - UNSURE_DAYS[precision] if onset_on else 0)
        for episode, region, began_on, onset_on, precision in courses.values_list(*fields)
    }


def _score_change(measure, rows, thresholds, complaints):
    scale, ends, missing, by_patient = SCALES[measure], [], 0, defaultdict(list)
    for (episode, _, patient), scores in groupby(rows, lambda row: row[1:4]):
        values = [value for *_, value in scores]
        if not scale.rates_change and len(values) == 1:
            missing += 1
            continue
        ends.append((0 if scale.rates_change else values[0], values[-1], *complaints[episode]))
        by_patient[patient].append(ends[-1][1] - ends[-1][0])
    changes = [latest - first for first, latest, *_ in ends]
    clusters = Clusters.of((len(mine), sum(mine)) for mine in by_patient.values())
    mean = mean_of(len(changes), sum(changes), sum(change * change for change in changes))
    reached, judged = Counter(), Counter()
    for first, latest, region, lasted_days in ends:
        better = latest - first if scale.higher_is_better else first - latest
        for threshold in thresholds:
            size = threshold.value if scale.rates_change else size_of(threshold, scale, first)
            is_for = size is not None and threshold.covers(first) and threshold.is_for(region, lasted_days)
            judged[threshold] += is_for
            reached[threshold] += is_for and better >= size
    return ScoreChange(
        Threshold.Measure(measure).label,
        "%" if scale.is_percentage else "points",
        scale.direction,
        mean_of_clusters(mean, sum(changes), clusters),
        missing,
        clusters.number,
        [
            ResponderCount(threshold, n, judged[threshold])
            for threshold, n in reached.items()
            if _has_unit_of(scale, threshold)
        ],
    )


def _has_unit_of(scale, threshold):
    """Whether the threshold can be converted to the unit of the scale."""
    return scale.rates_change or size_of(threshold, scale, scale.high) is not None
