"""Reads dates as people write them: 14/03/1979, 14.3.79, 1979-03-14, 14 Mar 1979, 140379.

The day is before the month, unless that is impossible: 03/14/1979 is 14 March.
"""

import re
from datetime import date

from django.utils import timezone

MONTHS = {name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_DAY = r"(?P<day>\d{1,2})"
_MONTH = r"(?P<month>\d{1,2})"
_MONTH_NAME = rf"(?P<month>{'|'.join(MONTHS)})[a-z]{{0,6}}\.?"
_YEAR = r"(?P<year>\d{4}|\d{2})"
_SHAPES = [
    rf"(?P<year>\d{{4}})([-/.]){_MONTH}\2{_DAY}",
    rf"{_DAY}\s?([-/.])\s?{_MONTH}\s?\2\s?{_YEAR}",
    rf"{_DAY}(?:st|nd|rd|th)?[-/. ]*(?:of )?{_MONTH_NAME}[-/., ]*{_YEAR}",
    rf"{_MONTH_NAME} {_DAY}(?:st|nd|rd|th)?,? {_YEAR}",
    # Not next to more digits: 07 12 34 56 78 is a phone number.
    rf"(?<![\d+] ){_DAY} {_MONTH} {_YEAR}(?! \d)",
]
WRITTEN = [re.compile(rf"(?<![\w+/.-]){shape}(?![-/.]?\w)", re.IGNORECASE) for shape in _SHAPES]
COMPACT = re.compile(r"(?P<day>\d{2})(?P<month>\d{2})(?P<year>\d{4}|\d{2})")
# A birthday without its year, as people say it on the phone.
_DAY_SHAPES = [
    rf"{_DAY}/{_MONTH}",
    rf"{_DAY}(?:st|nd|rd|th)? (?:of )?{_MONTH_NAME}",
    rf"{_MONTH_NAME} {_DAY}(?:st|nd|rd|th)?",
]
DAY_AND_MONTH = [re.compile(rf"(?<![\w+/.-]){shape}(?![-/.]?\w)", re.IGNORECASE) for shape in _DAY_SHAPES]


def read_date(text):
    """The date that the text is, or None. A year of two digits is in the last hundred years."""
    found, rest = take_date(text)
    if found:
        return None if rest else found
    compact = COMPACT.fullmatch(text.strip())
    return _as_date(**compact.groupdict()) if compact else None


def take_date(text):
    """(first date in the text, text without it); (None, text) if there is none."""
    for shape in WRITTEN:
        for match in shape.finditer(text):
            day = _as_date(**match.groupdict())
            if day:
                return day, f"{text[: match.start()]} {text[match.end() :]}".strip()
    return None, text


def names_no_day(text):
    """Whether the text is written like a date, but that day does not exist: 29/02/2001."""
    shapes = [*WRITTEN, COMPACT]
    return any(shape.fullmatch(text.strip()) for shape in shapes) and read_date(text) is None


def take_day_and_month(text):
    """((day, month), text without them) of a date without a year, such as "14/3"; (None, text) if there is none."""
    for shape in DAY_AND_MONTH:
        for match in shape.finditer(text):
            day = _as_date(**match.groupdict(), year="2000")  # a leap year
            if day:
                return (day.day, day.month), f"{text[: match.start()]} {text[match.end() :]}".strip()
    return None, text


def _as_date(*, day, month, year):
    day, month = int(day), MONTHS.get(month[:3].lower()) or int(month)
    if month > 12:
        day, month = month, day
    try:
        return date(_full_year(year), month, day)
    except ValueError:
        return None


def _full_year(written):
    year = int(written)
    if len(written) == 4:
        return year
    this_year = timezone.localdate().year
    return year + this_year // 100 * 100 - (100 if year > this_year % 100 else 0)
