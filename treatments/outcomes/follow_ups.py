"""What patients reported 24, 48 and 72 hours after needling, and how many of them were asked."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, Sum

from treatments.estimates import Interval, Mean, mean_of
from treatments.models import AdverseEvent, FollowUp, FollowUpFact
from treatments.record.corrections import counting_value
from treatments.record.follow_up_times import FIRST, LAST, NEAR, TIMES, time_of

from .facts import CHUNK, as_stored
from .patients import Clusters, cluster_columns, mean_of_clusters, share_of_clusters, sums_by

# The columns of FollowUpFact, and those of them that are counted or have a mean.
FIELDS = [field.name for field in FollowUpFact._meta.concrete_fields]
HEARD = [f"heard_{hours}" for hours in TIMES]
VALUES = [f"{what}_{hours}" for hours in TIMES for what in ("change", "soreness")]


@dataclass(frozen=True)
class Spread:
    """Values of sessions: their number, of how many patients, and their Mean, whose interval allows for patients with
    several sessions. The mean is None without values.
    """

    n: int
    patients: int
    mean: Mean | None


@dataclass(frozen=True)
class AtTime:
    """What was reported at one time after the session. `change` is pain then - pain before, in points."""

    hours: int
    asked: int
    change: Spread
    soreness: Spread

    @property
    def spreads(self):
        return [self.change, self.soreness]


@dataclass(frozen=True)
class FollowUps:
    """Of `sessions` needling sessions, how many were asked about, and in how many of those anything appeared later.

    `by_patient` are those that the patient answered alone and a therapist confirmed. `interval` is of the share of
    asked sessions with a later event, 0 to 1, and None with fewer than ten patients.
    """

    sessions: int
    asked: int
    by_patient: int
    patients: int
    with_event: int
    interval: Interval | None
    times: list[AtTime]


def follow_ups_of(filters, sessions, using="default"):
    """The FollowUps of the needling sessions that match the filters, of which there are `sessions`. One query.

    Only follow-ups from 12 to 84 hours after the start of a session count, and at each time the newest of a session.
    """
    facts = filters.facts().using(using).filter(follow_up__isnull=False)
    sums = {name: Sum(f"follow_up__{name}", default=0) for name in ("by_patient", "later_event", *HEARD)}
    for name in VALUES:
        value = F(f"follow_up__{name}")
        sums |= {f"n_{name}": Count(value), name: Sum(value, default=0), f"q_{name}": Sum(value * value, default=0)}
    of_patients = facts.values(patient=F("course__patient")).annotate(asked=Count("pk"), **sums)
    columns = ["SUM(asked)", *(f"SUM({name})" for name in sums)]
    columns += cluster_columns("asked", "later_event")
    columns += [column for name in VALUES for column in cluster_columns(f"n_{name}", name)]
    found = iter(sums_by(of_patients, [], columns)[()])
    asked, total = next(found), dict(zip(sums, found, strict=False))
    fours = [Clusters(*four) for four in zip(*[found] * 4, strict=True)]
    spreads = {
        name: _spread(total[f"n_{name}"], total[name], total[f"q_{name}"], clusters)
        for name, clusters in zip(VALUES, fours[1:], strict=True)
    }
    return FollowUps(
        sessions=sessions,
        asked=asked,
        by_patient=total["by_patient"],
        patients=fours[0].number,
        with_event=total["later_event"],
        interval=share_of_clusters(total["later_event"], asked, fours[0]),
        times=[
            AtTime(hours, total[f"heard_{hours}"], spreads[f"change_{hours}"], spreads[f"soreness_{hours}"])
            for hours in TIMES
        ],
    )


def _spread(n, total, squares, clusters):
    return Spread(n, clusters.number, mean_of_clusters(mean_of(n, total, squares), total, clusters))


def follow_up_rows(sessions):
    """Rows of FollowUpFact, in the order of FIELDS, of those of these sessions that count and were asked. One query."""
    heard = FollowUp.objects.counting().filter(
        session__in=sessions.counting().signed().with_needling().order_by().values("pk"),
        contacted_at__gte=F("session__started_at") + FIRST - NEAR,
        contacted_at__lt=F("session__started_at") + LAST,
    )
    later = AdverseEvent.objects.counting().filter(session=OuterRef("session"), appeared_later=True)
    heard = heard.annotate(before=counting_value("pain_before", "session__"), has_event=Exists(later))
    names = ["session__started_at", "contacted_at", "pain", "soreness", "before", "has_event", "patient_answers"]
    rows, at_times = {}, defaultdict(dict)
    for session, started_at, contacted_at, pain, soreness, before, has_event, own in (
        heard.order_by("contacted_at", "pk").values_list(as_stored("session"), *names).iterator(CHUNK)
    ):
        change = None if None in (pain, before) else pain - before
        at_times[session][time_of(started_at, contacted_at)] = 1, change, soreness
        rows[session] = int(own is not None), int(has_event)
    nothing = 0, None, None
    for session, own_and_event in rows.items():
        at = at_times[session]
        yield session, *own_and_event, *(value for hours in TIMES for value in at.get(hours, nothing))
