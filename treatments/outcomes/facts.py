"""Signed needling sessions reduced to what the outcome figures need, and the summary cells that each counts in."""

from collections import Counter, defaultdict
from datetime import date
from functools import cache
from typing import NamedTuple

from django.db.models import OuterRef, Subquery, TextField, Value
from django.db.models.functions import Cast, Coalesce, NullIf

from patients.models.patient_key import person as the_person
from treatments.models import AdverseEvent, Axis, EventReport, Muscle, Needle, Needling
from treatments.record.corrections import counting_value

# Plain strings, because a member of a TextChoices and its value are equal but different dictionary keys.
SESSION, REGION, MUSCLE, POINT, NEEDLE, TECHNIQUE, DEPTH, PAIR, AREA = Axis.values
# The one (axis, key) that every session has.
EVERYTHING = (SESSION, "")
# Axes whose keys combine the keys of two other axes.
COMBINED = {PAIR: (TECHNIQUE, MUSCLE), AREA: (TECHNIQUE, REGION)}
# Axes on which adverse events are also counted by type and grade.
EVENT_AXES = {SESSION, REGION, MUSCLE, TECHNIQUE}
TWITCH_YES, TWITCH_NO, TWITCH_NOT_SOUGHT = 2, 1, 0
RANKS = {Needling.Twitch.YES.value: TWITCH_YES, Needling.Twitch.NO.value: TWITCH_NO}
# Positions in the numbers of a SessionSummary. From each of the first three on: sessions, sum of changes, of squares.
ALL, TWITCH, NO_TWITCH, EVENTS, SESSIONS_WITH_EVENT, LENGTH = 0, 3, 6, 9, 10, 14
# Where the sessions without a change are counted.
UNRATED = {ALL: 11, TWITCH: 12, NO_TWITCH: 13}
POSITIONS = {TWITCH_YES: (ALL, TWITCH), TWITCH_NO: (ALL, NO_TWITCH), TWITCH_NOT_SOUGHT: (ALL,)}
NOT_GRADED = "not_graded"
# A round number of our own: no published study divides needle depths into bands.
DEPTH_BAND_MM = 10
CHUNK = 5000


class AxisKey:
    """A key on an axis with the best twitch that a session had there: TWITCH_YES, TWITCH_NO or TWITCH_NOT_SOUGHT.

    There is one shared object for each (axis, key, twitch), and it is compared by identity. Counting a million
    sessions is fast enough only this way: rebuilding their summaries has 180 s (docs/outcomes-performance.md).
    """

    __slots__ = ("axis", "key", "twitch")

    def __init__(self, axis, key, twitch):
        self.axis, self.key, self.twitch = axis, key, twitch


AXIS_KEY = cache(AxisKey)


class Fact(NamedTuple):
    """One signed needling session.

    `keys` is {(axis, key): AxisKey} of all that was needled. `events` lists (type, current grade). `change` is in
    points of pain, after - before; None if pain was not rated after.
    """

    pk: str
    course: tuple  # (patient, episode or None)
    practitioner: int
    site: int
    month: date
    change: int | None
    keys: dict
    events: list
    co_treatments: str


def facts_of(sessions, month=None, events=None, keys_of=None):
    """A Fact for each signed needling session of a queryset that counts. Five queries.

    `month`, `events` (the result of `events_of`) and `keys_of` (that of `keys_of_needlings`) save reading them if they
    are known.
    """
    sessions = sessions.counting().signed().with_needling().order_by()
    keys = _keys(sessions, keys_of or keys_of_needlings())
    if events is None:
        events = events_of(AdverseEvent.objects.counting().filter(session__in=sessions))
    rows = sessions.with_counted_episode()
    rows = rows.annotate(person=the_person(), change=counting_value("pain_after") - counting_value("pain_before"))
    names = "person counted_episode practitioner context__site context__took_place_on change co_treatments".split()
    rows = rows.values_list(as_stored("pk"), *names).iterator(CHUNK)
    return [
        Fact(
            pk,
            (patient, episode),
            person,
            site,
            month or day.replace(day=1),
            change,
            keys[pk],
            events.get(pk, ()),
            between_spaces(co_treatments),
        )
        for pk, patient, episode, person, site, day, change, co_treatments in rows
    ]


def between_spaces(words):
    """The words in one text in which each can be found between spaces."""
    return f" {' '.join(words)} "


def as_stored(name):
    """The key `name` as text, as the database stores it: making and comparing a million UUIDs takes several seconds."""
    return Cast(name, TextField())


