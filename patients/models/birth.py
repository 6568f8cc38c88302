"""Birth dates: known to the day, known in part, estimated or not known."""

import calendar
from dataclasses import dataclass
from datetime import date

from django.db import models
from django.db.models import Func
from django.utils.formats import date_format

# An estimated year may be wrong by as many years. This is our own rule, without a source.
ABOUT_YEARS = 5


class BirthPrecision(models.TextChoices):
    """How exactly a birth date is known, the most exact first."""

    DAY = "day", "Known"
    MONTH = "month", "Only month and year known"
    YEAR = "year", "Only year known"
    ABOUT = "about", "Year estimated"
    UNKNOWN = "unknown", "Not known"


class DayOfMonth(Func):
    """The day of the month of a stored date, for a constraint: it uses no function that only Django adds to SQLite."""

    output_field = models.IntegerField()
    # Without spaces: Django's introspection of SQLite splits the SQL of a table at each comma with a space.
    places = "9,2"
    part = "DAY"

    def as_sqlite(self, compiler, connection, **context):
        return self.as_sql(compiler, connection, template=f"CAST(substr(%(expressions)s,{self.places}) AS INTEGER)")

    def as_postgresql(self, compiler, connection, **context):
        return self.as_sql(compiler, connection, template=f"CAST(EXTRACT({self.part} FROM %(expressions)s) AS INTEGER)")


class MonthOfYear(DayOfMonth):
    places = "6,2"
    part = "MONTH"


def whole_years(born_on, day):
    """The age in whole years on a day. A birthday on 29 February counts as 1 March in other than leap years."""
    before_birthday = (day.month, day.day) < (born_on.month, born_on.day)
    return day.year - born_on.year - before_birthday


@dataclass(frozen=True)
class BirthDate:
    """A birth date as far as it is known: `day` is the first day of the month or year, None if nothing is known."""

    day: date | None
    precision: str = BirthPrecision.DAY.value

    def __str__(self):
        if self.day is None:
            return "birth date not known"
        if self.precision == BirthPrecision.MONTH:
            return f"{date_format(self.day, 'M Y')} (day not known)"
        if self.precision == BirthPrecision.YEAR:
            return f"{self.day.year} (only year known)"
        if self.precision == BirthPrecision.ABOUT:
            return f"about {self.day.year} (estimated)"
        return date_format(self.day, "j M Y")

    @property
    def first_day(self):
        """The first day of the month or year, if no more is known: what `day` has to be."""
        if self.day is None or self.precision in (BirthPrecision.DAY, BirthPrecision.UNKNOWN):
            return self.day
        return self.day.replace(day=1) if self.precision == BirthPrecision.MONTH else self.day.replace(month=1, day=1)

    @property
    def words(self):
        """As part of a sentence or a list of facts: "born 14 Mar 1979", or "birth date not known"."""
        return f"born {self}" if self.day else str(self)

    @property
    def typed(self):
        """As somebody types it into a form. `patients.births.read_birth_date` reads it back."""
        if self.day is None:
            return "not known"
        return {
            BirthPrecision.MONTH: f"{self.day:%b %Y}",
            BirthPrecision.YEAR: f"{self.day.year}",
            BirthPrecision.ABOUT: f"about {self.day.year}",
        }.get(self.precision) or f"{self.day.day} {self.day:%b %Y}"

    @property
    def is_exact(self):
        return self.precision == BirthPrecision.DAY

    def is_more_exact_than(self, other):
        exactness = BirthPrecision.values
        return exactness.index(self.precision) < exactness.index(other.precision)

    @property
    def earliest(self):
        """The first day on which this person can have been born; None if nothing is known."""
        if self.precision == BirthPrecision.ABOUT:
            return date(self.day.year - ABOUT_YEARS, 1, 1)
        return self.day

    @property
    def latest(self):
        """The last day on which this person can have been born; None if nothing is known."""
        if self.precision == BirthPrecision.MONTH:
            return self.day.replace(day=calendar.monthrange(self.day.year, self.day.month)[1])
        if self.precision == BirthPrecision.YEAR:
            return date(self.day.year, 12, 31)
        return date(self.day.year + ABOUT_YEARS, 12, 31) if self.precision == BirthPrecision.ABOUT else self.day

    def can_be(self, other):
        """Whether both can be the birth date of one person. An unknown date can be any."""
        if self.day is None or other.day is None:
            return True
        return self.earliest <= other.latest and other.earliest <= self.latest

    def age_on(self, day):
        """The age in whole years, which is estimated unless the date `is_exact`; None if nothing is known."""
        return None if self.day is None else whole_years(self.day, day)

    def age_words(self, day, unit="y"):
        """The age on a day for pages: "47 y", "about 47 y" if it is estimated, or "age not known"."""
        if self.day is None:
            return "age not known"
        return f"{'' if self.is_exact else 'about '}{self.age_on(day)} {unit}"

    def youngest_on(self, day):
        """The least age in whole years that is possible on a day; None if nothing is known."""
        return None if self.day is None else whole_years(self.latest, day)

    def is_under(self, years, *, on):
        """Whether the person is younger than this on a day: True or False, or None if that is not certain."""
        if self.day is None:
            return None
        oldest = whole_years(self.earliest, on)
        return None if self.youngest_on(on) < years <= oldest else oldest < years
