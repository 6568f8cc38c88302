"""Where the numbers come from: the monthly summaries, or the rows themselves when those cannot tell.

Both answer the same questions with the same numbers; tests hold them against each other.
"""

from collections import Counter
from datetime import date

from django.db import connections
from django.db.models import Case, Count, F, Q, Sum, Value, When

from treatments.models import AdverseEvent, EventSummary, Muscle, Needling, SessionSummary, TriggerPoint

from .facts import (
    AREA,
    BOTH,
    DEPTH,
    DEPTH_BAND_MM,
    EVENT_AXES,
    EVERYTHING,
    MUSCLE,
    NEEDLE,
    PAIR,
    POINT,
    RANKS,
    REGION,
    TECHNIQUE,
    TWITCH_NOT_SOUGHT,
    TWITCH_YES,
    events_of,
    needle_size,
    pair_of,
)
from .filters import FIRST, LATER
from .sums import Sums, added

# What is told of each key of an axis. More would take longer.
SHOWN = ["sessions", "change", "change_squared", "twitch", "sessions_with_event"]


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
        names = ["practitioner", "month"]
        if self.filters.visit == LATER:
            told = self._summed(rows, names, Sums._fields)
        else:  # one row each: nothing to add up
            told = rows.filter(sessions__gt=0).values_list(*names, *Sums._fields)
        return {(practitioner, month): Sums(*numbers) for practitioner, month, *numbers in told}

    def by(self, axis):
        """{key on this axis: Sums of what is SHOWN}; a session counts for every key that one of its needlings has."""
        if (within := self._within(axis)) is None:
            return Rows(self.filters, self.using).by(axis)
        cells, keys = within
        rows = self._cells(SessionSummary).filter(keys, axis=cells)
        told = self._summed(rows, ["key"], SHOWN)
        part = None if cells == axis else BOTH[cells].index(axis)
        return {_part(key, part): Sums(**dict(zip(SHOWN, numbers, strict=True))) for key, *numbers in told}

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

    def _summed(self, rows, names, of):
        """Values of the names and totals of the numbers `of` each group of cells that holds a session."""
        totals = {f"all_{name}": Sum(self._signed(name)) for name in of}
        return rows.values_list(*names).annotate(**totals).filter(all_sessions__gt=0)


def _part(key, number):
    """The first (0) or the second word of a key; None: all of it."""
    return key if number is None else key.split()[number]


def _texts(entries):
    return [str(pk) for pk in entries.values_list("pk", flat=True)]


class Rows:
    """Reads the signed sessions one by one, and their needlings."""

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
    RANK = Case(
        *(When(twitch=twitch, then=Value(rank)) for twitch, rank in RANKS.items()), default=Value(TWITCH_NOT_SOUGHT)
    )

    def __init__(self, filters, using="default"):
        self.filters, self.using = filters, using
        self.facts = filters.facts(needled=False).using(using)
        self.needlings = filters.needlings().using(using).annotate(band=F("depth_mm") / DEPTH_BAND_MM, rank=self.RANK)

    def cells(self):
        """{(practitioner, month): Sums}."""
        place = ["practitioner", "month"]
        if self.filters.places:
            rows = self._needled(self.needlings, place, [])
        else:
            rows = self.facts.values_list(*place, "change", "twitch", "events").annotate(n=Count("pk"))
        return added(((practitioner, _date(month)), _sums(*told)) for practitioner, month, *told in rows)

    def by(self, axis):
        """{key on this axis: Sums of what is SHOWN}; a session counts for every key that one of its needlings has."""
        names, text_of = self.KEYS[axis]
        rows = self.needlings.exclude(**{names[0]: "" if names[0] == "technique" else None})
        end = len(names)
        told = added((text_of(*row[:end]), _sums(*row[end:])) for row in self._needled(rows, [], names))
        return {key: Sums(**{name: getattr(sums, name) for name in SHOWN}) for key, sums in told.items()}

    def _needled(self, needlings, fields, names):
        """Rows of values of SessionFact, values of Needling, change, twitch, events: and how many sessions have them.

        The ORM can neither join two queries nor group what was grouped: each session once, with its best twitch.
        """
        keys = [f"key_{number}" for number in range(len(names))]
        facts, told = _sql(self.facts.values("session", "change", "events", *fields))
        needled, asked = _sql(needlings.values("session", "rank", **dict(zip(keys, map(F, names), strict=True))))
        group = ", ".join([*fields, *keys, "change"])
        with connections[self.using].cursor() as cursor:
            # Nothing but what the ORM wrote and names of this module is put together here.
            cursor.execute(
                f"""SELECT {group}, twitch, events, COUNT(*) FROM (
                    SELECT {group}, events, MAX(rank) AS twitch FROM ({facts}) facts
                    JOIN ({needled}) needled ON needled.session = facts.session GROUP BY facts.session, {group}, events
                ) told GROUP BY {group}, twitch, events""",  # noqa: S608
                told + asked,
            )
            return cursor.fetchall()

    def events(self):
        """{type or grade of events: (events, sessions that had any)}."""
        sessions = self.filters.facts().filter(events__gt=0).values("session")
        events, with_any = Counter(), Counter()
        for of_session in events_of(AdverseEvent.objects.using(self.using).filter(session__in=sessions)).values():
            whats = [what for event in of_session for what in event]
            events.update(whats)
            with_any.update(set(whats))
        return {what: (n, with_any[what]) for what, n in events.items()}


def _sql(rows):
    return rows.query.get_compiler(rows.db).as_sql()


def _date(value):
    """SQLite keeps days as text."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def _sums(change, twitch, events, n):
    """Sums of so many sessions that are alike."""
    sums = Sums.of(change, sessions=n, twitch=n * (twitch == TWITCH_YES), sought=n * (twitch != TWITCH_NOT_SOUGHT))
    return sums._replace(events=n * events, sessions_with_event=n * (events > 0))
