"""The data that a safety rule receives."""

from dataclasses import dataclass, field
from datetime import date

from clinic.models import Practitioner
from patients.build import Build
from patients.models import Consent
from patients.precautions import Precaution
from treatments.models import Needling, TreatmentSession

from .past_events import PastEvent


@dataclass(frozen=True)
class Visit:
    """A session as the safety rules see it, saved or not.

    `rows` are its Needlings with muscle and needle. `precautions` are the patient's on `day`. `earlier_rows` are the
    Needlings of other sessions within the clinic's minimum interval, with session and muscle. `past_events` are the
    PastEvents of other sessions that were known by the end of that day.
    """

    day: date
    practitioner: Practitioner
    rows: list[Needling]
    precautions: list[Precaution]
    earlier_rows: list[Needling]
    past_events: list[PastEvent] = field(default_factory=list)
    session: TreatmentSession | None = None
    consents: list[Consent] | None = None  # the patient's, newest first; None if they are not loaded
    build: Build = field(default_factory=Build)  # on the day of the visit
    reviews: dict = field(default_factory=dict)  # in force, of the facts that warnings state

    @property
    def age(self):
        """The youngest age in years that the patient can have on the day of the visit; None if it is not known."""
        return self.session.patient.birth.youngest_on(self.day)

    @property
    def rows_near_the_lung(self):
        return rows_near_the_lung(self.rows)


def rows_near_the_lung(needlings):
    """The Needlings whose muscle the catalogue flags for a risk of pneumothorax."""
    return [row for row in needlings if row.muscle.pneumothorax_risk]
