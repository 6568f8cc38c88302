"""Outcomes of courses of treatment: the change of pain from before the first session to before the latest one."""

from collections import Counter
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal

from django.db.models import Case, Count, F, Q, When

from treatments.estimates import Interval, Mean, mean_of, median_of_counts, share_of
from treatments.models import Course, Threshold

PERCENT = "%"
POINTS = "points"


@dataclass(frozen=True)
class CourseGroup:
    """Courses counted by their first and latest pain score: {(first, latest or None): number of courses}."""

    counts: Counter = field(default_factory=Counter)

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
        return mean_of(self.measured, total, squares)

    def judged(self, threshold):
        """The number of courses with both scores whose first score is in the range of the threshold."""
        return sum(n for (first, latest), n in self.counts.items() if latest is not None and threshold.covers(first))

    def responders(self, threshold):
        """The number of these courses whose pain fell by the threshold or more."""
        return sum(
            n
            for (first, latest), n in self.counts.items()
            if latest is not None and threshold.covers(first) and first - latest >= drop_needed(threshold, first)
        )

    def share_of_responders(self, threshold) -> Interval | None:
        return share_of(self.responders(threshold), self.judged(threshold))


@dataclass(frozen=True)
class Courses:
    patients: int
    closed: int
    closed_early: int
    everything: CourseGroup
    by_practitioner: dict[int, CourseGroup]
    # {session number: courses in which pain had first fallen by the threshold before that session}
    sessions_to_response: Counter

    @property
    def median_sessions_to_response(self):
        return median_of_counts(self.sessions_to_response)

    @property
    def responded_at_some_time(self):
        return self.sessions_to_response.total()


def pain_thresholds():
    """The thresholds for the change of pain (NPRS), in points or percent, by which courses can be judged."""
    return Threshold.objects.in_use().filter(measure=Threshold.Measure.NPRS, unit__in=[POINTS, PERCENT])


def drop_needed(threshold, first):
    """The number of whole points by which pain must fall from `first` to reach the threshold; at least 1.

    NPRS scores are whole numbers, so a threshold of 1.5 points needs a fall of 2. A percentage is of the first score.
    """
    needed = threshold.value if threshold.unit == POINTS else threshold.value * first / 100
    return max(1, int(Decimal(needed).to_integral_value(ROUND_CEILING)))


def courses_of(filters, threshold, using="default"):
    """The Courses that match the filters; without a threshold, their responses are not counted. Up to three queries.

    A course counts once, in the month of its latest session and for the practitioner of that session. It has no latest
    score while it has only one session. Sessions without an episode have none either: they may be about different
    complaints.
    """
    courses = filters.courses().using(using).order_by()
    everything, by_practitioner, closed, closed_early = Counter(), {}, 0, 0
    is_closed = Q(episode__closed_on__isnull=False)
    rows = courses.values_list("practitioner", "pain_first", "pain_last").annotate(
        n=Count("pk"),
        closed=Count("pk", filter=is_closed),
        closed_early=Count("pk", filter=is_closed & Q(sessions__lt=F("episode__planned_sessions"))),
    )
    for practitioner, first, latest, n, of_these_closed, of_these_early in rows:
        everything[first, latest] += n
        by_practitioner.setdefault(practitioner, CourseGroup()).counts[first, latest] += n
        closed, closed_early = closed + of_these_closed, closed_early + of_these_early
    return Courses(
        patients=courses.values("patient").distinct().count(),
        closed=closed,
        closed_early=closed_early,
        everything=CourseGroup(everything),
        by_practitioner=by_practitioner,
        sessions_to_response=_sessions_to_response(courses, threshold) if threshold else Counter(),
    )


def _sessions_to_response(courses, threshold):
    """{session number: courses}, with the number from the drop_ field for the points that each first score needs."""
    drops = {first: drop_needed(threshold, first) for first in Course.PAIN_SCORES if threshold.covers(first)}
    session = Case(
        *(When(pain_first=first, then=F(f"drop_{drop}")) for first, drop in drops.items() if drop in Course.DROPS)
    )
    rows = courses.annotate(session=session).values_list("session").annotate(n=Count("pk"))
    return Counter({session: n for session, n in rows if session})
