"""Where the numbers come from: the monthly summaries, or the rows themselves when those cannot tell.

Both answer the same questions with the same numbers; tests hold them against each other.
"""

from django.db.models import Case, Count, Exists, F, OuterRef, Q, Sum, Value, When
from django.db.models.functions import TruncMonth

from treatments.models import AdverseEvent, EventSummary, Muscle, Needling, SessionSummary, TriggerPoint

from .facts import (
    DEPTH,
    DEPTH_BAND_MM,
    EVERYTHING,
    MUSCLE,
    NEEDLE,
    NOT_GRADED,
    POINT,
    REGION,
    TECHNIQUE,
    needle_size,
    zone_of,
)
from .filters import FIRST, LATER, zone_names
from .sums import Sums, added


def source_of(filters, using="default"):
    """The quicker one of the two that can answer for these filters."""
    filters = filters.without_region_of_muscle()
    if filters.diagnosis or len(filters.places) > 1:
        return Rows(filters, using)
    return Summaries(filters, using)


class Summaries:
    """Reads the cells kept by treatments.services.summaries."""

    def __init__(self, filters, using="default"):
        self.filters, self.using = filters, using
        (self.place,) = filters.places or [EVERYTHING]

    def cells(self):
        """{(practitioner, month): Sums}."""
        rows = self._cells(SessionSummary).filter(axis=self.place[0], key=self.place[1])
        return dict(self._summed(rows, "practitioner", "month"))

    def by(self, axis):
        """{key on this axis: Sums}; a session counts for every key that one of its needlings has."""
        keys = self._keys_within(axis)
        if keys is None:
            return Rows(self.filters, self.using).by(axis)
        rows = self._cells(SessionSummary).filter(keys, axis=axis)
        return {key: sums for (key,), sums in self._summed(rows, "key")}

    def events(self):
        """{type or grade of events: (events, sessions that had any)}."""
        rows = self._cells(EventSummary).filter(axis=self.place[0], key=self.place[1]).values("what")
        rows = rows.annotate(all_events=Sum(self._signed("events")), all_sessions=Sum(self._signed("sessions")))
        return {row["what"]: (row["all_events"], row["all_sessions"]) for row in rows if row["all_events"]}

    def _keys_within(self, axis):
        """The condition that says the place by this axis alone; None when the summaries do not know."""
        if self.place == EVERYTHING:
            return Q()
        place, key = self.place
        if place == axis:
            return Q(key=key)
        if place == REGION and axis == MUSCLE:
            return Q(key__in=_texts(Muscle.objects.filter(region=key)))
        if axis == POINT and place in (REGION, MUSCLE):
            word = "muscle__region" if place == REGION else "muscle"
            return Q(key__in=_texts(TriggerPoint.objects.filter(**{word: key})))
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
    }

    def __init__(self, filters, using="default"):
        self.filters, self.using = filters, using
        self.sessions = filters.sessions().using(using).order_by()
        self.needlings = filters.needlings().using(using)

    def cells(self):
        """{(practitioner, month): Sums}."""
        return added([*self._cells(), *self._events_by_cell()])

    def _cells(self):
        mine = self.needlings.filter(session=OuterRef("pk"))
        told = self.sessions.annotate(
            points=F("pain_after") - F("pain_before"),
            seen=Exists(mine.filter(twitch=Needling.Twitch.YES)),
            sought=Exists(mine.filter(twitch__in=[Needling.Twitch.YES, Needling.Twitch.NO])),
            had_event=Exists(AdverseEvent.objects.filter(session=OuterRef("pk"))),
        )
        for zone, of_zone in self._by_zone(told, "practitioner"):
            month = TruncMonth("started_at", tzinfo=zone)
            rows = of_zone.values_list("practitioner", month, "points", "seen", "sought", "had_event")
            for practitioner, start, points, seen, sought, had_event, n in rows.annotate(n=Count("pk")):
                numbers = {"sessions": n, "twitch": n * seen, "sought": n * sought, "with_event": n * had_event}
                yield (practitioner, start.date()), Sums.of(points, **numbers)

    def _events_by_cell(self):
        events = self._all_events()
        for zone, of_zone in self._by_zone(events, "session__practitioner"):
            month = TruncMonth("session__started_at", tzinfo=zone)
            for practitioner, start, n in of_zone.values_list("session__practitioner", month).annotate(n=Count("pk")):
                yield (practitioner, start.date()), Sums(events=n)

    def _all_events(self):
        return AdverseEvent.objects.using(self.using).filter(self.filters.of_sessions("session")).order_by()

    def _by_zone(self, rows, practitioner):
        for name in zone_names():
            yield zone_of(name), rows.filter(**{f"{practitioner}__site__timezone": name})

    def by(self, axis):
        """{key on this axis: Sums}; a session counts for every key that one of its needlings has."""
        names, text_of = self.KEYS[axis]
        rows = self.needlings.filter(self.filters.of_sessions("session")).annotate(
            points=F("session__pain_after") - F("session__pain_before"), band=F("depth_mm") / DEPTH_BAND_MM
        )
        rows = rows.exclude(technique="") if axis == TECHNIQUE else rows.exclude(**{names[0]: None})
        twitch = Needling.Twitch
        counted = rows.values_list(*names, "points").annotate(
            n=Count("session", distinct=True),
            seen=Count("session", distinct=True, filter=Q(twitch=twitch.YES)),
            sought=Count("session", distinct=True, filter=Q(twitch__in=[twitch.YES, twitch.NO])),
            with_event=Count("session", distinct=True, filter=Q(session__events__isnull=False)),
        )
        return added(
            (text_of(*key), Sums.of(points, sessions=n, twitch=seen, sought=sought, with_event=with_event))
            for *key, points, n, seen, sought, with_event in counted
        )

    def events(self):
        """{type or grade of events: (events, sessions that had any)}."""
        events = self._all_events().with_state()
        found = {}
        for word in ("type", "present_grade"):
            rows = events.values_list(word).annotate(n=Count("pk"), sessions=Count("session", distinct=True))
            found |= {what or NOT_GRADED: (n, sessions) for what, n, sessions in rows}
        return found
