"""The rows of the tables and plots of the outcome review, and their labels."""

from dataclasses import dataclass
from typing import NamedTuple

from patients.models import BodyRegion
from treatments.estimates import Mean
from treatments.models import Muscle, Needling, TargetKind, TriggerPoint
from treatments.record.targets import shown_name

from .baseline import Baseline
from .courses import CourseGroup
from .facts import DEPTH, DEPTH_BAND_MM, MUSCLE, NEEDLE, POINT, REGION, TECHNIQUE
from .forest import ForestEntry
from .patients import Clusters, share_of_clusters
from .spread import Spread
from .sums import SessionSums


@dataclass(frozen=True)
class TableRow:
    """One row of a table. That of a practitioner or site also has the CourseGroup and Baseline of its courses."""

    label: str
    sums: SessionSums
    spread: Spread
    courses: CourseGroup | None = None
    baseline: Baseline | None = None

    @property
    def mean(self):
        """The mean change of pain within a session, with an interval by patient."""
        return self.spread.mean(self.sums)

    @property
    def event_share(self):
        return self.spread.event_share(self.sums)


class MeanRow(NamedTuple):
    """A group of sessions; `patients` are those of the `mean`."""

    label: str
    sessions: int
    patients: int
    mean: Mean | None


@dataclass(frozen=True)
class EventRow:
    """Events of one type or grade in `n` sessions. `clusters` are the sessions with any, by patient."""

    label: str
    events: int
    sessions: int
    patients: int  # with any
    n: int
    clusters: Clusters
    published: float | None = None

    @property
    def per_100(self):
        return 100 * self.events / self.n if self.n else None

    @property
    def sessions_per_100(self):
        return 100 * self.sessions / self.n if self.n else None

    @property
    def interval(self):
        """The Interval of the share of sessions with any, 0 to 1, by patient; None with too few patients."""
        return share_of_clusters(self.sessions, self.n, self.clusters)

    @property
    def at_most(self):
        """The upper bound of the interval if there were no events; otherwise None."""
        return self.interval.high if self.interval and not self.events else None


def forest_entry(row):
    """The ForestEntry of a row with a label and a mean."""
    if row.mean is None:
        return ForestEntry(row.label, 0)
    low, high = row.mean.interval or (None, None)
    return ForestEntry(row.label, row.mean.n, row.mean.mean, low, high)


# Labels of the keys of an axis. Each function takes the keys and returns {key: label}.


def _muscle_labels(keys):
    entries = Muscle.objects.values_list("pk", shown_name(), "kind")
    return {
        str(pk): name if kind == TargetKind.MUSCLE else f"{name} ({TargetKind(kind).label.lower()})"
        for pk, name, kind in entries
    }


def _point_labels(keys):
    points = TriggerPoint.objects.values_list("pk", shown_name("muscle__"), "label")
    return {str(pk): f"{muscle}, {label}" for pk, muscle, label in points}


def _depth_labels(keys):
    return {key: f"{key} to {int(key) + DEPTH_BAND_MM - 1} mm" for key in keys}


LABELS = {
    MUSCLE: _muscle_labels,
    POINT: _point_labels,
    REGION: lambda keys: dict(BodyRegion.choices),
    NEEDLE: lambda keys: {key: f"{key} mm" for key in keys},
    TECHNIQUE: lambda keys: dict(Needling.Technique.choices),
    DEPTH: _depth_labels,
}
