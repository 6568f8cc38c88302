"""When a patient is asked how they are after a session, and to which of the three times an answer belongs."""

from datetime import timedelta

# Hours after the start of the session; the follow-up form asks for 24 to 72 hours.
TIMES = (24, 48, 72)
# Contacts from 12 hours before one of the times until 12 hours after it belong to it.
NEAR = timedelta(hours=12)
# A patient is on the list of whom to ask from the first time until the last one is over.
FIRST, LAST = timedelta(hours=TIMES[0]), timedelta(hours=TIMES[-1]) + NEAR


def time_of(started_at, asked_at):
    """The time among TIMES, in hours, to which a contact belongs; None if it was earlier or later.

    `started_at` is the start of the session. A contact right between two times belongs to the later one.
    """
    since = asked_at - started_at
    return next((hours for hours in TIMES if -NEAR <= since - timedelta(hours=hours) < NEAR), None)
