"""What became of whole courses of treatment: from the pain before the first session to that before the latest."""

from collections import Counter
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal

from django.db.models import Case, Count, F, Q, Value, When
from django.db.models.functions import Substr

from treatments.estimates import Interval, Mean, mean_of, median_of_counts, wilson
from treatments.models import Threshold

PERCENT = "%"
POINTS = "points"


@dataclass(frozen=True)
class Group:
    """Courses counted by their first and latest pain: {(first, latest or None): how many}."""

    counts: Counter = field(default_factory=Counter)

    @property
    def courses(self):
        return self.counts.total()

    @property
    def changes(self):
        """{points, latest - first: courses} of those with both scores."""
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

    def responders(self, threshold):
        """How many with both scores fell by the threshold or more."""
        return sum(
            n
            for (first, latest), n in self.counts.items()
            if latest is not None and first - latest >= drop_needed(threshold, first)
        )

    def share_of_responders(self, threshold) -> Interval | None:
        return wilson(self.responders(threshold), self.measured)


@dataclass(frozen=True)
class Courses:
    patients: int
    closed: int
    closed_early: int
    everything: Group
    by_practitioner: dict[int, Group]
    # {number of the session: courses that first began there at or below the threshold's fall}
    sessions_to_response: Counter

    @property
    def median_sessions_to_response(self):
        return median_of_counts(self.sessions_to_response)

    @property
    def responded_at_some_time(self):
        return self.sessions_to_response.total()


def pain_thresholds():
    """Those that say how far pain must fall, by which courses can be judged."""
    return Threshold.objects.filter(measure=Threshold.Measure.NPRS, unit__in=[POINTS, PERCENT])


def drop_needed(threshold, first):
    """The whole points by which pain must fall from `first` to reach the threshold; at least 1.

    NPRS scores are whole numbers: a threshold of 1.5 points takes a fall of 2. A percentage is one of the first score.
    """
    needed = threshold.value if threshold.unit == POINTS else threshold.value * first / 100
    return max(1, int(Decimal(needed).to_integral_value(ROUND_CEILING)))


def courses_of(filters, threshold, using="default"):
    """The Courses that the filters let through; of no response without a threshold. At most three queries.

    A course counts once: in the month of its latest session, for the practitioner of that session. Its scores are
    missing while it has one session, and for sessions without a complaint, which may be about different things.
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
        by_practitioner.setdefault(practitioner, Group()).counts[first, latest] += n
        closed, closed_early = closed + of_these_closed, closed_early + of_these_early
    return Courses(
        patients=courses.values("patient").distinct().count(),
        closed=closed,
        closed_early=closed_early,
        everything=Group(everything),
        by_practitioner=by_practitioner,
        sessions_to_response=_sessions_to_response(courses, threshold) if threshold else Counter(),
    )


def _sessions_to_response(courses, threshold):
    # Course.reached has four characters for each point.
    number = [
        When(pain_first=first, then=Substr("reached", 4 * drop_needed(threshold, first) - 3, 3)) for first in range(11)
    ]
    rows = courses.exclude(reached="").annotate(number=Case(*number, default=Value("")))
    rows = rows.values_list("number").annotate(n=Count("pk"))
    return Counter({int(number): n for number, n in rows if number})
