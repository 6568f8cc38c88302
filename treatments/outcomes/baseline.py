"""The patients when their courses began: age, sex, pain and complaint, as context for the outcomes."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import NamedTuple

from django.db import connections
from django.db.models import Case, CharField, F, Value, When
from django.db.models.functions import Coalesce

from patients.models import BodyRegion, Patient
from patients.models.condition import condition_name
from treatments.estimates import mean_of, quantile_of_counts

from .patients import as_sql
from .rules import began_within, lasted

# The usual words are acute, subacute and chronic. The limits are those of the thresholds for chronic pain.
SHORT_WEEKS, LONG_WEEKS = 6, 12
DURATIONS = {
    "short": f"under {SHORT_WEEKS} weeks",
    "middle": f"{SHORT_WEEKS} to {LONG_WEEKS} weeks",
    "long": f"{LONG_WEEKS} weeks or more",
    "": "not recorded exactly enough",
}
MOST_CONDITIONS = 8


class Line(NamedTuple):
    """A number of courses and its share of all, 0 to 1."""

    label: str
    n: int
    share: float


@dataclass(frozen=True)
class Baseline:
    """Courses counted by what was known at their first session: {value: number of courses}."""

    ages: Counter
    sexes: Counter
    pains: Counter
    durations: Counter
    regions: Counter
    conditions: Counter

    @property
    def courses(self):
        return self.pains.total()

    @property
    def age(self):
        """(median, lower and upper quartile) of the age in years; None without courses."""
        return tuple(quantile_of_counts(self.ages, q) for q in (0.5, 0.25, 0.75)) if self.ages else None

    @property
    def age_median(self):
        return self.age and self.age[0]

    @property
    def women(self):
        return self._line("Women", self.sexes[Patient.Sex.FEMALE.value])

    @property
    def sex_unknown(self):
        return self.sexes[Patient.Sex.UNKNOWN.value]

    @property
    def pain(self):
        """The Mean of the first score; its interval is not used, because the table describes these courses only."""
        total, squares = (sum(pain**power * n for pain, n in self.pains.items()) for power in (1, 2))
        return mean_of(self.courses, total, squares)

    @property
    def long(self):
        return self._line(DURATIONS["long"], self.durations["long"])

    @property
    def groups(self):
        """[(heading, Lines)] of the parts of the table that list values."""
        regions = [self._line(BodyRegion(key).label, n) for key, n in self.regions.most_common() if key]
        common = [(key, n) for key, n in self.conditions.most_common() if key]
        conditions = [self._line(condition_name(key), n) for key, n in common[:MOST_CONDITIONS]]
        if others := sum(n for _, n in common[MOST_CONDITIONS:]):
            conditions.append(self._line("other", others))
        durations = [self._line(label, self.durations[key]) for key, label in DURATIONS.items()]
        return [
            ("How long it had lasted", durations),
            ("Region of the complaint", [*regions, self._line("no complaint recorded", self.regions[""])]),
            ("Condition", [*conditions, self._line("not recorded", self.conditions[""])]),
        ]

    def _line(self, label, n):
        return Line(label, n, n / self.courses if self.courses else 0)


DURATION = Case(
    When(lasted(LONG_WEEKS), then=Value("long")),
    When(lasted(SHORT_WEEKS) & began_within(LONG_WEEKS), then=Value("middle")),
    When(began_within(SHORT_WEEKS), then=Value("short")),
    default=Value(""),
    output_field=CharField(),
)
# The name of each counter of a Baseline, and where its value is found on a course.
VALUES = {
    "ages": F("age"),
    "sexes": F("patient__sex"),
    "pains": F("pain_first"),
    "durations": DURATION,
    "regions": Coalesce("episode__region", Value("")),
    "conditions": Coalesce("episode__condition", Value("")),
}
NUMBERS = {"ages", "pains"}


def baselines_of(courses):
    """{(practitioner, site): Baseline} of Filters.courses(). One query."""
    sql, params = as_sql(courses.values(person=F("who"), place=F("site_of"), **VALUES))
    # Only SQL from the ORM and names from this module are put together; values are passed as parameters. Counting in
    # Python instead would take most of the time of the page with 100,000 sessions.
    counts = " UNION ALL ".join(
        f"SELECT person, place, '{name}', CAST({name} AS VARCHAR(100)), COUNT(*) FROM courses"  # noqa: S608
        f" GROUP BY person, place, {name}"
        for name in VALUES
    )
    found = defaultdict(lambda: {name: Counter() for name in VALUES})
    with connections[courses.db].cursor() as cursor:
        cursor.execute(f"WITH courses AS ({sql}) {counts}", params)
        for person, place, name, value, n in cursor.fetchall():
            found[person, place][name][int(value) if name in NUMBERS else value] += n
    return {line: Baseline(**counters) for line, counters in found.items()}


def together(baselines):
    """The Baseline of the courses of all of these."""
    baselines = list(baselines)
    return Baseline(**{name: sum((getattr(one, name) for one in baselines), Counter()) for name in VALUES})
