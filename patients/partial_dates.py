"""Dates of which only the year or the month may be known, stored as 2019, 2019-03 or 2019-03-14."""

import re
from datetime import date

from django.utils import timezone
from django.utils.formats import date_format

from patients.dates import MONTHS, read_date

YEAR = re.compile(r"(\d{4})")
MONTH_AND_YEAR = re.compile(rf"({'|'.join(MONTHS)})[a-z]*\.?,? (\d{{4}})", re.IGNORECASE)
MONTH_IN_FIGURES = re.compile(r"(\d{1,2})[/.-](\d{4})|(\d{4})-(\d{1,2})")


def read_partial_date(text):
    """The partial date that the text is, as it is stored; None if it is none, or in the future."""
    text = " ".join(text.split())
    found = _read(text)
    is_future = found and found > timezone.localdate().isoformat()[: len(found)]
    return None if is_future else found


def _read(text):
    if day := read_date(text):
        return day.isoformat()
    if YEAR.fullmatch(text):
        return text if text > "1900" else None
    if found := MONTH_AND_YEAR.fullmatch(text):
        return f"{found[2]}-{MONTHS[found[1].lower()]:02}"
    if found := MONTH_IN_FIGURES.fullmatch(text):
        month, year = int(found[1] or found[4]), found[2] or found[3]
        return f"{year}-{month:02}" if 1 <= month <= 12 else None
    return None


def partial_date_words(value):
    """A stored partial date in words, such as "Mar 2019"."""
    if len(value) == 7:
        return date_format(date.fromisoformat(f"{value}-01"), "M Y")
    return date_format(date.fromisoformat(value), "j M Y") if len(value) == 10 else value
