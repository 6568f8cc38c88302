"""Outcomes of courses of treatment: the change of pain from before the first session to before the latest one."""

from collections import Counter
from dataclasses import dataclass, field

from django.db.models import Count, F, Q, Sum

from treatments.estimates import Mean, mean_of

from .patients import Clusters, clusters_by, mean_of_clusters

# The sums of a patient that make Clusters: courses with both scores, and their change.
CHANGES = ("rated", "change")
# The practitioner and the site of a course: see Filters.courses().
LINES = ["who", "site_of"]


@dataclass(frozen=True)
class CourseGroup:
    """Courses counted by their first and latest pain score: {(first, latest or None): number of courses}.

    `spread` has the Clusters `changes`: the courses with both scores of each patient.
    """

    counts: Counter = field(default_factory=Counter)
    spread: dict = field(default_factory=dict)

    @property
    def courses(self):
        return self.counts.total()

    @property
    def changes(self):
        """{latest - first: number of courses} of the courses with both scores."""
        changes = Counter()
        for (first, latest), n in self.counts.items():
            if latest is not None:
                changes[latest - first] += n
        return changes

    @property
    def measured(self):
        return self.changes.total()

    @property
    def missing(self):
        return self.courses - self.measured

    @property
    def mean(self) -> Mean | None:
        changes = self.changes
        total, squares = (sum(change**power * n for change, n in changes.items()) for power in (1, 2))
        return mean_of_clusters(mean_of(self.measured, total, squares), total, self._spread("changes"))

    @property
    def patients(self):
        """The patients with both scores in any of the courses."""
        return self._spread("changes").number

    def _spread(self, name):
        return self.spread.get(name, Clusters())


@dataclass(frozen=True)
class Courses:
    patients: int
    closed: int
    closed_early: int
    everything: CourseGroup
    by_practitioner: dict[int, CourseGroup]
    by_site: dict[int, CourseGroup]


def courses_of(filters, using="default"):
    """The Courses that match the filters. Four queries.

    A course counts once, for the practitioner of its latest session or, if the filters are for courses that began in
    the period, for that of its first one. It has no latest score while it has only one session. Sessions without an
    episode have none either: they may be about different complaints.
    """
    courses = filters.courses().using(using)
    everything, closed, closed_early = Counter(), 0, 0
    sums = {
        "n": Count("pk"),
        "rated": Count("pain_end"),
        "change": Sum(F("pain_end") - F("pain_first"), default=0),
    }
    of_patients = courses.values("patient").annotate(**sums)
    spread = clusters_by(of_patients, [], all=("n", "n"), changes=CHANGES)[()]
    by_who, by_where = ({key: CourseGroup(spread=of) for (key,), of in _spreads(courses, line, sums)} for line in LINES)
    is_closed = Q(episode__closed_on__isnull=False)
    rows = courses.values_list(*LINES, "pain_first", "pain_end").annotate(
        number=Count("pk"),
        closed=Count("pk", filter=is_closed),
        closed_early=Count("pk", filter=is_closed & Q(sessions__lt=F("episode__planned_sessions"))),
    )
    for who, where, first, latest, n, of_these_closed, of_these_early in rows:
        for counts in (everything, by_who[who].counts, by_where[where].counts):
            counts[first, latest] += n
        closed, closed_early = closed + of_these_closed, closed_early + of_these_early
    return Courses(
        patients=spread["all"].number,
        closed=closed,
        closed_early=closed_early,
        everything=CourseGroup(everything, spread),
        by_practitioner=by_who,
        by_site=by_where,
    )


def _spreads(courses, line, sums):
    return clusters_by(courses.values(line, "patient").annotate(**sums), [line], changes=CHANGES).items()
