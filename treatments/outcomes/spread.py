"""How the sessions of a figure are spread over patients: what intervals by patient are computed from."""

import math
from collections import Counter, defaultdict
from fractions import Fraction
from operator import add
from typing import NamedTuple

from treatments.estimates import TAIL, Difference, Interval, t_quantile

from .facts import AREA, EVENT_AXES, MUSCLE, PAIR, REGION, SESSION, TECHNIQUE, TWITCH_NO, TWITCH_YES
from .patients import FEWEST_PATIENTS, Clusters, cluster_columns, mean_of_clusters, share_of_clusters, sums_by

# Of each patient: n sessions, e of them with an adverse event; r with both scores, and d the sum of their changes. Of
# these, t with a twitch and o with a twitch sought and none seen; u and v are the sums of their changes.
OF_PATIENT = {
    "n": "COUNT(*)",
    "k": "COUNT(DISTINCT course)",
    "e": "COUNT(CASE WHEN events > 0 THEN 1 END)",
    "r": "COUNT(change)",
    "d": "SUM(COALESCE(change, 0))",
    "t": f"COUNT(CASE WHEN twitch = {TWITCH_YES} THEN change END)",
    "u": f"SUM(CASE WHEN twitch = {TWITCH_YES} THEN COALESCE(change, 0) ELSE 0 END)",
    "o": f"COUNT(CASE WHEN twitch = {TWITCH_NO} THEN change END)",
    "v": f"SUM(CASE WHEN twitch = {TWITCH_NO} THEN COALESCE(change, 0) ELSE 0 END)",
}
WITHOUT_TWITCH = ["n", "k", "e", "r", "d"]


class Spread(NamedTuple):
    """The number of patients and courses with any of the sessions, and Clusters of sums of each patient.

    `events` are the sessions with any adverse event, of all sessions; `changes` those of pain, of sessions with both
    scores; `twitch` and `no_twitch` those of sessions with a twitch, and with one sought and none seen. The last five
    are the patients with a session in either of these groups, and sums of products of numbers of both groups. Without
    them and these groups, the Spread is that of a line of a table.
    """

    courses: int = 0
    events: Clusters = Clusters()
    changes: Clusters = Clusters()
    twitch: Clusters = Clusters()
    no_twitch: Clusters = Clusters()
    sought: int = 0
    t_o: int = 0
    t_v: int = 0
    u_o: int = 0
    u_v: int = 0

    @property
    def patients(self):
        return self.events.number

    def mean(self, sums):
        """The mean change of pain of SessionSums, with an interval by patient."""
        return mean_of_clusters(sums.mean, sums.change, self.changes)

    def twitch_mean(self, sums):
        return mean_of_clusters(sums.twitch_mean, sums.twitch_change, self.twitch)

    def no_twitch_mean(self, sums):
        return mean_of_clusters(sums.no_twitch_mean, sums.no_twitch_change, self.no_twitch)

    def event_share(self, sums):
        """The Interval of the share of sessions with any event, by patient."""
        return share_of_clusters(sums.sessions_with_event, sums.sessions, self.events)

    def twitch_difference(self, sums):
        """The Difference of the mean change with and without a twitch; None if either group is empty.

        The interval is that of a regression on the group with errors by patient, as statsmodels has it, because a
        patient may have sessions in both groups. It is None with fewer than FEWEST_PATIENTS in either group.
        """
        first, second = sums.twitch_mean, sums.no_twitch_mean
        if first is None or second is None:
            return None
        value = first.mean - second.mean
        if min(self.twitch.number, self.no_twitch.number) < FEWEST_PATIENTS:
            return Difference(value, None)
        a, b = Fraction(sums.twitch_change, first.n), Fraction(sums.no_twitch_change, second.n)
        shared = self.u_v - b * self.u_o - a * self.t_v + a * b * self.t_o
        squares = self.twitch.squares(a) / first.n**2 + self.no_twitch.squares(b) / second.n**2
        n = first.n + second.n
        for_few = Fraction(self.sought, self.sought - 1) * Fraction(n - 1, n - 2)
        half = t_quantile(1 - TAIL, self.sought - 1) * math.sqrt(
            for_few * (squares - 2 * shared / (first.n * second.n))
        )
        return Difference(value, Interval(value - half, value + half))


# From rows ---------------------------------------------------------------------------


def spread_by(sql, params, line, using, *, twitch=False):
    """{values of the columns `line`: Spread} of SQL with one row for each line and session. One query.

    The rows have the columns patient, course, change, events and, if `twitch` is wanted, twitch.
    """
    names = OF_PATIENT if twitch else WITHOUT_TWITCH
    group = ", ".join([*line, "patient"])
    columns = ", ".join(f"{OF_PATIENT[name]} AS {name}" for name in names)
    # Only SQL from the ORM and names from our own modules are put together; values are passed as parameters.
    by_patient = f"SELECT {group}, {columns} FROM ({sql}) sessions GROUP BY {group}"  # noqa: S608
    wanted = ["SUM(k)", *cluster_columns("n", "e"), *cluster_columns("r", "d")]
    if twitch:
        wanted += [*cluster_columns("t", "u"), *cluster_columns("o", "v"), "COUNT(CASE WHEN t + o > 0 THEN 1 END)"]
        wanted += ["SUM(t * o)", "SUM(t * v)", "SUM(u * o)", "SUM(u * v)"]
    found = sums_by((by_patient, params, using), line, wanted)
    return {key: spread_of(*numbers) for key, numbers in found.items()}


