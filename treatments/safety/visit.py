"""What a safety rule may look at."""

from dataclasses import dataclass, field
from datetime import date

from clinic.models import Practitioner
from patients.precautions import Precaution
from treatments.models import Needling

from .past_events import PastEvent


@dataclass(frozen=True)
class Visit:
    """A session as the safety rules see it, saved or not.

    `rows` are its Needlings with muscle and needle; `precautions` those of the patient on `day`; `earlier_rows`
    Needlings of other sessions, with session and muscle, within the clinic's minimum interval; `past_events` the
    PastEvents of other sessions that were known by the end of that day.
    """

    day: date
    practitioner: Practitioner
    rows: list[Needling]
    precautions: list[Precaution]
    earlier_rows: list[Needling]
    past_events: list[PastEvent] = field(default_factory=list)

    @property
    def rows_near_the_lung(self):
        return rows_near_the_lung(self.rows)


def rows_near_the_lung(needlings):
    """Those of these Needlings whose muscle the catalogue flags for a risk of pneumothorax."""
    return [row for row in needlings if row.muscle.pneumothorax_risk]
