"""Read a day as people type it at a front desk: "10 March", "10/3", "10 3 27", "10032027", "in 6 weeks"."""

import re
from datetime import date, timedelta

from patients.dates import read_date

RELATIVE = re.compile(r"(?:in )?\+? ?(\d{1,3}) ?(d|w|m)(?:ays?|eeks?|onths?)?", re.IGNORECASE)
WITHOUT_YEAR = re.compile(r"\d{1,2}(?:st|nd|rd|th)? ?(?:[/.-]|of )? ?(?:\d{1,2}|[a-z]{3,9})\.?", re.IGNORECASE)
SHORT_YEAR = re.compile(r".*(?<!\d)\d\d|\d{6}")
NAMED = {"today": 0, "tomorrow": 1}


def read_day(text, today):
    """The date that the text means, or None. The day is before the month.

    A day without a year is the next one from `today` on, and a year of two digits is in this century. "in 2 months" is
    the same day of that month, or its last day.
    """
    text = " ".join(text.split()).strip(" ,").lower()
    if text in NAMED:
        return today + timedelta(days=NAMED[text])
    if relative := RELATIVE.fullmatch(text):
        return _after(today, int(relative[1]), relative[2].lower())
    if WITHOUT_YEAR.fullmatch(text):
        return next(filter(None, (_this_or_next(text, today, years) for years in range(8))), None)
    found = read_date(f"{text[:4]}20{text[4:]}" if re.fullmatch(r"\d{6}", text) else text)
    if found and found.year < today.year - 50 and SHORT_YEAR.fullmatch(text) and str(found.year) not in text:
        return found.replace(year=found.year + 100)
    return found


def add_months(day, months):
    """The same day some months later, or the last day of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for number in range(day.day, 27, -1):
        try:
            return date(year, month + 1, number)
        except ValueError:
            continue
    return date(year, month + 1, day.day)


def _after(today, number, unit):
    if unit == "m":
        return add_months(today, number)
    return today + timedelta(days=number * (7 if unit == "w" else 1))


def _this_or_next(text, today, years):
    """The day in a year that is some years ahead, unless it is over or does not exist."""
    text = re.sub(r"[/.-]", " ", text)
    found = read_date(f"{text} {today.year + years}")
    return found if found and found >= today else None