def spread_of(courses, *numbers):
    """The Spread of numbers in the order of the fields of SpreadSummary, or of the first nine of them."""
    fours = [Clusters(*numbers[at : at + 4]) for at in range(0, min(len(numbers), 16), 4)]
    return Spread(courses, *fours, *numbers[16:])


# Cells of the summaries ---------------------------------------------------------------

# Axes of what filters can select, for which pages show the change with and without a twitch.
SELECTED_AXES = {SESSION, REGION, MUSCLE, TECHNIQUE, PAIR, AREA}
# Axes that have scopes of practitioners, sites and months. For the others, these sessions are few enough to be read.
SCOPED_AXES = EVENT_AXES


def practitioner_scope(practitioner):
    """The scope of the sessions of one practitioner, given by primary key."""
    return f"p{practitioner}"


def site_scope(site):
    """The scope of the sessions at one site, given by primary key."""
    return f"s{site}"


def month_scope(month):
    """The scope of the sessions of a month, given by its first day."""
    return f"m{month}"


def spread_cells(facts, firsts=()):
    """{(axis, scope, key): numbers} of the SpreadSummaries of these Facts, which must be all of their patients.

    The numbers are in the order of the fields of SpreadSummary after its cell. Those of twitches are 0 where no page
    shows them: in months, and on axes that no filter selects.
    """
    cells, twitches = {}, {}
    for courses in _by_patient(facts):
        of_patient = defaultdict(list)
        for course in courses:
            for scope, sums in _by_scope(course).items():
                of_patient[scope].append(sums)
        for scope, of_courses in of_patient.items():
            has_twitch = scope[:1] != "m"
            for (axis, key), (k, n, e, r, d, t, u, o, v) in _added(of_courses).items():
                cell = axis, scope, key
                _add(cells, cell, [k, 1, n * n, n * e, e * e, int(r > 0), r * r, r * d, d * d])
                if (t or o) and has_twitch and axis in SELECTED_AXES:
                    products = [int(t > 0), t * t, t * u, u * u, int(o > 0), o * o, o * v, v * v]
                    _add(twitches, cell, [*products, 1, t * o, t * v, u * o, u * v])
    none = [0] * 13
    return {cell: [*numbers, *twitches.get(cell, none)] for cell, numbers in cells.items()}


def _add(cells, cell, numbers):
    known = cells.get(cell)
    cells[cell] = numbers if known is None else list(map(add, known, numbers))


def _by_scope(course):
    """{scope: {(axis, key): [1, n, e, r, d, t, u, o, v]}} of the Facts of a course."""
    by_staff, by_month = {}, {}
    for fact in course:
        staff = by_staff.setdefault((fact.practitioner, fact.site), {})
        month = by_month.setdefault(month_scope(fact.month), {})
        for place, key in fact.keys.items():
            _count(staff, place, key.twitch, fact)
            if place[0] in SCOPED_AXES:
                _count(month, place, key.twitch, fact)
    by_scope = defaultdict(list)
    for (practitioner, site), sums in by_staff.items():
        by_scope[""].append(sums)
        scoped = {place: numbers for place, numbers in sums.items() if place[0] in SCOPED_AXES}
        by_scope[practitioner_scope(practitioner)].append(scoped)
        by_scope[site_scope(site)].append(scoped)
    return {scope: _added(parts, courses=1) for scope, parts in by_scope.items()} | by_month


def _count(sums, place, twitch, fact):
    """Add a Fact with the best twitch at a place to {(axis, key): [1, n, e, r, d, t, u, o, v]}."""
    if (numbers := sums.get(place)) is None:
        numbers = sums[place] = [1, 0, 0, 0, 0, 0, 0, 0, 0]
    numbers[1] += 1
    if fact.events:
        numbers[2] += 1
    if (change := fact.change) is not None:
        numbers[3] += 1
        numbers[4] += change
        if twitch:  # TWITCH_YES or TWITCH_NO
            at = 5 if twitch == TWITCH_YES else 7
            numbers[at] += 1
            numbers[at + 1] += change


def _added(parts, courses=None):
    """The sums of several {place: numbers}; the number of courses is added too, unless it is given."""
    if len(parts) == 1:
        return parts[0]
    total = {}
    for part in parts:
        for place, numbers in part.items():
            _add(total, place, numbers)
    return {place: [courses, *numbers[1:]] for place, numbers in total.items()} if courses else total


def event_spread_cells(facts, firsts=()):
    """{(axis, scope, key, type or grade): [patients, n h, h h]} of the EventSpreads, for whole patients as above."""
    cells = defaultdict(lambda: [0, 0, 0])
    for courses in _by_patient(facts):
        mine = [fact for course in courses for fact in course]
        if not any(fact.events for fact in mine):
            continue
        sizes, hits = Counter(), Counter()
        for fact in mine:
            scopes = ["", practitioner_scope(fact.practitioner), site_scope(fact.site)]
            kinds = {what for event in fact.events for what in event}
            for axis, key in fact.keys:
                if axis in EVENT_AXES:
                    for scope in scopes:
                        sizes[axis, scope, key] += 1
                        for what in kinds:
                            hits[axis, scope, key, what] += 1
        for cell, h in hits.items():
            numbers = cells[cell]
            numbers[0] += 1
            numbers[1] += sizes[cell[:3]] * h
            numbers[2] += h * h
    return cells


def _by_patient(facts):
    """The Facts as lists of courses, which are lists themselves, for each patient."""
    patients = defaultdict(lambda: defaultdict(list))
    for fact in facts:
        patients[fact.course[0]][fact.course].append(fact)
    return [list(courses.values()) for courses in patients.values()]
