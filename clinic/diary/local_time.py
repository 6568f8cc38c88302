"""Convert between UTC and a site's local time, also on the days when the clocks change.

A "wall" is a naive datetime as the clock on the wall of the site shows it.
"""

from datetime import UTC, datetime, time, timedelta

from django.core.exceptions import ValidationError

SECOND = timedelta(seconds=1)


def day_bounds(day, zone):
    """The UTC instants at which a local day begins and ends, usually 23 to 25 hours apart."""
    return first_instant(day, time.min, zone), first_instant(day + timedelta(days=1), time.min, zone)


def local_day(instant, zone):
    """The local date at this instant."""
    return instant.astimezone(zone).date()


def days_ago(visit, now):
    """How many days before `now` the day of a visit was, by the clock of its site; negative for a day to come."""
    return (local_day(now, visit.zone) - local_day(visit.starts_at, visit.zone)).days


def local_instant(wall, zone, *, fold=None):
    """The UTC instant of a naive local time.

    Raises ValidationError "nonexistent" if the clocks skip that time, and "ambiguous" if it occurs twice and `fold` is
    None (0 means the first time, 1 the second).
    """
    first, second = (_utc(wall, zone, fold) for fold in (0, 1))
    if first == second:
        return first
    if first > second:
        after = first_instant(wall.date(), wall.time(), zone).astimezone(zone)
        raise ValidationError(
            f"The clocks go forward on {wall:%-d %B %Y}: {wall:%H:%M} does not exist in {zone.key}."
            f" Choose {after:%H:%M} or later, or a time before the change.",
            code="nonexistent",
        )
    if fold is None:
        (_, earlier), (_, later) = fold_choices(wall, zone)
        raise ValidationError(
            f"The clocks go back on {wall:%-d %B %Y}: {wall:%H:%M} occurs twice in {zone.key}."
            f" Choose {earlier} or {later}.",
            code="ambiguous",
        )
    return second if fold else first


def fold_choices(wall, zone):
    """[(0, "01:30, the first time (IST)"), (1, ...)] for a time that occurs twice, otherwise []."""
    first, second = (_utc(wall, zone, fold) for fold in (0, 1))
    if first >= second:
        return []
    return [
        (fold, f"{wall:%H:%M}, the {which} time ({instant.astimezone(zone):%Z})")
        for fold, which, instant in ((0, "first", first), (1, "second", second))
    ]


def first_instant(day, clock, zone):
    """The first UTC instant of this day at which the local time is `clock` or later. Never raises."""
    wall = datetime.combine(day, clock)
    early, late = sorted(_utc(wall, zone, fold) for fold in (0, 1))
    if wall_of(early, zone) >= wall:
        return early
    while late - early > SECOND:
        middle = early + (late - early) // SECOND // 2 * SECOND
        if wall_of(middle, zone) < wall:
            early = middle
        else:
            late = middle
    return late


def last_instant(day, clock, zone):
    """Like `first_instant`, but the second one of a time that occurs twice: for the end of working hours."""
    wall = datetime.combine(day, clock)
    first, second = (_utc(wall, zone, fold) for fold in (0, 1))
    return second if second > first else first_instant(day, clock, zone)


def days_text(start, end, zone):
    """A period as a person would say it: "Mon 30 Nov", "Mon 30 Nov 09:00 to 12:00", "Mon 30 Nov to Fri 4 Dec"."""
    first, last = wall_of(start, zone), wall_of(end, zone)
    whole_days = first.time() == last.time() == time.min
    if whole_days:
        last -= SECOND
    names = f"{first:%a %-d %b}", f"{last:%a %-d %b}"
    if whole_days:
        return names[0] if first.date() == last.date() else f"{names[0]} to {names[1]}"
    if first.date() == last.date():
        return f"{names[0]} {first:%H:%M} to {last:%H:%M}"
    return f"{names[0]} {first:%H:%M} to {names[1]} {last:%H:%M}"


def weekly_walls(first, *, visits, every_weeks):
    """The local times of a repeat: the same weekday and time, also across a change of the clocks."""
    return [first + timedelta(weeks=every_weeks * number) for number in range(visits)]


def wall_of(instant, zone):
    """The naive local time at an instant."""
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def _utc(wall, zone, fold):
    return wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
