"""The month from which a day of the diary is chosen."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

from clinic.diary.day_words import add_months
from clinic.forms.diary import is_in_range


@dataclass(frozen=True)
class MonthDay:
    date: date
    url: str
    is_inside: bool
    is_shown: bool
    is_today: bool


@dataclass(frozen=True)
class Month:
    """A month in whole weeks, with links to the same diary page on other days."""

    first: date
    weeks: list
    before: date
    after: date
    before_url: str
    after_url: str
    jumps: list


def month_of(request, filters, today):
    """The Month in the URL, or that of the day that is shown."""
    first = _first(request.GET.get("month", "")) or filters.day.replace(day=1)
    weeks = [
        [
            MonthDay(day, filters.url(day=day), day.month == first.month, day == filters.day, day == today)
            for day in week
        ]
        for week in calendar.Calendar().monthdatescalendar(first.year, first.month)
    ]
    before, after = add_months(first, -1), add_months(first, 1)
    jumps = [
        ("In 1 week", filters.url(day=filters.day + timedelta(weeks=1))),
        ("In 6 weeks", filters.url(day=filters.day + timedelta(weeks=6))),
        ("In 3 months", filters.url(day=add_months(filters.day, 3))),
    ]
    urls = [filters.url(month=f"{month:%Y-%m}") for month in (before, after)]
    return Month(first, weeks, before, after, *urls, jumps)


def _first(text):
    """The first day of a month "2027-03", or None."""
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
    return first if is_in_range(first) else None
