"""The clock on the site's wall: which instant a local time means, and what to say when it means none or two."""

from datetime import UTC, datetime, time, timedelta

from django.core.exceptions import ValidationError

SECOND = timedelta(seconds=1)


def day_bounds(day, zone):
    """The instants at which a local day begins and ends; 23 to 25 hours apart."""
    return first_instant(day, time.min, zone), first_instant(day + timedelta(days=1), time.min, zone)


def local_day(instant, zone):
    """The date on the site's wall at this instant."""
    return instant.astimezone(zone).date()


def local_instant(wall, zone, *, fold=None):
    """The UTC instant of a naive local time.

    Raises ValidationError with code "nonexistent" when the clocks jump over it, and "ambiguous" when it comes twice
    and `fold` (0 the first, 1 the second) does not say which.
    """
    first, second = (_utc(wall, zone, fold) for fold in (0, 1))
    if first == second:
        return first
    if first > second:
        raise ValidationError(_nonexistent(wall, zone), code="nonexistent")
    if fold is None:
        raise ValidationError(_ambiguous(wall, zone), code="ambiguous")
    return second if fold else first


def fold_choices(wall, zone):
    """[(0, "01:30, the first time (IST)"), (1, ...)] for a time that comes twice, otherwise []."""
    first, second = (_utc(wall, zone, fold) for fold in (0, 1))
    if first >= second:
        return []
    return [
        (fold, f"{wall:%H:%M}, the {which} time ({instant.astimezone(zone):%Z})")
        for fold, which, instant in ((0, "first", first), (1, "second", second))
    ]


def first_instant(day, clock, zone):
    """The first instant of this day at which the wall shows this time or later. Never refuses: for hours and days."""
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
    """Like first_instant; but of a time that comes twice the second one, for the end of a stretch of work."""
    wall = datetime.combine(day, clock)
    first, second = (_utc(wall, zone, fold) for fold in (0, 1))
    return second if second > first else first_instant(day, clock, zone)


def weekly_walls(first, *, visits, every_weeks):
    """Naive local times of a repeat: the same weekday and the same hour on the wall, whatever the clocks do."""
    return [first + timedelta(weeks=every_weeks * number) for number in range(visits)]


def wall_of(instant, zone):
    """The naive local time at an instant."""
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def _utc(wall, zone, fold):
    return wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)


def _nonexistent(wall, zone):
    after = first_instant(wall.date(), wall.time(), zone).astimezone(zone)
    return (
        f"The clocks go forward on {wall:%-d %B %Y}: {wall:%H:%M} does not exist in {zone.key}."
        f" Choose {after:%H:%M} or later, or a time before the change."
    )


def _ambiguous(wall, zone):
    (_, first), (_, second) = fold_choices(wall, zone)
    return (
        f"The clocks go back on {wall:%-d %B %Y}: {wall:%H:%M} comes twice in {zone.key}. Choose {first} or {second}."
    )
