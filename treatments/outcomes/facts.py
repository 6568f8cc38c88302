"""What figures need to know of signed sessions, and in which cells of the summaries each of them counts."""

from collections import defaultdict
from datetime import date, datetime
from functools import cache
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from treatments.models import AdverseEvent, Axis, EventReport, Needling

# Plain values: a member of a TextChoices and its value are equal and yet not the same key of a dictionary.
SESSION, REGION, MUSCLE, POINT, NEEDLE, TECHNIQUE, DEPTH = Axis.values
EVERYTHING = (SESSION, "")
# Where events are counted by what they were, too.
EVENT_AXES = {SESSION, REGION, MUSCLE, TECHNIQUE}
TWITCH_YES, TWITCH_NO, TWITCH_NOT_SOUGHT = 2, 1, 0
RANKS = {Needling.Twitch.YES.value: TWITCH_YES, Needling.Twitch.NO.value: TWITCH_NO}
NOT_GRADED = "not_graded"
# Round tens, not findings: no published figure divides depths.
DEPTH_BAND_MM = 10
CHUNK = 5000


class Fact(NamedTuple):
    """One signed session.

    `keys` holds, for each value on each axis, what was seen of twitches there: TWITCH_YES, TWITCH_NO (sought, none) or
    TWITCH_NOT_SOUGHT. `events` are (type, present grade). `change` is in points of pain, after - before.
    """

    pk: UUID
    patient: int
    episode: int | None
    practitioner: int
    started_at: datetime
    month: date
    pain_before: int
    change: int
    keys: dict
    events: list

    @property
    def course(self):
        return self.patient, self.episode


def facts_of(sessions):
    """A Fact for each signed session of a queryset, course by course and in the order of time. Four queries."""
    sessions = sessions.signed()
    keys, events = _keys(sessions), _events(sessions)
    rows = sessions.order_by("patient", "episode", "started_at", "pk").values_list(
        "pk",
        "patient",
        "episode",
        "practitioner",
        "started_at",
        "pain_before",
        "pain_after",
        "practitioner__site__timezone",
    )
    return [
        Fact(pk, *who, at, local_month(at, zone), before, after - before, keys[pk], events[pk])
        for pk, *who, at, before, after, zone in rows.iterator(CHUNK)
    ]


zone_of = cache(ZoneInfo)


def local_month(at, zone):
    """The first day of the month in which a moment lies on the clocks of a time zone (its name)."""
    return at.astimezone(zone_of(zone)).date().replace(day=1)


def _keys(sessions):
    rows = Needling.objects.needled().filter(session__in=sessions).order_by()
    rows = rows.values_list(
        "session",
        "twitch",
        "muscle__region",
        "muscle",
        "trigger_point",
        "technique",
        "depth_mm",
        "needle__diameter_mm",
        "needle__length_mm",
    )
    keys = defaultdict(lambda: {EVERYTHING: TWITCH_NOT_SOUGHT})
    for session, twitch, *row in rows.iterator(CHUNK):
        rank, seen = RANKS.get(twitch, TWITCH_NOT_SOUGHT), keys[session]
        for key in _keys_of_row(*row):
            if seen.get(key, -1) < rank:
                seen[key] = rank
    return keys


def _keys_of_row(region, muscle, point, technique, depth, diameter, length):
    yield EVERYTHING
    yield REGION, region
    yield MUSCLE, str(muscle)
    if point is not None:
        yield POINT, str(point)
    if diameter is not None:
        yield NEEDLE, needle_size(diameter, length)
    if technique:
        yield TECHNIQUE, technique
    if depth is not None:
        yield DEPTH, str(depth // DEPTH_BAND_MM * DEPTH_BAND_MM)


def needle_size(diameter_mm, length_mm):
    return f"{diameter_mm:.2f}×{length_mm}"


def _events(sessions):
    rows = AdverseEvent.objects.filter(session__in=sessions).order_by("recorded_at", "pk")
    reports = EventReport.objects.filter(event__session__in=sessions).order_by("number")
    regraded = dict(reports.values_list("event", "grade"))
    events = defaultdict(list)
    for pk, session, type_, grade in rows.values_list("pk", "session", "type", "grade").iterator(CHUNK):
        events[session].append((type_, regraded.get(pk, grade) or NOT_GRADED))
    return events


# Cells -------------------------------------------------------------------------


def session_cells(fact, *, is_first):
    """((axis, is_first, key, month, practitioner), numbers) of every SessionSummary in which the session counts.

    The numbers are those of SessionSummary after its cell, in the order of its fields.
    """
    events = (len(fact.events), int(bool(fact.events)))
    of_change = (1, fact.change, fact.change**2)
    by_rank = {
        TWITCH_YES: (*of_change, *of_change, 0, 0, 0, *events),
        TWITCH_NO: (*of_change, 0, 0, 0, *of_change, *events),
        TWITCH_NOT_SOUGHT: (*of_change, 0, 0, 0, 0, 0, 0, *events),
    }
    for only_first in (False, True) if is_first else (False,):
        for (axis, key), rank in fact.keys.items():
            yield (axis, only_first, key, fact.month, fact.practitioner), by_rank[rank]


def event_cells(fact, *, is_first):
    """((axis, is_first, key, month, practitioner, what), (events, sessions)) of every EventSummary it counts in."""
    if not fact.events:
        return
    counts = defaultdict(int)
    for what in (what for event in fact.events for what in event):
        counts[what] += 1
    for only_first in (False, True) if is_first else (False,):
        for axis, key in fact.keys:
            if axis in EVENT_AXES:
                for what, number in counts.items():
                    yield (axis, only_first, key, fact.month, fact.practitioner, what), (number, 1)


# Courses -----------------------------------------------------------------------


def reached(scores):
    """Course.reached of pain scores before needling, oldest first.

    Of 8, 7, 7, 5: "2,4,4", because the second session began 1 point below the first, the fourth 2 and 3 points.
    """
    best, numbers = 0, []
    for number, score in enumerate(scores, 1):
        drop = scores[0] - score
        numbers += [number] * (drop - best)
        best = max(best, drop)
    return ",".join(map(str, numbers))
