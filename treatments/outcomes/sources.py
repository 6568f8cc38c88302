"""Two sources of the figures: the monthly summaries, or the rows themselves where the summaries cannot answer.

Both answer the same questions with the same numbers; tests compare them with each other.
"""

from collections import Counter
from datetime import date

from django.db import connections
from django.db.models import Case, Count, F, Q, Sum, Value, When

from treatments.models import AdverseEvent, EventSummary, Muscle, Needling, SessionSummary, TriggerPoint
from treatments.record.targets import COUNTED

from .facts import (
    AREA,
    COMBINED,
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
    combined_key,
    events_of,
    needle_size,
)
from .filters import FIRST, LATER
from .sums import SessionSums, add_up

# The sums that a breakdown has for each key. They are those in the index of SessionSummary.
SHOWN = ["sessions", "change", "change_squared", "twitch", "sessions_with_event", "unrated"]


def source_of(filters, using="default"):
    """The faster of the two sources that can answer for these filters."""
    filters = filters.without_region_of_muscle()
    if filters.diagnosis or filters.kind or _selected_key(filters) is None:
        return RowSource(filters, using)
    return SummarySource(filters, using)


def _selected_key(filters):
    """The (axis, key) of the summaries for all that the filters want needled; None if no single axis covers it."""
    selected = dict(filters.axis_keys)
    for axis, parts in COMBINED.items():
        if selected.keys() == set(parts):
            return axis, combined_key(*(selected[part] for part in parts))
    return None if len(selected) > 1 else next(iter(selected.items()), EVERYTHING)


class SummarySource:
    """Reads the summary cells that treatments.services.summaries keeps up to date."""

    def __init__(self, filters, using="default"):
        self.filters, self.using = filters, using
        self.axis, self.key = _selected_key(filters)

    def cells(self):
        """{(practitioner, month): SessionSums}."""
        rows = self._cells(SessionSummary).filter(axis=self.axis, key=self.key)
        names = ["practitioner", "month"]
        if self.filters.visit == LATER:
            rows = self._summed(rows, names, SessionSums._fields)
        else:  # a practitioner seldom works at two sites in one month, so there is little to add up
            rows = rows.filter(sessions__gt=0).values_list(*names, *SessionSums._fields)
        return add_up(((practitioner, month), SessionSums(*numbers)) for practitioner, month, *numbers in rows)

    def by(self, axis):
        """{key on this axis: SessionSums with the fields SHOWN}. A session counts for each key that it needled."""
        if (breakdown := self._breakdown(axis)) is None:
            return RowSource(self.filters, self.using).by(axis)
        cell_axis, condition = breakdown
        rows = self._summed(self._cells(SessionSummary).filter(condition, axis=cell_axis), ["key"], SHOWN)
        # A combined key, such as technique and muscle, has the key on this axis as one of its two words.
        word = None if cell_axis == axis else COMBINED[cell_axis].index(axis)
        return {
            key if word is None else key.split()[word]: SessionSums(**dict(zip(SHOWN, numbers, strict=True)))
            for key, *numbers in rows
        }

    def events(self):
        """{type or grade of events: (events, sessions with any)}."""
        if self.axis not in EVENT_AXES:
            return RowSource(self.filters, self.using).events()
        rows = self._cells(EventSummary).filter(axis=self.axis, key=self.key).values("what")
        rows = rows.annotate(all_events=Sum(self._signed("events")), all_sessions=Sum(self._signed("sessions")))
        return {row["what"]: (row["all_events"], row["all_sessions"]) for row in rows if row["all_events"]}

    def _breakdown(self, axis):
        """Which cells break the selected key down by `axis`: (axis of the cells, condition on their keys), or None.

        None means that the summaries do not have this breakdown, such as needles within a muscle.
        """
        if (self.axis, self.key) == EVERYTHING:
            return axis, Q()
        # The selected key itself, for example by muscle for a muscle, or by technique for a technique in a region.
        if self.axis == axis or axis in COMBINED.get(self.axis, ()):
            return self.axis, Q(key=self.key)
        # A region's muscles, and the trigger points of a region or a muscle, are parts of it.
        if (self.axis, axis) == (REGION, MUSCLE):
            entries = _entries_of(self.key)
            return None if entries is None else (axis, Q(key__in=entries))
        if (self.axis, axis) == (REGION, POINT):
            return axis, Q(key__in=_keys(TriggerPoint.objects.filter(muscle__region=self.key)))
        if (self.axis, axis) == (MUSCLE, POINT):
            return axis, Q(key__in=_keys(TriggerPoint.objects.filter(muscle=self.key)))
        if (self.axis, axis) == (AREA, MUSCLE):
            technique, region = self.key.split()
            entries = _entries_of(region)
            if entries is None:
                return None
            return PAIR, Q(key__in=[combined_key(technique, entry) for entry in entries])
        # A technique by muscle or region, and a muscle or region by technique, are in the combined cells.
        for cell_axis, parts in COMBINED.items():
            if (self.axis, axis) == parts:
                return cell_axis, Q(key__startswith=combined_key(self.key, ""))
            if (axis, self.axis) == parts:
                techniques = Needling.Technique.values
                return cell_axis, Q(key__in=[combined_key(technique, self.key) for technique in techniques])
        return None

    def _cells(self, model):
        # Later sessions need both values. The condition is always given, because it leads the database to its index.
        is_first = [False, True] if self.filters.visit == LATER else [self.filters.visit == FIRST]
        cells = model.objects.using(self.using).filter(self.filters.months(), self.filters.people())
        return cells.filter(is_first__in=is_first)

    def _signed(self, name):
        """The field `name`, negative in cells of first sessions if later ones are wanted: later = all - first."""
        if self.filters.visit != LATER:
            return F(name)
        return F(name) * Case(When(is_first=True, then=Value(-1)), default=Value(1))

    def _summed(self, rows, names, fields):
        """Rows of `names` and the totals of `fields`, for each group of cells that has any session."""
        totals = {f"all_{field}": Sum(self._signed(field)) for field in fields}
        return rows.values_list(*names).annotate(**totals).filter(all_sessions__gt=0)


