"""A run sees one day and one clock, as the tests do that say "today" and "an hour ago" more than once."""

from datetime import UTC, datetime, timedelta

import time_machine

from tests.clinic.builders import ZONE

NEAR = timedelta(hours=2)


def stay_on_one_day():
    """A run that begins around midnight or near a change of the clocks lives some hours later."""
    now = datetime.now(UTC)
    if is_split(now):
        while is_split(now):
            now += timedelta(hours=1)
        time_machine.travel(now).start()


def is_split(now):
    """Whether what was an hour ago may be another day's, or told by another clock."""
    before, after = (now - NEAR).astimezone(ZONE), (now + NEAR).astimezone(ZONE)
    return now.astimezone(ZONE).hour in (23, 0) or before.utcoffset() != after.utcoffset()
