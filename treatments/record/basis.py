"""The screening and consent that a session rests on, row by row and to the minute. This module only reads."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from patients.consents import ConsentState, assess_consent, consents_by_patient, last_consent
from patients.models import Consent
from patients.precautions import (
    Precaution,
    Screened,
    ScreeningState,
    counting_since,
    last_screening,
    precautions_of,
    screenings_during,
)
from treatments.models import Needling
from treatments.record.needling_times import moment_of_visit
from treatments.safety.late_entry import LateRow, late_rows


@dataclass(frozen=True)
class RowBasis:
    """What one row rests on at the moment when it was needled."""

    number: int
    row: Needling
    at: datetime
    screening: ScreeningState
    consent: ConsentState  # for the row's region

    @property
    def sentence(self):
        """What is wrong; empty if the row may be signed."""
        return self.screening.sentence or self.consent.sentence


@dataclass(frozen=True)
class Basis:
    """`screening` and `consent` are what the rows rest on, or the last valid ones if the rows rest on several.

    `screening_now` and `consent_now` are in force at the end of the visit, or now while it lasts. `precautions` are
    those of every screening that counted since the first row. `consents` and `screenings` are newest first.
    """

    screening: ScreeningState
    consent: ConsentState
    screening_now: ScreeningState
    consent_now: ConsentState
    precautions: list[Precaution]
    rows: list[RowBasis]
    consents: list[Consent]
    screenings: list[Screened]
    late_rows: list[LateRow]
    began: datetime  # the start of the visit, or the first row if that was earlier
    until: datetime  # now while the visit lasts, otherwise the last row or the start

    def is_after_a_needle(self, moment):
        """Whether a moment of the visit is later than the first row that was needled."""
        needled = [each.at for each in self.rows if each.row.needled_at]
        return bool(needled) and min(needled) < moment <= self.until

    @property
    def agreed_today(self):
        """Whether the consent was given on the day of the session, so that it need not be confirmed again."""
        consent = self.consent.consent
        return consent is not None and timezone.localdate(consent.given_at) == self.consent.day

    @property
    def row_problems(self):
        """The RowBasis of each row that its own screening or consent stands against.

        Empty when the same stands against all rows: then `screening` and `consent` say it.
        """
        return [] if _is_uniform(self.rows) else [each for each in self.rows if each.sentence]


def basis_of(session, needlings):
    """The Basis of a session with these Needlings, loaded with their muscles. Two queries."""
    return bases_of([(session, list(needlings))])[session.pk]


def basis_by_session(sessions):
    """{session id: Basis} of these sessions, with their stored rows, in two queries for all of them."""
    return bases_of([(session, list(session.needlings.all())) for session in sessions])


def bases_of(pairs):
    """{session id: Basis} of pairs of a session and its Needlings. Two queries."""
    patients = list({session.patient_id: session.patient for session, _ in pairs}.values())
    moments = [moment for session, rows in pairs for moment in _moments(session, rows)]
    since, until = min(moments, default=timezone.now()), max(moments, default=timezone.now())
    screenings = screenings_during(patients, since=since, until=until)
    # A consent that ended after the visit matters, too, if a row was recorded later still.
    consents = consents_by_patient(patients, until=timezone.now(), forms_on=timezone.localdate(until))
    return {
        session.pk: _basis(session, rows, screenings[session.patient_id], consents.get(session.patient_id, []))
        for session, rows in pairs
    }


def _moments(session, rows):
    now = moment_of_visit(session)
    return [now, *(row.needled_at or now for row in rows)]


def _basis(session, needlings, screenings, consents):
    moments = _moments(session, needlings)
    now, since, until = moments[0], min(moments), max(moments)
    rows = [
        RowBasis(
            number,
            row,
            at,
            _screening_at(screenings, at),
            _consent_at(session, consents, at, [row]),
        )
        for number, (row, at) in enumerate(zip(needlings, moments[1:], strict=True), start=1)
    ]
    last = _last_of(rows)
    at = last.at if last else now
    if _is_uniform(rows):
        screening, consent = _screening_at(screenings, at), _consent_at(session, consents, at, needlings)
    else:
        screening, consent = last.screening, last.consent
    counted = [each for each in screenings if each.screening.taken_at <= until]
    counted = counting_since(counted, since)
    return Basis(
        screening,
        consent,
        _screening_at(screenings, until),
        _consent_at(session, consents, until, needlings),
        precautions_of(session.patient, counted, on=timezone.localdate(session.started_at)),
        rows,
        consents,
        screenings,
        late_rows(session, needlings, consents),
        min([session.started_at, *(row.needled_at for row in needlings if row.needled_at)]),
        until,
    )


def _screening_at(screenings, at):
    return ScreeningState(timezone.localdate(at), last_screening(screenings, at=at))


def _consent_at(session, consents, at, rows):
    regions = {row.muscle.region for row in rows}
    consent, by = last_consent(consents, at=at), session.practitioner.user
    return assess_consent(consent, session.patient, at=at, regions=regions, by=by)


def _last_of(rows):
    """The row that was needled last and may be signed; else the last of all; None without rows."""
    in_order = sorted(rows, key=lambda each: each.at)
    valid = [each for each in in_order if not each.sentence]
    return (valid or in_order or [None])[-1]


def _is_uniform(rows):
    """Whether the same screening and consent, with the same validity, count for all rows."""
    return len({_what_counts(each) for each in rows}) <= 1


def _what_counts(each):
    screening, consent = each.screening.screening, each.consent.consent
    problem = "" if each.consent.uncovered else each.consent.sentence
    return screening and screening.pk, each.screening.is_valid, consent and consent.pk, problem
