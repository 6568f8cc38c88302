"""A run sees one day only, as the tests do that say "today" more than once."""

from datetime import datetime, timedelta

import time_machine

from tests.clinic.builders import ZONE


def stay_on_one_day():
    """A run that begins in the last hour of the day lives in the first hour of the next one."""
    now = datetime.now(ZONE)
    if now.hour == 23:
        time_machine.travel(now + timedelta(hours=1)).start()
