"""The screening and consent in force on the day of a session. This module only reads."""

from dataclasses import dataclass

from django.utils import timezone

from patients.consents import ConsentState, assess_consent, consent_state, consents_by_patient
from patients.precautions import ScreeningState, screening_state


@dataclass(frozen=True)
class Basis:
    screening: ScreeningState
    consent: ConsentState

    @property
    def agreed_today(self):
        """Whether the consent was given on the day of the session, so that it need not be confirmed again."""
        consent = self.consent.consent
        return consent is not None and timezone.localdate(consent.given_at) == self.consent.day


def basis_of(session, needlings, *, screening=None):
    """The Basis of a session with these Needlings (loaded with their muscles) on the day of the visit.

    Makes two queries, or one when the ScreeningState of that day is passed in.
    """
    on = timezone.localdate(session.started_at)
    screening = screening or screening_state(session.patient, on=on)
    by = session.practitioner.user
    return Basis(screening, consent_state(session.patient, on=on, regions=_regions(needlings), by=by))


def basis_by_session(sessions, screenings, *, on):
    """{session id: Basis} of these sessions on one day, in one query for all of them.

    `screenings` is {patient id: ScreeningState} of that day.
    """
    consents = consents_by_patient({session.patient_id: session.patient for session in sessions}.values(), on=on)
    return {session.pk: _basis(session, screenings, consents, on) for session in sessions}


def _basis(session, screenings, consents, on):
    patient, consent = session.patient, consents.get(session.patient_id)
    regions = _regions(session.needlings.all())
    state = assess_consent(consent, patient, on=on, regions=regions, by=session.practitioner.user)
    return Basis(screenings[patient.pk], state)


def _regions(needlings):
    return {row.muscle.region for row in needlings}
