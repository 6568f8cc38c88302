"""What figures need to know of signed sessions, and in which cells of the summaries each of them counts."""

from collections import Counter, defaultdict
from datetime import date
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import F, OuterRef, Subquery, TextField
from django.db.models.functions import Cast, Coalesce

from treatments.models import AdverseEvent, Axis, EventReport, Muscle, Needle, Needling, SessionFact

# Plain values: a member of a TextChoices and its value are equal and yet not the same key of a dictionary.
SESSION, REGION, MUSCLE, POINT, NEEDLE, TECHNIQUE, DEPTH, PAIR, AREA = Axis.values
EVERYTHING = (SESSION, "")
# What a key of two words says.
BOTH = {PAIR: (TECHNIQUE, MUSCLE), AREA: (TECHNIQUE, REGION)}
# Where events are counted by what they were, too.
EVENT_AXES = {SESSION, REGION, MUSCLE, TECHNIQUE}
TWITCH_YES, TWITCH_NO, TWITCH_NOT_SOUGHT = 2, 1, 0
RANKS = {Needling.Twitch.YES.value: TWITCH_YES, Needling.Twitch.NO.value: TWITCH_NO}
# Where the numbers of a SessionSummary tell of such sessions: among all of them, and by themselves.
TOLD_AT = {TWITCH_YES: (0, 3), TWITCH_NO: (0, 6), TWITCH_NOT_SOUGHT: (0,)}
NOT_GRADED = "not_graded"
# Round tens, not findings: no published figure divides depths.
DEPTH_BAND_MM = 10
CHUNK = 5000


class Seen:
    """A key of an axis, and of twitches there TWITCH_YES, TWITCH_NO (sought, none) or TWITCH_NOT_SOUGHT.

    One object for all sessions: to count objects, Python need not look into them.
    """

    __slots__ = ("axis", "key", "twitch")

    def __init__(self, axis, key, twitch):
        self.axis, self.key, self.twitch = axis, key, twitch


class Fact(NamedTuple):
    """One signed session.

    `keys` holds a Seen for each value on each axis. `events` are (type, present grade). `change` is in points of pain,
    after - before.
    """

    pk: str
    course: tuple  # (patient, episode or None)
    practitioner: int
    month: date
    change: int
    keys: dict
    events: list


def facts_of(sessions, month=None, events=None):
    """A Fact for each signed session of a queryset. Five queries.

    `month` and `events` (as of `events_of`) spare working them out when they are known. Without `month` a session
    that was counted stays in the month where it was, also when its practitioner's clock has become another.
    """
    sessions = sessions.signed().order_by()
    keys = _keys(sessions)
    if events is None:
        events = events_of(AdverseEvent.objects.filter(session__in=sessions))
    rows = sessions.annotate(change=F("pain_after") - F("pain_before"))
    kept = Subquery(SessionFact.objects.filter(session=OuterRef("pk")).values("month"))
    when = [] if month else [kept, "started_at", "practitioner__site__timezone"]
    rows = rows.values_list(as_stored("pk"), "patient", "episode", "practitioner", "change", *when)
    return [
        Fact(pk, (patient, episode), practitioner, month or _month(*when), change, keys[pk], events.get(pk, ()))
        for pk, patient, episode, practitioner, change, *when in rows.iterator(CHUNK)
    ]


def _month(kept, at, zone):
    return kept or local_month(at, zone)


def as_stored(name):
    """A key as text, as the database writes it: a million of UUIDs take seconds to make and as many to compare."""
    return Cast(name, TextField())


def local_month(at, zone):
    """The first day of the month in which a moment lies on the clocks of a time zone (its name)."""
    return at.astimezone(ZoneInfo(zone)).date().replace(day=1)


