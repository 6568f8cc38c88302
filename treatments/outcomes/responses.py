"""How many courses responded by a rule, and after how many treatments."""

import math
from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from django.db import connections
from django.db.models import Case, Count, F, IntegerField, Value, When

from treatments.chart.progress.figures import FEWEST
from treatments.estimates import Interval, Z
from treatments.models import Course

from .patients import FEWEST_PATIENTS, Clusters, as_sql, cluster_columns, share_of_clusters, sums_by


class Share(NamedTuple):
    """`part` of `n` courses, with the Clusters of both by patient."""

    part: int
    n: int
    clusters: Clusters

    @property
    def interval(self):
        """The Interval of the share, by patient; None with too few patients or without courses."""
        return share_of_clusters(self.part, self.n, self.clusters)

    @property
    def patients(self):
        return self.clusters.number


class Step(NamedTuple):
    """The Kaplan-Meier estimate after a number of treatments.

    `at_risk` courses had not responded before and were still followed. `share` is the estimated share that has
    responded by then, and `interval` its interval by patient, None with too few patients.
    """

    treatments: int
    at_risk: int
    responded: int
    share: float
    interval: Interval | None


@dataclass(frozen=True)
class Responses:
    """The courses that a rule is for.

    `available` are those with a second score; in `all`, courses without one count as no response. `undated` may be
    among them: it is not recorded exactly enough when the complaint began.
    """

    available: Share
    all: Share
    undated: int
    steps: list[Step]

    @property
    def missing(self):
        return self.all.n - self.available.n

    @property
    def responded(self):
        """The number of courses that had responded at some time, even if not at the end."""
        return sum(step.responded for step in self.steps)

    @property
    def shown_steps(self):
        """The steps up to the last one with FEWEST courses at risk."""
        return [step for step in self.steps if step.at_risk >= FEWEST or step.treatments == 0]

    @property
    def median(self):
        """The treatments after which half have responded, by the estimate; None if it does not reach a half."""
        return next((step.treatments for step in self.steps if step.share >= 0.5), None)


def responses_of(courses, rule):
    """The Responses of Filters.courses() by a ResponseRule. Three queries."""
    mine = courses.filter(rule.courses())
    sums = {
        "n": Count("pk"),
        "judged": Count("pain_end"),
        "responded": Count("pk", filter=rule.reached("pain_end")),
    }
    columns = ["SUM(n)", "SUM(judged)", "SUM(responded)"]
    columns += [*cluster_columns("judged", "responded"), *cluster_columns("n", "responded")]
    n, judged, responded, *fours = sums_by(mine.values("patient").annotate(**sums), [], columns)[()]
    available, everybody = Clusters(*fours[:4]), Clusters(*fours[4:])
    return Responses(
        Share(responded, judged, available),
        Share(responded, n, everybody),
        courses.filter(rule.undated()).count(),
        kaplan_meier(*_ends(mine, rule), patients=everybody.number),
    )


def _ends(courses, rule):
    """({end: courses}, {(end, end): pairs of courses of a patient}) of the courses, for kaplan_meier(). One query.

    The score before session 3 shows what two treatments have done. A course without a response is followed until its
    last score, before which one treatment fewer was given than it has sessions.
    """
    drops = {first: rule.drop_for(first) for first in rule.covered}
    session = Case(
        *(When(pain_first=first, then=F(f"drop_{drop}")) for first, drop in drops.items() if drop in Course.DROPS),
        default=None,
        output_field=IntegerField(),
    )
    rows = courses.annotate(at=session)
    rows = rows.annotate(responded=Case(When(at__lte=F("given"), then=Value(1)), default=Value(0)))
    time = Case(When(responded=1, then=F("at")), default=F("given"), output_field=IntegerField()) - 1
    sql, params = as_sql(rows.values("responded", course=F("pk"), person=F("patient"), time=time))
    columns = "one.time, one.responded, other.time, other.responded"
    # Only SQL from the ORM and names from here are put together; values are passed as parameters.
    sql = f"""
        WITH ends AS ({sql})
        SELECT {columns}, COUNT(*), COUNT(CASE WHEN one.course = other.course THEN 1 END)
        FROM ends one JOIN ends other ON other.person = one.person GROUP BY {columns}"""  # noqa: S608
    ends, pairs = Counter(), Counter()
    with connections[courses.db].cursor() as cursor:
        cursor.execute(sql, params)
        for time, responded, other_time, other_responded, n, same in cursor.fetchall():
            pairs[(time, responded), (other_time, other_responded)] = n
            ends[time, responded] += same
    return ends, pairs


def kaplan_meier(ends, pairs, *, patients):
    """The Steps, from 0 to the last time, of courses with these ends: (time, whether it responded then, 0 or 1).

    `ends` counts the courses by end, and `pairs` the pairs of ends of two courses of one patient, in both orders and
    with each course paired with itself.

    The estimate is Kaplan's and Meier's (1958). Its variance is Greenwood's if each patient has one course; several
    courses of one patient are added up first: sum over patients of (sum of (dN - Y h) / (n - d))^2 for log S, with the
    hazard h = d / n of each step. The interval is that of log(-log S).
    """
    events, leaving = Counter(), Counter()
    for (time, responded), n in ends.items():
        leaving[time] += n
        events[time] += n * responded
    # Courses with the same end have the same influence, so that only pairs of ends are counted.
    influence = dict.fromkeys(ends, 0.0)
    steps, at_risk, remaining = [], leaving.total(), 1.0
    for treatments in range(max(leaving, default=-1) + 1):
        d = events[treatments]
        if at_risk > d:
            for time, responded in influence:
                if time >= treatments:
                    now = (responded and time == treatments) - d / at_risk
                    influence[time, responded] += now / (at_risk - d)
        remaining *= 1 - d / at_risk
        variance = sum(n * influence[one] * influence[other] for (one, other), n in pairs.items())
        interval = _interval(remaining, variance) if patients >= FEWEST_PATIENTS else None
        steps.append(Step(treatments, at_risk, d, 1 - remaining, interval))
        at_risk -= leaving[treatments]
    return steps


def _interval(remaining, variance):
    """The Interval of 1 - S from the variance of log S; None where S is 0 or 1, of which it says nothing."""
    if not 0 < remaining < 1:
        return None
    half = Z * math.sqrt(variance) / abs(math.log(remaining))
    low, high = (remaining ** math.exp(sign * half) for sign in (-1, 1))
    return Interval(1 - low, 1 - high)