def _entries_of(region):
    """The keys of a region's entries; None if free entries of it count as entries that have no region."""
    entries = list(Muscle.objects.filter(region=region).values_list("pk", "counts_as__region"))
    return None if any(counted == "" for _, counted in entries) else [str(pk) for pk, _ in entries]


def _keys(entries):
    return [str(pk) for pk in entries.values_list("pk", flat=True)]


class RowSource:
    """Reads the signed sessions and their needlings."""

    # For each axis: the values of a needling that make up its key, and the function that makes the key from them.
    KEYS = {
        REGION: (["muscle__region"], str),
        MUSCLE: (["muscle"], str),
        POINT: (["trigger_point"], str),
        NEEDLE: (["needle__diameter_mm", "needle__length_mm"], needle_size),
        TECHNIQUE: (["technique"], str),
        DEPTH: (["band"], lambda band: str(band * DEPTH_BAND_MM)),
        PAIR: (["technique", "muscle"], combined_key),
        AREA: (["technique", "muscle__region"], combined_key),
    }
    RANK = Case(
        *(When(twitch=twitch, then=Value(rank)) for twitch, rank in RANKS.items()), default=Value(TWITCH_NOT_SOUGHT)
    )

    def __init__(self, filters, using="default"):
        self.filters, self.using = filters, using
        self.facts = filters.facts(needled=False).using(using)
        self.needlings = filters.needlings().using(using).annotate(band=F("depth_mm") / DEPTH_BAND_MM, rank=self.RANK)

    def cells(self):
        """{(practitioner, month): SessionSums}."""
        names = ["practitioner", "month"]
        if self.filters.axis_keys:
            rows = self._count_sessions(self.needlings, names, [])
        else:
            rows = self.facts.values_list(*names, "change", "twitch", "events").annotate(n=Count("pk"))
        return add_up(((practitioner, _date(month)), _sums(*values)) for practitioner, month, *values in rows)

    def by(self, axis):
        """{key on this axis: SessionSums with the fields SHOWN}. A session counts for each key that it needled."""
        names, key_of = self.KEYS[axis]
        needlings = self.needlings.exclude(**{names[0]: "" if names[0] == "technique" else None})
        rows = self._count_sessions(needlings, [], names)
        sums = add_up((key_of(*row[: len(names)]), _sums(*row[len(names) :])) for row in rows)
        return {key: SessionSums(**{name: getattr(one, name) for name in SHOWN}) for key, one in sums.items()}

    def _count_sessions(self, needlings, fields, names):
        """Rows of (fields of SessionFact, values `names` of Needling, change, best twitch, events, number of sessions).

        A session counts once for each combination of `names`, with its best twitch there. This is raw SQL around two
        queries of the ORM, which can neither join them nor group a grouped query. Grouping in Python instead would miss
        the target of docs/outcomes-performance.md for filters that the summaries cannot answer: for a million sessions,
        1.5 s on PostgreSQL and 3 s on SQLite.
        """
        keys = [f"key_{number}" for number in range(len(names))]
        facts, fact_params = _sql(self.facts.values("session", "change", "events", *fields))
        key_values = {key: COUNTED if name == "muscle" else F(name) for key, name in zip(keys, names, strict=True)}
        needled, needled_params = _sql(needlings.values("session", "rank", **key_values))
        group = ", ".join([*fields, *keys, "change"])
        # Only SQL from the ORM and names from this module are put together; values are passed as parameters.
        one_row_a_session = f"""
            SELECT {group}, events, MAX(rank) AS twitch
            FROM ({facts}) facts JOIN ({needled}) needled ON needled.session = facts.session
            GROUP BY facts.session, {group}, events"""  # noqa: S608
        counted = f"""
            SELECT {group}, twitch, events, COUNT(*) FROM ({one_row_a_session}) sessions
            GROUP BY {group}, twitch, events"""  # noqa: S608
        with connections[self.using].cursor() as cursor:
            cursor.execute(counted, fact_params + needled_params)
            return cursor.fetchall()

    def events(self):
        """{type or grade of events: (events, sessions with any)}."""
        sessions = self.filters.facts().filter(events__gt=0).values("session")
        events, sessions_with_any = Counter(), Counter()
        for of_session in events_of(
            AdverseEvent.objects.using(self.using).counting().filter(session__in=sessions)
        ).values():
            types_and_grades = [what for event in of_session for what in event]
            events.update(types_and_grades)
            sessions_with_any.update(set(types_and_grades))
        return {what: (n, sessions_with_any[what]) for what, n in events.items()}


def _sql(rows):
    return rows.query.get_compiler(rows.db).as_sql()


def _date(value):
    """The date in a raw row: SQLite returns text."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def _sums(change, twitch, events, n):
    """The SessionSums of n sessions with the same values."""
    sums = SessionSums.of(
        change, sessions=n, twitch=n * (twitch == TWITCH_YES), sought=n * (twitch != TWITCH_NOT_SOUGHT)
    )
    return sums._replace(events=n * events, sessions_with_event=n * (events > 0))
