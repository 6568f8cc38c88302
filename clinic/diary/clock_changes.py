"""When the clocks of a time zone change, written for calendar programs (RFC 5545, VTIMEZONE)."""

import calendar
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

SECOND = timedelta(seconds=1)
WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
# A rule is used only if it is also correct in these years before and after those of the file. In a few years alone, the
# last Sunday of a month can always be the fourth one.
YEARS_BEFORE, YEARS_AFTER = 1, 5


def vtimezone(zone, first_year, last_year):
    """The VTIMEZONE of a zone, correct from the first to the last year (both included).

    A zone whose clocks change by a yearly rule gets that rule, once for summer and once for winter time, because
    Outlook reads nothing else [MS-STANOICAL 2.2.47]. In any other zone each change is listed. The icalendar package
    can write zones too, but gives some changes the wrong offset or leaves them out.
    """
    component = Timezone()
    component.add("tzid", zone.key)
    for observance in _yearly(zone, first_year, last_year) or _listed(zone, first_year, last_year):
        component.add_component(observance)
    return component


def _yearly(zone, first_year, last_year):
    """The two observances with their rules, or None when the zone has no yearly rule in these years."""
    years = range(first_year - YEARS_BEFORE, last_year + YEARS_AFTER + 1)
    changes = [_clock_changes(zone, year) for year in years]
    if any(len(pair) != 2 for pair in changes):
        return None
    observances = []
    for same_change in zip(*changes, strict=True):
        rule = _yearly_rule([_wall_time(zone, instant) for instant in same_change])
        offsets = {tuple(_offsets(zone, instant)) for instant in same_change}
        if rule is None or len(offsets) > 1:
            return None
        observance = _observance(zone, same_change[0])
        observance.add("rrule", rule)
        observances.append(observance)
    return observances


def _listed(zone, first_year, last_year):
    starts_at = datetime(first_year, 1, 1, tzinfo=UTC)
    changes = [instant for year in range(first_year, last_year + 1) for instant in _clock_changes(zone, year)]
    return [_observance(zone, instant) for instant in (starts_at, *changes)]


def _yearly_rule(walls):
    """The RRULE of local times that are the same weekday of the same month each year, or None if they are not."""
    if len({(wall.month, wall.weekday(), wall.time()) for wall in walls}) > 1:
        return None
    [weekday] = {WEEKDAYS[wall.weekday()] for wall in walls}
    places = {(wall.day - 1) // 7 + 1 for wall in walls}
    if all(wall.day + 7 > calendar.monthrange(wall.year, wall.month)[1] for wall in walls):
        places = {-1}
    if len(places) > 1:
        return None
    return {"freq": "yearly", "bymonth": walls[0].month, "byday": f"{places.pop()}{weekday}"}


def _observance(zone, instant):
    """The offset from this instant on. Its start is given in the offset before it (RFC 5545, 3.6.5)."""
    before, after = _offsets(zone, instant)
    observance = TimezoneDaylight() if after > before else TimezoneStandard()
    observance.add("dtstart", _wall_time(zone, instant))
    observance.add("tzoffsetfrom", before)
    observance.add("tzoffsetto", after)
    observance.add("tzname", instant.astimezone(zone).tzname())
    return observance


def _wall_time(zone, instant):
    """What the clock would show at this instant if it did not change."""
    return (instant + _offsets(zone, instant)[0]).replace(tzinfo=None)


def _offsets(zone, instant):
    return [_offset(zone, instant - SECOND), _offset(zone, instant)]


@lru_cache(maxsize=512)
def _clock_changes(zone, year):
    """The instants of a year (UTC) at which the offset of the zone changes, to the second."""
    start, end = (datetime(number, 1, 1, tzinfo=UTC) for number in (year, year + 1))
    changes = []
    for number in range((end - start).days):
        early, late = (start + timedelta(days=day) for day in (number, number + 1))
        if _offset(zone, early) != _offset(zone, late):
            while late - early > SECOND:
                middle = early + (late - early) // SECOND // 2 * SECOND
                early, late = (middle, late) if _offset(zone, middle) == _offset(zone, early) else (early, middle)
            changes.append(late)
    return changes


def _offset(zone, instant):
    return instant.astimezone(zone).utcoffset()