def keys_of_needlings():
    """A function that returns {(axis, key): AxisKey} from the values of a needling that are on an axis. Two queries."""
    regions, counted = {}, {}
    for pk, region, counts_as in Muscle.objects.values_list("pk", "region", "counts_as"):
        regions[pk], counted[pk] = region, counts_as or pk
    sizes = {pk: needle_size(*size) for pk, *size in Needle.objects.values_list("pk", "diameter_mm", "length_mm")}

    @cache  # most of the millions of rows are equal to earlier ones
    def keys_of_needling(twitch, muscle, point, needle, technique, depth):
        found = [EVERYTHING, (REGION, regions[muscle]), (MUSCLE, str(counted[muscle]))]
        if point is not None:
            found.append((POINT, str(point)))
        if needle is not None:
            found.append((NEEDLE, sizes[needle]))
        if technique:
            area = combined_key(technique, regions[muscle])
            found += [(TECHNIQUE, technique), (PAIR, combined_key(technique, counted[muscle])), (AREA, area)]
        if depth is not None:
            found.append((DEPTH, str(depth // DEPTH_BAND_MM * DEPTH_BAND_MM)))
        return {key: AXIS_KEY(*key, RANKS.get(twitch, TWITCH_NOT_SOUGHT)) for key in found}

    return keys_of_needling


def _keys(sessions, keys_of):
    """{session: {(axis, key): AxisKey}}. A session without needlings has EVERYTHING only."""
    keys = defaultdict(lambda: {EVERYTHING: AXIS_KEY(*EVERYTHING, TWITCH_NOT_SOUGHT)})
    rows = Needling.objects.needled().filter(session__in=sessions).order_by()
    rows = rows.values_list(
        as_stored("session"), "twitch", "muscle", "trigger_point", "needle", "technique", "depth_mm"
    )
    # Sorted by twitch, so that the best twitch at a key is written last.
    for session, *needling in sorted(rows.iterator(CHUNK), key=lambda row: RANKS.get(row[1], TWITCH_NOT_SOUGHT)):
        keys[session].update(keys_of(*needling))
    return keys


def combined_key(technique, place):
    """The key of a technique in a muscle (its primary key) or in a region. It starts with the technique."""
    return f"{technique} {place}"


def needle_size(diameter_mm, length_mm):
    """The size as printed on packs, such as 0.30×40: diameter and length in mm."""
    return f"{diameter_mm:.2f}×{length_mm}"


# The current grade of an AdverseEvent: that of its latest report, if there is any.
LATEST_GRADE = EventReport.objects.filter(event=OuterRef("pk")).order_by("-number").values("grade")[:1]
GRADE_NOW = Coalesce(NullIf(Coalesce(Subquery(LATEST_GRADE), "grade"), Value("")), Value(NOT_GRADED))


def events_of(events):
    """{session: [(type, current grade)]} of a queryset of AdverseEvents. One query."""
    by_session = defaultdict(list)
    for session, type_, grade in events.order_by().values_list(as_stored("session"), "type", GRADE_NOW):
        by_session[session].append((type_, grade))
    return by_session


# Cells -------------------------------------------------------------------------


def session_cells(facts, firsts):
    """{(axis, is_first, key, month, practitioner, site): numbers} of the SessionSummaries that these facts add up to.

    `firsts` are the keys of those facts that are the first session of their course. The numbers are in the order of
    the fields of SessionSummary after its cell. Equal sessions are counted first and then multiplied, because a
    million sessions have few different combinations of values: rebuilding their summaries has 180 s
    (docs/outcomes-performance.md).
    """
    equal = defaultdict(Counter)
    for fact in facts:
        for only_first in (False, True) if fact.pk in firsts else (False,):
            values = fact.month, fact.practitioner, fact.site, only_first, fact.change, len(fact.events)
            equal[values].update(fact.keys.values())
    cells = defaultdict(lambda: [0] * LENGTH)
    for (month, practitioner, site, only_first, change, events), counts in equal.items():
        for key, n in counts.items():
            numbers = cells[key.axis, only_first, key.key, month, practitioner, site]
            for position in POSITIONS[key.twitch]:
                numbers[position] += n
                if change is None:
                    numbers[UNRATED[position]] += n
                else:
                    numbers[position + 1] += n * change
                    numbers[position + 2] += n * change * change
            if events:
                numbers[EVENTS] += n * events
                numbers[SESSIONS_WITH_EVENT] += n
    return cells


def event_cells(facts, firsts):
    """{(axis, is_first, key, month, practitioner, site, type or grade): [events, sessions]} of the EventSummaries."""
    cells = defaultdict(lambda: [0, 0])
    for fact in facts:
        if not fact.events:
            continue
        counts = Counter(what for event in fact.events for what in event)
        for only_first in (False, True) if fact.pk in firsts else (False,):
            for axis, key in fact.keys:
                if axis in EVENT_AXES:
                    for what, number in counts.items():
                        numbers = cells[axis, only_first, key, fact.month, fact.practitioner, fact.site, what]
                        numbers[0] += number
                        numbers[1] += 1
    return cells


# Courses -----------------------------------------------------------------------


def first_drops(scores):
    """When pain before needling had first dropped by 1, 2, 3 ... points: {points: number of that session}.

    `scores` are the pain scores before needling, oldest first. Scores of 8, 7, 7, 5 give {1: 2, 2: 4, 3: 4}.
    """
    drops = {}
    for number, score in enumerate(scores, 1):
        for points in range(len(drops) + 1, scores[0] - score + 1):
            drops[points] = number
    return drops