def _keys(sessions):
    """{session: {(axis, key): Seen}}; a session without a needle has EVERYTHING only."""
    regions = dict(Muscle.objects.values_list("pk", "region"))
    sizes = {pk: needle_size(*size) for pk, *size in Needle.objects.values_list("pk", "diameter_mm", "length_mm")}

    seen = cache(Seen)

    @cache  # millions of rows are alike
    def seen_at(twitch, muscle, point, needle, technique, depth):
        found = [EVERYTHING, (REGION, regions[muscle]), (MUSCLE, str(muscle))]
        if point is not None:
            found.append((POINT, str(point)))
        if needle is not None:
            found.append((NEEDLE, sizes[needle]))
        if technique:
            area = pair_of(technique, regions[muscle])
            found += [(TECHNIQUE, technique), (PAIR, pair_of(technique, muscle)), (AREA, area)]
        if depth is not None:
            found.append((DEPTH, str(depth // DEPTH_BAND_MM * DEPTH_BAND_MM)))
        return {key: seen(*key, RANKS.get(twitch, TWITCH_NOT_SOUGHT)) for key in found}

    keys = defaultdict(lambda: {EVERYTHING: seen(*EVERYTHING, TWITCH_NOT_SOUGHT)})
    rows = Needling.objects.needled().filter(session__in=sessions).order_by()
    rows = rows.values_list(
        as_stored("session"), "twitch", "muscle", "trigger_point", "needle", "technique", "depth_mm"
    )
    # What was seen is written over what was not.
    for session, *needling in sorted(rows.iterator(CHUNK), key=lambda row: RANKS.get(row[1], TWITCH_NOT_SOUGHT)):
        keys[session].update(seen_at(*needling))
    return keys


def pair_of(technique, place):
    """The key of a technique in a muscle (its primary key) or in a region; those of one technique stand together."""
    return f"{technique} {place}"


def needle_size(diameter_mm, length_mm):
    """0.30×40: diameter and length in mm, as needles are sold."""
    return f"{diameter_mm:.2f}×{length_mm}"


def events_of(events):
    """{session: [(type, present grade)]} of a queryset of events. One query."""
    latest = EventReport.objects.filter(event=OuterRef("pk")).order_by("-number").values("grade")[:1]
    told = defaultdict(list)
    rows = events.order_by().values_list(as_stored("session"), "type", Coalesce(Subquery(latest), "grade"))
    for session, type_, grade in rows:
        told[session].append((type_, grade or NOT_GRADED))
    return told


# Cells -------------------------------------------------------------------------


def session_cells(facts, firsts):
    """{(axis, is_first, key, month, practitioner): numbers} of the SessionSummaries that these facts add up to.

    `firsts` are the keys of the facts that are the first of their course. Numbers as in SessionSummary, after its cell.
    Equal sessions are counted first and multiplied then: a million of them fall into few kinds.
    """
    alike = defaultdict(Counter)
    for fact in facts:
        for only_first in (False, True) if fact.pk in firsts else (False,):
            alike[fact.month, fact.practitioner, only_first, fact.change, len(fact.events)].update(fact.keys.values())
    cells = defaultdict(lambda: [0] * 11)
    for (month, practitioner, only_first, change, events), counts in alike.items():
        for seen, n in counts.items():
            numbers = cells[seen.axis, only_first, seen.key, month, practitioner]
            for at in TOLD_AT[seen.twitch]:
                numbers[at] += n
                numbers[at + 1] += n * change
                numbers[at + 2] += n * change * change
            if events:
                numbers[9] += n * events
                numbers[10] += n
    return cells


def event_cells(facts, firsts):
    """{(axis, is_first, key, month, practitioner, what): [events, sessions]} of the EventSummaries they add up to."""
    cells = defaultdict(lambda: [0, 0])
    for fact in facts:
        if not fact.events:
            continue
        counts = Counter(what for event in fact.events for what in event)
        for only_first in (False, True) if fact.pk in firsts else (False,):
            for axis, key in fact.keys:
                if axis in EVENT_AXES:
                    for what, number in counts.items():
                        numbers = cells[axis, only_first, key, fact.month, fact.practitioner, what]
                        numbers[0] += number
                        numbers[1] += 1
    return cells


# Courses -----------------------------------------------------------------------


def reached(scores):
    """Course.reached of pain scores before needling, oldest first.

    Of 8, 7, 7, 5: "002,004,004", because the second session began 1 point below the first, the fourth 2 and 3 points.
    """
    best, numbers = 0, []
    for number, score in enumerate(scores, 1):
        drop = scores[0] - score
        numbers += [number] * (drop - best)
        best = max(best, drop)
    return ",".join(f"{min(number, 999):03}" for number in numbers)
