"""Keep a test run away from midnight and from clock changes, for tests that use "today" and "an hour ago"."""

from datetime import UTC, datetime, timedelta

import time_machine

from tests.clinic.builders import ZONE

NEAR = timedelta(hours=2)


def avoid_midnight():
    """Move the clock forward some hours if the run begins around midnight or near a clock change."""
    now = datetime.now(UTC)
    if is_near_midnight(now):
        while is_near_midnight(now):
            now += timedelta(hours=1)
        time_machine.travel(now).start()


def is_near_midnight(now):
    """Whether it is around midnight, or within two hours of a clock change."""
    before, after = (now - NEAR).astimezone(ZONE), (now + NEAR).astimezone(ZONE)
    return now.astimezone(ZONE).hour in (23, 0) or before.utcoffset() != after.utcoffset()
