"""Where the numbers come from: the monthly summaries, or the rows themselves when those cannot tell.

Both answer the same questions with the same numbers; tests hold them against each other.
"""

from collections import Counter, defaultdict
from functools import cached_property
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, Exists, F, OuterRef, Q, Sum, Value, When
from django.db.models.functions import TruncMonth

from treatments.models import AdverseEvent, EventSummary, Muscle, Needling, SessionSummary, TriggerPoint

from .facts import (
    AREA,
    BOTH,
    CHUNK,
    DEPTH,
    DEPTH_BAND_MM,
    EVENT_AXES,
    EVERYTHING,
    MUSCLE,
    NEEDLE,
    NOT_GRADED,
    PAIR,
    POINT,
    REGION,
    TECHNIQUE,
    as_stored,
    needle_size,
    pair_of,
    regraded_of,
)
from .filters import FIRST, LATER, zone_names
from .sums import Sums, added

Twitch = Needling.Twitch


def source_of(filters, using="default"):
    """The quicker one of the two that can answer for these filters."""
    filters = filters.without_region_of_muscle()
    if filters.diagnosis or _place(filters) is None:
        return Rows(filters, using)
    return Summaries(filters, using)


def _place(filters):
    """The (axis, key) of the summaries that says what must have been needled; None when no axis says it all."""
    places = dict(filters.places)
    for axis, both in BOTH.items():
        if places.keys() == set(both):
            return axis, pair_of(*(places[part] for part in both))
    return None if len(places) > 1 else next(iter(places.items()), EVERYTHING)


class Summaries:
    """Reads the cells kept by treatments.services.summaries."""

    def __init__(self, filters, using="default"):
        self.filters, self.using = filters, using
        self.place = _place(filters)

    def cells(self):
        """{(practitioner, month): Sums}."""
        rows = self._cells(SessionSummary).filter(axis=self.place[0], key=self.place[1])
        return dict(self._summed(rows, "practitioner", "month"))

    def by(self, axis):
        """{key on this axis: Sums}; a session counts for every key that one of its needlings has."""
        if (within := self._within(axis)) is None:
            return Rows(self.filters, self.using).by(axis)
        cells, keys = within
        rows = self._cells(SessionSummary).filter(keys, axis=cells)
        told = self._summed(rows, "key")
        if cells == axis:
            return {key: sums for (key,), sums in told}
        part = BOTH[cells].index(axis)
        return {key.split()[part]: sums for (key,), sums in told}

    def events(self):
        """{type or grade of events: (events, sessions that had any)}."""
        if self.place[0] not in EVENT_AXES:
            return Rows(self.filters, self.using).events()
        rows = self._cells(EventSummary).filter(axis=self.place[0], key=self.place[1]).values("what")
        rows = rows.annotate(all_events=Sum(self._signed("events")), all_sessions=Sum(self._signed("sessions")))
        return {row["what"]: (row["all_events"], row["all_sessions"]) for row in rows if row["all_events"]}

    def _within(self, axis):
        """(axis of the cells that split the place by this axis, condition on their keys); None when there are none."""
        place, key = self.place
        if self.place == EVERYTHING:
            return axis, Q()
        if place == axis or axis in BOTH.get(place, ()):
            return place, Q(key=key)
        if (place, axis) == (REGION, MUSCLE):
            return axis, Q(key__in=_texts(Muscle.objects.filter(region=key)))
        if axis == POINT and place in (REGION, MUSCLE):
            word = "muscle__region" if place == REGION else "muscle"
            return axis, Q(key__in=_texts(TriggerPoint.objects.filter(**{word: key})))
        if (place, axis) == (AREA, MUSCLE):
            technique, region = key.split()
            return PAIR, Q(key__in=[pair_of(technique, pk) for pk in _texts(Muscle.objects.filter(region=region))])
        for cells, both in BOTH.items():
            if (place, axis) == both:
                return cells, Q(key__startswith=pair_of(key, ""))
            if (axis, place) == both:
                return cells, Q(key__in=[pair_of(technique, key) for technique in Needling.Technique.values])
        return None

    def _cells(self, model):
        # Later ones need both kinds; saying so leads the database to its index all the same.
        kinds = [False, True] if self.filters.visit == LATER else [self.filters.visit == FIRST]
        cells = model.objects.using(self.using).filter(self.filters.months(), self.filters.people())
        return cells.filter(is_first__in=kinds)

    def _signed(self, name):
        """Later sessions are all of them less the first ones."""
        if self.filters.visit != LATER:
            return F(name)
        return F(name) * Case(When(is_first=True, then=Value(-1)), default=Value(1))

    def _summed(self, rows, *names):
        """(values of the names, Sums) of each group of cells that holds a session."""
        totals = {f"all_{name}": Sum(self._signed(name)) for name in Sums._fields}
        for row in rows.values_list(*names).annotate(**totals).filter(all_sessions__gt=0):
            yield row[: len(names)], Sums(*row[len(names) :])


