"""The patients behind sessions: how many there are, and intervals that allow for several sessions of one patient."""

import math
from fractions import Fraction
from typing import NamedTuple

from django.db.models import Count, F, Q, Sum

from treatments.estimates import TAIL, Interval, beta_quantile, t_quantile

# Fewer patients give no reliable estimate of how much they differ. The number is our judgement.
FEWEST_PATIENTS = 10


class Clusters(NamedTuple):
    """Clusters, such as patients, with a size n and a sum y of values each: their number, and sums of products."""

    number: int
    n_n: int
    n_y: int
    y_y: int

    def variance_of_mean(self, n, total):
        """The cluster-robust variance of the mean total / n, as statsmodels has it (Liang and Zeger 1986).

        c / (c - 1) sum((y - n m)^2) / N^2 over the c clusters, with the mean m of all N values.
        """
        mean = Fraction(total, n)
        squares = self.y_y - 2 * mean * self.n_y + mean**2 * self.n_n
        return float(Fraction(self.number, self.number - 1) * squares / n**2)


def mean_of_clusters(mean, total, clusters):
    """The Mean of values that have this total, with the interval of Clusters: t with c - 1 degrees of freedom.

    The interval is None with fewer than FEWEST_PATIENTS. None stays None.
    """
    if mean is None:
        return None
    if clusters.number < FEWEST_PATIENTS:
        return mean._replace(interval=None)
    half = t_quantile(1 - TAIL, clusters.number - 1) * math.sqrt(clusters.variance_of_mean(mean.n, total))
    return mean._replace(interval=Interval(mean.mean - half, mean.mean + half))


def share_of_clusters(events, n, clusters):
    """The Interval of the proportion events / n of cases in Clusters; None with fewer than FEWEST_PATIENTS.

    The exact interval of as many independent cases as would have the same variance, at most n (Korn and Graubard 1998).
    """
    if clusters.number < FEWEST_PATIENTS:
        return None
    share, variance = events / n, clusters.variance_of_mean(n, events)
    if events in (0, n) or not variance:
        size = n
    else:
        size = (
            share
            * (1 - share)
            / variance
            * (t_quantile(1 - TAIL, n - 1) / t_quantile(1 - TAIL, clusters.number - 1)) ** 2
        )
    size = min(n, size)
    cases = share * size
    low = beta_quantile(TAIL, cases, size - cases + 1) if events else 0.0
    high = beta_quantile(1 - TAIL, cases + 1, size - cases) if events < n else 1.0
    return Interval(low, high)


class PatientsOfSessions(NamedTuple):
    """The patients and courses that have any of the sessions.

    `changes` are the Clusters of their changes of pain, of sessions with both scores; `events` those of their sessions
    with any adverse event, of all sessions.
    """

    patients: int
    courses: int
    changes: Clusters
    events: Clusters


def patients_of(filters, using="default"):
    """The PatientsOfSessions of the needling sessions that match the filters. One query."""
    by_patient = filters.facts().using(using).values("course__patient")
    by_patient = by_patient.annotate(
        n=Count("pk"),
        rated=Count("change"),
        total=Sum("change", default=0),
        hits=Count("pk", filter=Q(events__gt=0)),
        of_courses=Count("course", distinct=True),
    )
    found = by_patient.aggregate(
        patients=Count("n"),
        courses=Sum("of_courses", default=0),
        rated_patients=Count("n", filter=Q(rated__gt=0)),
        rated_rated=Sum(F("rated") * F("rated"), default=0),
        rated_total=Sum(F("rated") * F("total"), default=0),
        total_total=Sum(F("total") * F("total"), default=0),
        n_n=Sum(F("n") * F("n"), default=0),
        n_hits=Sum(F("n") * F("hits"), default=0),
        hits_hits=Sum(F("hits") * F("hits"), default=0),
    )
    changes = [int(found[name]) for name in ("rated_patients", "rated_rated", "rated_total", "total_total")]
    events = [int(found[name]) for name in ("patients", "n_n", "n_hits", "hits_hits")]
    return PatientsOfSessions(found["patients"], int(found["courses"]), Clusters(*changes), Clusters(*events))
