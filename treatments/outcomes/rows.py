"""Figures read from the signed sessions and their needlings, where the summaries cannot answer."""

from collections import Counter
from datetime import date

from django.db import connections
from django.db.models import Case, Count, F, Value, When

from patients.models.patient_key import person
from treatments.models import AdverseEvent
from treatments.record.targets import COUNTED

from .facts import (
    AREA,
    DEPTH,
    DEPTH_BAND_MM,
    GRADE_NOW,
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
from .patients import as_sql, sums_by
from .spread import spread_by
from .sums import SHOWN, SessionSums, add_up


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
        """{(practitioner, site, month): SessionSums}."""
        names = ["practitioner", "site", "month"]
        if self.filters.axis_keys:
            rows = self._count_sessions(self.needlings, names, [])
        else:
            rows = self.facts.values_list(*names, "change", "twitch", "events").annotate(n=Count("pk"))
        return add_up((tuple(map(_date, row[:3])), _sums(*row[3:])) for row in rows)

    def by(self, axis):
        """{key on this axis: SessionSums with the fields SHOWN}. A session counts for each key that it needled."""
        names, key_of = self.KEYS[axis]
        rows = self._count_sessions(self._with_key(names), [], names)
        sums = add_up((key_of(*row[: len(names)]), _sums(*row[len(names) :])) for row in rows)
        return {key: SessionSums(**{name: getattr(one, name) for name in SHOWN}) for key, one in sums.items()}

    def spread(self, *line, twitch=False):
        """{values of these fields of SessionFact: Spread}; without fields, {(): Spread} of all sessions."""
        fields = [*line, "patient", "course"]
        if self.filters.axis_keys:
            sql, params = self._one_row_a_session(self.needlings, fields, [])
        else:
            sql, params = as_sql(self._facts(*fields, "change", "events", "twitch"))
        return {tuple(map(_date, key)): spread for key, spread in self._spread(sql, params, line, twitch).items()}

    def spread_by(self, axis):
        """{key on this axis: Spread}. A session counts for each key that it needled."""
        names, key_of = self.KEYS[axis]
        sql, params = self._one_row_a_session(self._with_key(names), ["patient", "course"], names)
        found = self._spread(sql, params, [f"key_{number}" for number in range(len(names))])
        return {key_of(*key): spread for key, spread in found.items()}

    def _spread(self, sql, params, line, twitch=False):
        return spread_by(sql, params, line, self.using, twitch=twitch)

    def _facts(self, *fields):
        return self.facts.annotate(patient=F("course__patient")).values(*fields)

    def _with_key(self, names):
        return self.needlings.exclude(**{names[0]: "" if names[0] == "technique" else None})

    def _count_sessions(self, needlings, fields, names):
        """Rows of (fields of SessionFact, values `names` of Needling, change, best twitch, events, number of sessions).

        A session counts once for each combination of `names`, with its best twitch there.
        """
        sessions, params = self._one_row_a_session(needlings, fields, names)
        group = ", ".join([*fields, *(f"key_{number}" for number in range(len(names))), "change", "twitch", "events"])
        counted = f"SELECT {group}, COUNT(*) FROM ({sessions}) sessions GROUP BY {group}"  # noqa: S608
        with connections[self.using].cursor() as cursor:
            cursor.execute(counted, params)
            return cursor.fetchall()

    def _one_row_a_session(self, needlings, fields, names):
        """SQL, with its parameters, of a row for each session and combination of the values `names` of Needling.

        The columns are the fields of SessionFact, key_0, key_1 ..., change, events, and the best twitch there. This is
        raw SQL around two queries of the ORM, which can neither join them nor group a grouped query. Grouping in Python
        instead would miss the target of docs/outcomes-performance.md for filters that the summaries cannot answer: for
        a million sessions, 1.5 s on PostgreSQL and 3 s on SQLite.
        """
        keys = [f"key_{number}" for number in range(len(names))]
        facts, fact_params = as_sql(self._facts("session", "change", "events", *fields))
        key_values = {key: COUNTED if name == "muscle" else F(name) for key, name in zip(keys, names, strict=True)}
        needled, needled_params = as_sql(needlings.values("session", "rank", **key_values))
        group = ", ".join([*fields, *keys, "change", "events"])
        # With CROSS JOIN, SQLite reads the sessions first; otherwise it reads all needlings to find those of one year.
        join = "CROSS JOIN" if self.filters.selects_few_sessions else ","
        # Only SQL from the ORM and names from this module are put together; values are passed as parameters.
        sql = f"""
            SELECT {group}, MAX(rank) AS twitch
            FROM ({facts}) facts {join} ({needled}) needled WHERE needled.session = facts.session
            GROUP BY facts.session, {group}"""  # noqa: S608
        return sql, fact_params + needled_params

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

    def event_patients(self):
        """{type or grade of events: (patients with any, sum of n h, sum of h h)}. One query.

        The sums are over patients with n of the sessions, h of them with any such event.
        """
        facts = self.filters.facts().using(self.using)
        with_any = AdverseEvent.objects.using(self.using).counting()
        with_any = with_any.filter(session__in=facts.filter(events__gt=0).values("session")).order_by()
        with_any = with_any.annotate(grade_now=GRADE_NOW, patient=person("session__patient"))
        kinds = [as_sql(with_any.values("patient", "session", what=what)) for what in (F("type"), F("grade_now"))]
        n, n_params = as_sql(facts.values(patient=F("course__patient")).annotate(n=Count("pk")))
        # Only SQL from the ORM and names from this module are put together; values are passed as parameters.
        either = " UNION ALL ".join(sql for sql, _ in kinds)
        hits = f"""
            SELECT what, patient, COUNT(DISTINCT session) AS h FROM ({either}) kinds GROUP BY what, patient"""  # noqa: S608
        sql = f"SELECT what, h, n FROM ({hits}) hits JOIN ({n}) sizes ON sizes.patient = hits.patient"  # noqa: S608
        params = (*kinds[0][1], *kinds[1][1], *n_params)
        found = sums_by((sql, params, self.using), ["what"], ["COUNT(*)", "SUM(n * h)", "SUM(h * h)"])
        return {what: tuple(numbers) for (what,), numbers in found.items()}


def _date(value):
    """The date in a raw row, in which SQLite returns text. Other values stay."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def _sums(change, twitch, events, n):
    """The SessionSums of n sessions with the same values."""
    sums = SessionSums.of(
        change, sessions=n, twitch=n * (twitch == TWITCH_YES), sought=n * (twitch != TWITCH_NOT_SOUGHT)
    )
    return sums._replace(events=n * events, sessions_with_event=n * (events > 0))
