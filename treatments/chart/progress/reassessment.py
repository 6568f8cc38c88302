"""When to repeat the patient's outcome measures. Pure functions of dates and numbers."""

from datetime import date
from typing import NamedTuple

# Half of the planned sessions and their end, when another product reminds clinics too [@clinit].
HALF, END = "half", "end"


class Reassessment(NamedTuple):
    """A reassessment that is due since the session of a day, at half of the plan or at its end."""

    at: str
    since: date
    planned: int

    @property
    def is_end(self):
        return self.at == END

    @property
    def sentence(self):
        if self.is_end:
            return "All planned sessions are done. Repeat the outcome measures."
        return "Half of the planned sessions are done. Repeat the outcome measures."


def reassessment_due(planned, days, last_scored_on):
    """The Reassessment that is due, or None.

    `planned` is the number of planned sessions, `days` the dates of the sessions so far in order, and
    `last_scored_on` the date of the latest score of any measure, or None. A reassessment is due from the session that
    reaches half of the plan (rounded up) or its end, until a score of that day or later is recorded. A plan of one
    session has only an end.
    """
    for at, number in ((END, planned), (HALF, -(-planned // 2))):
        if 0 < number <= len(days):
            since = days[number - 1]
            is_done = last_scored_on is not None and last_scored_on >= since
            return None if is_done else Reassessment(at, since, planned)
    return None
