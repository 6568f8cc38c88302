"""Read a day as people type it at a front desk: "10 March", "10/3", "10 3 27", "Thursday", "in 6 weeks"."""

import re
from datetime import date, timedelta

from patients.dates import read_date

NUMBERS = {word: number for number, word in enumerate("one two three four five six seven eight".split(), 1)} | {"a": 1}
RELATIVE = re.compile(
    rf"(?:in )?\+? ?(?:(\d{{1,3}}) ?|({'|'.join(NUMBERS)}) )(d|w|m)(?:ays?|eeks?|onths?)?", re.IGNORECASE
)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# "Thursday" alone or before a date.
WEEKDAY = re.compile(rf"({'|'.join(WEEKDAYS)})(?:s|r|rs|day|sday|nesday|rsday|urday)?\.?(?:,? +(?=\d)|$)")
MONTH_FIRST = re.compile(r"([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?(,? \d{4})?")
WITHOUT_YEAR = re.compile(r"\d{1,2}(?:st|nd|rd|th)? ?(?:[/.-]|of )? ?(?:\d{1,2}|[a-z]{3,9})\.?", re.IGNORECASE)
SHORT_YEAR = re.compile(r".*(?<!\d)\d\d|\d{6}")
NAMED = {"yesterday": -1, "today": 0, "tomorrow": 1, "next week": 7}


def read_day(text, today):
    """The date that the text means, or None. In figures, the day is before the month.

    A day without a year is the next one from `today` on, and a year of two digits is in this century. A weekday is the
    next one after `today`; before a date that is another weekday, the text means no day. "in 2 months" is the same day
    of that month, or its last day.
    """
    text = " ".join(text.split()).strip(" ,.").lower()
    if text in NAMED:
        return today + timedelta(days=NAMED[text])
    if relative := RELATIVE.fullmatch(text):
        number = int(relative[1]) if relative[1] else NUMBERS[relative[2]]
        return _after(today, number, relative[3].lower())
    if weekday := WEEKDAY.match(text):
        number, text = WEEKDAYS.index(weekday[1]), text[weekday.end() :]
        if not text:
            return today + timedelta(days=(number - today.weekday() - 1) % 7 + 1)
        found = _date(text, today)
        return found if found and found.weekday() == number else None
    return _date(text, today)


def _date(text, today):
    """The date that is written in figures or with the name of its month, or None."""
    if month_first := MONTH_FIRST.fullmatch(text):
        text = f"{month_first[2]} {month_first[1]}{(month_first[3] or '').replace(',', '')}"
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
