"""Which backups are kept: every one of the last week, then one a week for five weeks, then one a month for a year."""

from datetime import UTC, datetime, timedelta

NAME = "filiform-%Y%m%dT%H%M%SZ.tar.gz.age"
KEEP_ALL, KEEP_WEEKS, KEEP_MONTHS = timedelta(days=7), timedelta(weeks=5), timedelta(days=366)


def file_name(made_at):
    """The name of the file of a backup that began at this time."""
    return made_at.astimezone(UTC).strftime(NAME)


def made_at(name):
    """The time in the name of a backup's file; None for another file."""
    try:
        return datetime.strptime(name, NAME).replace(tzinfo=UTC)
    except ValueError:
        return None


def outdated(names, *, now):
    """Return the names of backups that need no longer be kept. Other files are never among them.

    Of each week and of each month the oldest backup is kept, so that it stays the same one from day to day.
    """
    kept, periods = set(), set()
    backups = sorted((at, name) for name in names if (at := made_at(name)))
    for at, name in backups:
        age = now - at
        if age <= KEEP_ALL:
            kept.add(name)
        for limit, period in [(KEEP_WEEKS, at.isocalendar()[:2]), (KEEP_MONTHS, ("month", at.year, at.month))]:
            if age <= limit and period not in periods:
                periods.add(period)
                kept.add(name)
    return [name for _, name in backups if name not in kept]
