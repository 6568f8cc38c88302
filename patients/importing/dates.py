"""Dates as spreadsheets and other systems write them. The order of day and month is that of a whole column.

03/04/1990 is 3 April in most countries and March 4 in the United States. One line such as 25/04/1990 decides for all
lines of its column. If no line decides, or two lines contradict each other, a person must choose.
"""

import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

DAY_FIRST, MONTH_FIRST = "day", "month"
# The first letters of the months in languages of Western and Central Europe, without accents.
_MONTHS = {
    1: "jan jän gen ene janv stycz sty led",
    2: "feb fev févr fevr luty lut unor",
    3: "mar mär mrt maart mrz marz marc mars brez",
    4: "apr avr abr kwi dub",
    5: "may mai mei maj mag kvet",
    6: "jun juin giu cze",
    7: "jul juil lug lip",
    8: "aug août aou ago sie srp",
    9: "sep set wrz zari",
    10: "oct okt out ott paz rij",
    11: "nov lis",
    12: "dec dez déc dic gru pros",
}
MONTHS = {
    "".join(c for c in unicodedata.normalize("NFKD", start) if c.isalpha() and c.isascii()): number
    for number, starts in _MONTHS.items()
    for start in starts.split()
}
_TIME = r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:[AP]M|Z|[+-]\d{2}:?\d{2})?)?"
YEAR_FIRST = re.compile(rf"(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){_TIME}", re.IGNORECASE)
# HL7 writes 19790314, or 19790314103000 with the time.
COMPACT = re.compile(r"((?:18|19|20)\d{2})(\d{2})(\d{2})(?:\d{4}(?:\d{2})?)?")
TWO_FIGURES = re.compile(rf"(\d{{1,2}})\s?([-/. ])\s?(\d{{1,2}})\s?\2\s?(\d{{4}}|\d{{2}}){_TIME}", re.IGNORECASE)
DAY_AND_NAME = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th|er|º|\.)?[-/. ]*(?:de |of )?([^\W\d_]{3,})\.?[-/., ]*(?:de )?(\d{4}|\d{2})"
)
NAME_AND_DAY = re.compile(r"([^\W\d_]{3,})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")
# Days since the end of 1899, as Excel counts them: 1 March 1900 is 61.
SERIAL = re.compile(r"\d{4,5}(?:\.0+)?")
CLOCK = re.compile(
    r"(?P<hour>\d{1,2})(?:[:.h]?(?P<minute>\d{2}))?(?:[:.]\d{2}(?:\.\d+)?)?\s*(?:(?P<half>[AaPp])\.?[Mm]\.?|h|uur|Uhr|Z)?"
)
PART_OF_DAY = re.compile(r"0?\.\d+")
SERIAL_START, LAST_SERIAL = date(1899, 12, 30), 73_050  # the year 2100


@dataclass(frozen=True)
class DateOrder:
    """How the dates of a column are written. `only_day_first` and `only_month_first` count dates that decide."""

    only_day_first: int = 0
    only_month_first: int = 0
    either: int = 0

    @property
    def decided(self):
        """DAY_FIRST or MONTH_FIRST; "" if a person must choose."""
        if bool(self.only_day_first) != bool(self.only_month_first):
            return DAY_FIRST if self.only_day_first else MONTH_FIRST
        return "" if self.either or self.only_day_first else DAY_FIRST

    @property
    def words(self):
        """Why the order is known or not, as a sentence."""
        if self.only_day_first and self.only_month_first:
            day, month = self.only_day_first, self.only_month_first
            return f"{day} dates can only have the day first, {month} only the month first."
        if self.only_day_first or self.only_month_first:
            count, order = (self.only_day_first, "day") if self.only_day_first else (self.only_month_first, "month")
            return f"{count} {'date' if count == 1 else 'dates'} can only have the {order} first."
        if self.either:
            return f"{self.either} {'date' if self.either == 1 else 'dates'} could have the day or the month first."
        return "No date can be read in two ways."


def order_of(values):
    """The DateOrder of the cells of a column."""
    day = month = either = 0
    for value in values:
        if found := TWO_FIGURES.fullmatch(value.strip()):
            first, second = int(found[1]), int(found[3])
            day += 12 < first <= 31 and second <= 12
            month += 12 < second <= 31 and first <= 12
            either += first <= 12 and second <= 12 and first != second
    return DateOrder(day, month, either)


def read_cell_date(text, order):
    """The date in a cell, or None. `order` is DAY_FIRST or MONTH_FIRST; with "" only dates that need none are read."""
    text = text.strip()
    if found := YEAR_FIRST.fullmatch(text) or COMPACT.fullmatch(text):
        return _date(int(found[1]), int(found[2]), int(found[3]))
    if found := TWO_FIGURES.fullmatch(text):
        return _in_order(int(found[1]), int(found[3]), _year(found[4]), order)
    if found := DAY_AND_NAME.fullmatch(text):
        return _date(_year(found[3]), _month(found[2]), int(found[1]))
    if found := NAME_AND_DAY.fullmatch(text):
        return _date(int(found[3]), _month(found[1]), int(found[2]))
    if SERIAL.fullmatch(text) and 60 < (days := int(float(text))) <= LAST_SERIAL and not _is_year(text):
        return SERIAL_START + timedelta(days=days)
    return None


def read_cell_moment(text, order):
    """The day and time in a cell as a datetime, or None. Without a time it is None too.

    It has a time zone only if the cell has one, such as 2026-03-15T14:30:00Z. Otherwise it is the clinic's local time.
    """
    with suppress(ValueError):
        if (found := datetime.fromisoformat(text.strip())).tzinfo:
            return found
    day_part, _, clock = text.strip().replace("T", " ", 1).partition(" ")
    day, at = read_cell_date(day_part, order), read_cell_time(clock)
    return datetime.combine(day, at) if day and at else None


def read_cell_time(text):
    """The time of day in a cell, or None: 14:30, 14.30, 14h30, 2:30 PM, 1430, or a part of a day such as 0.604."""
    found = CLOCK.fullmatch(text.strip())
    if not found:
        return _part_of_day(text)
    hour, minute, half = int(found["hour"]), int(found["minute"] or 0), (found["half"] or "").lower()
    if half and not 1 <= hour <= 12:
        return None
    hour = hour % 12 + 12 * (half == "p") if half else hour
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _part_of_day(text):
    """Spreadsheets store a time as a part of the day."""
    if not PART_OF_DAY.fullmatch(text.strip()):
        return None
    minutes = round(float(text) * 24 * 60)
    return time(minutes // 60, minutes % 60) if minutes < 24 * 60 else None


def _is_year(text):
    return len(text) == 4 and 1890 <= int(text) <= timezone.localdate().year


def _in_order(first, second, year, order):
    if not order and first != second:
        return None
    day, month = (second, first) if order == MONTH_FIRST else (first, second)
    return _date(year, month, day)


def _month(name):
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.lower()) if c.isascii() and c.isalpha())
    return next((MONTHS[plain[:length]] for length in (5, 4, 3) if plain[:length] in MONTHS), 0)


def _year(written):
    """A year of two figures is one of the last hundred years."""
    year, this_year = int(written), timezone.localdate().year
    if len(written) == 4:
        return year
    return year + this_year // 100 * 100 - (100 if year > this_year % 100 else 0)


def _date(year, month, day):
    try:
        return date(year, month, day)
    except ValueError:
        return None
