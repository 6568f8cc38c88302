"""When a complaint began, as patients say it: a day, a month, a year, or how long ago. No day is ever made up."""

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

from patients.models.onset import OnsetPrecision
from patients.partial_dates import read_partial_date

DAY, WEEK, MONTH, YEAR = OnsetPrecision.values
NUMBERS = "one two three four five six seven eight nine ten eleven twelve".split()
_BEFORE = r"(?:since |for |in )?(?P<about>(?:about|around|approximately|approx\.?|roughly|circa|ca\.?|c\.|~|over) ?)?"
_NUMBER = rf"(?P<number>\d{{1,3}}|an?|half an?|{'|'.join(NUMBERS)})"
AGO = re.compile(rf"{_BEFORE}{_NUMBER} (?P<unit>day|week|month|year)s?(?: ago)?", re.IGNORECASE)
WRITTEN = re.compile(rf"{_BEFORE}(?P<date>.+)", re.IGNORECASE)
HALF = {"week": (3, "day"), "month": (2, "week"), "year": (6, "month")}


@dataclass(frozen=True)
class Onset:
    """The period in which a complaint began: its first `day` and its length, DAY, WEEK, MONTH or YEAR.

    `words` are those that were typed, if they say how long ago it was or that it is an estimate; "" otherwise.
    """

    day: date
    precision: str = DAY
    words: str = ""


def read_onset(text, *, on):
    """The Onset that the text means on the day `on`; None if it cannot be read or is in the future.

    "about 3 months" is the month three months before `on`; weeks give a week, years a year. "3 days" is a day, and
    "about 3 days" a week, because an estimate is not a day.
    """
    text = " ".join(text.split())
    if ago := AGO.fullmatch(text):
        return _ago(ago, text, on)
    written = WRITTEN.fullmatch(text)
    found = written and read_partial_date(written["date"])
    if not found:
        return None
    precision = {4: YEAR, 7: MONTH, 10: DAY}[len(found)]
    day = date.fromisoformat((found + "-01-01")[:10])
    return _period(day, WEEK if written["about"] and precision == DAY else precision, text if written["about"] else "")


def last_day_of(day, precision):
    """The last day of the period in which a complaint began."""
    if precision == YEAR:
        return day.replace(month=12, day=31)
    if precision == MONTH:
        return day.replace(day=calendar.monthrange(day.year, day.month)[1])
    return day + timedelta(days=6) if precision == WEEK else day


def _ago(ago, text, on):
    number, unit = ago["number"].lower(), ago["unit"].lower()
    if number.startswith("half"):
        if unit not in HALF:
            return None
        count, unit = HALF[unit]
    else:
        count = int(number) if number.isdecimal() else NUMBERS.index(number) + 1 if number in NUMBERS else 1
    try:
        return _period(_earlier(on, count, unit), WEEK if unit == DAY and ago["about"] else unit, text)
    except ValueError:  # before the year 1
        return None


def _earlier(on, count, unit):
    if unit in (DAY, WEEK):
        return on - timedelta(days=count * (7 if unit == WEEK else 1))
    months = on.year * 12 + on.month - 1 - count * (12 if unit == YEAR else 1)
    return date(months // 12, months % 12 + 1, 1)


def _period(day, precision, words):
    """The Onset with the first day of the period that this day is in."""
    first = {
        DAY: day,
        WEEK: day - timedelta(days=day.weekday()),
        MONTH: day.replace(day=1),
        YEAR: day.replace(month=1, day=1),
    }
    return Onset(first[precision], precision, words)