def _texts(entries):
    return [str(pk) for pk in entries.values_list("pk", flat=True)]


class Rows:
    """Reads the signed sessions and their needlings."""

    # What names a key on an axis, and how its text is made of it.
    KEYS = {
        REGION: (["muscle__region"], str),
        MUSCLE: (["muscle"], str),
        POINT: (["trigger_point"], str),
        NEEDLE: (["needle__diameter_mm", "needle__length_mm"], needle_size),
        TECHNIQUE: (["technique"], str),
        DEPTH: (["band"], lambda band: str(band * DEPTH_BAND_MM)),
        PAIR: (["technique", "muscle"], pair_of),
        AREA: (["technique", "muscle__region"], pair_of),
    }

    def __init__(self, filters, using="default"):
        self.filters, self.using = filters, using
        self.sessions = filters.sessions().using(using).order_by()
        self.needlings = filters.needlings().using(using)

    def cells(self):
        """{(practitioner, month): Sums}."""
        return added([*self._sessions_by_cell(), *self._events_by_cell()])

    def _sessions_by_cell(self):
        mine = self.needlings.filter(session=OuterRef("pk"))
        told = self.sessions.annotate(
            month=self._month("started_at", "practitioner"),
            points=F("pain_after") - F("pain_before"),
            seen=Exists(mine.filter(twitch=Twitch.YES)),
            sought=Exists(mine.filter(twitch__in=[Twitch.YES, Twitch.NO])),
        )
        rows = told.values_list("practitioner", "month", "points", "seen", "sought").annotate(n=Count("pk"))
        for practitioner, month, points, seen, sought, n in rows:
            yield (practitioner, month.date()), Sums.of(points, sessions=n, twitch=n * seen, sought=n * sought)

    def _events_by_cell(self):
        sessions = set()
        for session, place, *_ in self._events:
            yield place, Sums(events=1, sessions_with_event=session not in sessions)
            sessions.add(session)

    def by(self, axis):
        """{key on this axis: Sums}; a session counts for every key that one of its needlings has.

        Events, and twitches that were sought in vain, are not counted: nobody asks for them here, and it takes long.
        """
        names, text_of = self.KEYS[axis]
        rows = self.needlings.filter(self.filters.of_sessions("session", needled=False)).annotate(
            points=F("session__pain_after") - F("session__pain_before"), band=F("depth_mm") / DEPTH_BAND_MM
        )
        rows = rows.exclude(technique="") if axis in (TECHNIQUE, *BOTH) else rows.exclude(**{names[0]: None})
        counted = rows.values_list(*names, "points").annotate(
            n=Count("session", distinct=True),
            seen=Count("session", distinct=True, filter=Q(twitch=Twitch.YES)),
        )
        # Few sessions have events: asked for by themselves they are found from their events.
        with_event = rows.filter(session__events__isnull=False).values_list(*names)
        with_event = with_event.annotate(n=Count("session", distinct=True))
        return added(
            [
                *(
                    (text_of(*key), Sums.of(points, sessions=n, twitch=seen, sought=seen))
                    for *key, points, n, seen in counted
                ),
                *((text_of(*key), Sums(sessions_with_event=n)) for *key, n in with_event),
            ]
        )

    def events(self):
        """{type or grade of events: (events, sessions that had any)}."""
        events, sessions = Counter(), defaultdict(set)
        for session, _, *both in self._events:
            for what in both:
                events[what] += 1
                sessions[what].add(session)
        return {what: (n, len(sessions[what])) for what, n in events.items()}

    @cached_property
    def _events(self):
        """(session, (practitioner, month), type, present grade) of every event."""
        condition = self.filters.of_sessions("session")
        events = AdverseEvent.objects.using(self.using).filter(condition).order_by()
        regraded = regraded_of(events)
        rows = events.annotate(month=self._month("session__started_at", "session__practitioner")).values_list(
            as_stored("pk"), as_stored("session"), "session__practitioner", "month", "type", "grade"
        )
        return [
            (session, (practitioner, month.date()), type_, regraded.get(pk, grade) or NOT_GRADED)
            for pk, session, practitioner, month, type_, grade in rows.iterator(CHUNK)
        ]

    def _month(self, moment, practitioner):
        """The month of a moment on the clocks of the practitioner's site."""
        by_zone = [
            When(**{f"{practitioner}__site__timezone": name}, then=TruncMonth(moment, tzinfo=ZoneInfo(name)))
            for name in zone_names()
        ]
        return Case(*by_zone[1:], default=by_zone[0].result) if by_zone else TruncMonth(moment)
