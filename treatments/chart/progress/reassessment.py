"""When the patient's outcome measures are asked again. Pure: days and numbers in, an answer out."""

from datetime import date
from typing import NamedTuple

# Half of the planned sessions and all of them, as another product reminds clinics to do [@clinit].
HALF, END = "half", "end"


class Reassessment(NamedTuple):
    """Due since that day's session, at half of the plan or at its end."""

    at: str
    since: date
    planned: int

    @property
    def is_end(self):
        return self.at == END

    @property
    def sentence(self):
        where = "The planned sessions are over" if self.is_end else "Half of the planned sessions are over"
        return f"{where}: ask the outcome measures again."


def reassessment_due(planned, days, last_scored_on):
    """The Reassessment that is due, or None.

    `planned` sessions; `days`, in order, on which the sessions so far were; `last_scored_on` the day of the latest
    score of any measure, or None. Due from the session that reaches half of the plan (rounded up) or its end, until a
    score of that day or a later one is recorded. A plan of one session has its end only.
    """
    for at, number in ((END, planned), (HALF, -(-planned // 2))):
        if 0 < number <= len(days):
            since = days[number - 1]
            is_done = last_scored_on is not None and last_scored_on >= since
            return None if is_done else Reassessment(at, since, planned)
    return None
