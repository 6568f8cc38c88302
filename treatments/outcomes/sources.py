"""Two sources of the figures: the monthly summaries, or the rows themselves where the summaries cannot answer.

Both answer the same questions with the same numbers; tests compare them with each other.
"""

from datetime import date
from operator import add

from django.db.models import Case, F, Q, Sum, Value, When

from treatments.models import (
    EventSpread,
    EventSummary,
    Muscle,
    Needling,
    SessionSummary,
    SpreadSummary,
    TriggerPoint,
)

from .facts import AREA, COMBINED, EVENT_AXES, EVERYTHING, MUSCLE, PAIR, POINT, REGION, combined_key
from .filters import FIRST, LATER
from .rows import RowSource
from .spread import SCOPED_AXES, SELECTED_AXES, month_scope, practitioner_scope, site_scope, spread_of
from .sums import SHOWN, SessionSums, add_up

# The numbers of a Spread in the order that spread_of takes them.
SPREAD = [field.name for field in SpreadSummary._meta.concrete_fields[1:] if field.name not in SpreadSummary.CELL]

PATIENTS = SPREAD.index("patients")


def source_of(filters, using="default"):
    """The faster of the two sources that can answer for these filters."""
    filters = filters.without_region_of_muscle()
    if filters.diagnosis or filters.kind or filters.co_treatment or _selected_key(filters) is None:
        return RowSource(filters, using)
    return SummarySource(filters, using)


def _selected_key(filters):
    """The (axis, key) of the summaries for all that the filters want needled; None if no single axis covers it."""
    selected = dict(filters.axis_keys)
    for axis, parts in COMBINED.items():
        if selected.keys() == set(parts):
            return axis, combined_key(*(selected[part] for part in parts))
    axis, key = next(iter(selected.items()), EVERYTHING)
    return (axis, key) if len(selected) < 2 and axis in SELECTED_AXES else None


class SummarySource:
    """Reads the summary cells that treatments.services.summaries keeps up to date."""

    def __init__(self, filters, using="default"):
        self.filters, self.using = filters, using
        self.axis, self.key = _selected_key(filters)

    def cells(self):
        """{(practitioner, site, month): SessionSums}."""
        rows = self._cells(SessionSummary).filter(axis=self.axis, key=self.key)
        names = ["practitioner", "site", "month"]
        if self.filters.visit == LATER:
            rows = self._summed(rows, names, SessionSums._fields)
        else:
            rows = rows.filter(sessions__gt=0).values_list(*names, *SessionSums._fields)
        return add_up((tuple(row[:3]), SessionSums(*row[3:])) for row in rows)

    def by(self, axis):
        """{key on this axis: SessionSums with the fields SHOWN}. A session counts for each key that it needled."""
        if (breakdown := self._breakdown(axis)) is None:
            return RowSource(self.filters, self.using).by(axis)
        cell_axis, condition = breakdown
        rows = self._summed(self._cells(SessionSummary).filter(condition, axis=cell_axis), ["key"], SHOWN)
        return {
            _part(key, cell_axis, axis): SessionSums(**dict(zip(SHOWN, numbers, strict=True))) for key, *numbers in rows
        }

    def spread(self, *line, twitch=False):
        """{values of these fields of SessionFact: Spread}; without fields, {(): Spread} of all sessions.

        `line` is empty, "practitioner", "site" or "month".
        """
        if (scopes := self._scopes(self.axis, *line)) is None:
            return RowSource(self.filters, self.using).spread(*line, twitch=twitch)
        found = self._spreads("scope", scopes, axis=self.axis, key=self.key)
        return {tuple(_value_of(scope) for _ in line): spread for scope, spread in found.items()}

    def spread_by(self, axis):
        """{key on this axis: Spread}."""
        cell_axis, condition = self._breakdown(axis) or (None, None)
        if cell_axis is None or (scopes := self._scopes(cell_axis)) is None:
            return RowSource(self.filters, self.using).spread_by(axis)
        found = self._spreads("key", scopes & condition, axis=cell_axis)
        return {_part(key, cell_axis, axis): spread for key, spread in found.items()}

    def event_patients(self):
        """{type or grade of events: (patients with any, sum of n h, sum of h h)}: see RowSource."""
        if self.axis not in EVENT_AXES or (scopes := self._scopes(self.axis)) is None:
            return RowSource(self.filters, self.using).event_patients()
        rows = EventSpread.objects.using(self.using).filter(scopes, axis=self.axis, key=self.key)
        found = _over_slots(rows.values_list("what", "patients", "n_h", "h_h"))
        return {what: tuple(numbers) for what, numbers in found.items() if numbers[0]}

    def _spreads(self, name, condition, **cell):
        """{value of the field `name`: Spread} of the SpreadSummaries with any patients."""
        rows = SpreadSummary.objects.using(self.using).filter(condition, **cell).values_list(name, *SPREAD)
        return {value: spread_of(*numbers) for value, numbers in _over_slots(rows).items() if numbers[PATIENTS]}

    def _scopes(self, axis, line=""):
        """The condition for the scopes of SpreadSummaries that have these filters and lines; None if there are none.

        A patient may be in several scopes, so they cannot be added up.
        """
        filters, is_scoped = self.filters, axis in SCOPED_AXES
        if filters.visit or (filters.site and filters.practitioner):
            return None
        person, site = filters.practitioner, filters.site
        if line == "month":
            first, last = filters.since or date.min, filters.until or date.max
            months = Q(scope__range=(month_scope(first), month_scope(last)))
            return months if is_scoped and not (person or site) else None
        if filters.since or filters.until:
            return None
        if not (person or site or line):
            return Q(scope="")
        if not is_scoped or (site and line == "practitioner") or (person and line == "site"):
            return None
        if person:
            return Q(scope=practitioner_scope(person))
        if site:
            return Q(scope=site_scope(site))
        return Q(scope__range=("p", "q") if line == "practitioner" else ("s", "t"))

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


def _over_slots(rows):
    """{first value: sums of the others} of rows, several of which may have the same first value."""
    found = {}
    for value, *numbers in rows:
        known = found.get(value)
        found[value] = numbers if known is None else list(map(add, known, numbers))
    return found


def _part(key, cell_axis, axis):
    """The key on `axis` in a key of `cell_axis`: a combined one, such as technique and muscle, has two words."""
    return key if cell_axis == axis else key.split()[COMBINED[cell_axis].index(axis)]


def _value_of(scope):
    """The practitioner or month of a scope."""
    return date.fromisoformat(scope[1:]) if scope.startswith("m") else int(scope[1:])


def _entries_of(region):
    """The keys of a region's entries; None if free entries of it count as entries that have no region."""
    entries = list(Muscle.objects.filter(region=region).values_list("pk", "counts_as__region"))
    return None if any(counted == "" for _, counted in entries) else [str(pk) for pk, _ in entries]


def _keys(entries):
    return [str(pk) for pk in entries.values_list("pk", flat=True)]
