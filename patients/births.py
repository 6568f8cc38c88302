"""Reads birth dates as people write them: 14/03/1979, Mar 1979, 1979, about 1979, 45 years old, not known."""

import re
from datetime import date

from django.utils import timezone

from patients.dates import read_date
from patients.models.birth import BirthDate, BirthPrecision
from patients.partial_dates import read_partial_date

UNKNOWN = {"unknown", "not known", "birth date not known"}
ABOUT = re.compile(r"(?:about|around|approximately|approx\.?|estimated|est\.?|circa|ca\.?|c\.|~) ?(.+)", re.IGNORECASE)
AGE = re.compile(r"(?:aged? )?(\d{1,3}) ?(?:y|yrs?|years?)?(?: old)?", re.IGNORECASE)


def read_birth_date(text):
    """The BirthDate that the text is, or None. A future day is returned too: the service refuses it."""
    text = " ".join(text.split())
    if text.casefold() in UNKNOWN:
        return BirthDate(None, BirthPrecision.UNKNOWN)
    if day := read_date(text):
        return BirthDate(day)
    # An age needs a word beside it, because 45 alone is more likely a slip.
    if (age := AGE.fullmatch(text)) and not text.isdecimal():
        return of_age(int(age[1]))
    if about := ABOUT.fullmatch(text):
        return _estimated(about[1])
    found = read_partial_date(text)
    precision = {4: BirthPrecision.YEAR, 7: BirthPrecision.MONTH}
    return found and BirthDate(_first_day(found), precision[len(found)])


def of_age(years):
    """The estimated BirthDate of somebody who is this old today; None for an impossible age."""
    year = timezone.localdate().year - years
    return BirthDate(date(year, 1, 1), BirthPrecision.ABOUT) if 0 <= years <= 130 else None


def _estimated(text):
    """An estimated date is a year, however it was written."""
    if (age := AGE.fullmatch(text)) and len(age[1]) < 4:
        return of_age(int(age[1]))
    found = read_partial_date(text)
    return found and BirthDate(date(int(found[:4]), 1, 1), BirthPrecision.ABOUT)


def _first_day(partial):
    return date.fromisoformat(f"{partial}-01-01"[:10])
