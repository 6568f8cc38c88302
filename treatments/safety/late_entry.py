"""Rows that are dated before consent ended, but were recorded after it had ended."""

from datetime import timedelta
from typing import NamedTuple

from django.utils import timezone
from django.utils.formats import date_format

from patients.consents import consents_by_patient, is_withdrawn, last_consent
from patients.models import Consent
from patients.staff import printed_name
from treatments.models import Needling
from treatments.models.late_entry import LATE_ENTRY_MINUTES, is_dated_back

from .warning import CLINIC_RULE, Level, SafetyWarning

KEY = "recorded-after-consent-ended"
LATE = timedelta(minutes=LATE_ENTRY_MINUTES)


class LateRow(NamedTuple):
    row: Needling
    ended_by: Consent  # the consent that was withdrawn, or the refusal or narrower consent that replaced it


def late_rows(session, rows, consents):
    """The LateRows: dated while a consent held, and recorded after that consent had ended for them.

    A consent ends by withdrawal, also of a consent that replaced it, by a refusal, or by a new consent without the
    row's region. Recorded after it means that the session was opened after the end, or that the row was first saved
    more than LATE after it: while a visit lasts, results may be typed after the patient has said stop. A session that
    is dated back has no such margin.
    `consents` are the patient's, newest first.
    """
    found = ((row, _end_of(row, consents)) for row in _dated_back(session, rows))
    return [LateRow(row, end[1]) for row, end in found if end and _is_recorded_after(end[0], session, row)]


def recorded_after_consent_ended(visit):
    """A stop: a colleague confirms LateRows. In a practice of one, a reason takes their place, as for every stop."""
    session, consents = visit.session, visit.consents
    if session is None or not (dated_back := _dated_back(session, visit.rows)):
        return []
    if consents is None:
        consents = consents_by_patient([session.patient], until=timezone.now()).get(session.patient_id, [])
    if not (late := late_rows(session, dated_back, consents)):
        return []
    return [
        SafetyWarning(
            key=KEY,
            level=Level.STOP,
            title="Recorded after consent had ended",
            sentence=(
                f"{_how_it_ended(late[0].ended_by)} Rows that are dated before were recorded after it. Sign only if"
                " the patient had agreed when each needle went in. Write how you know, and ask a colleague to confirm"
                " it."
            ),
            source=CLINIC_RULE,
            colleague_may_agree=True,
        )
    ]


def _dated_back(session, rows):
    return [row for row in rows if row.needled_at and _is_recorded_after(row.needled_at, session, row)]


def _is_recorded_after(moment, session, row):
    recorded_at = row.recorded_at or timezone.now()
    is_opened_after = session.opened_at is not None and moment <= session.opened_at
    # In a session that is dated back, the time of a row moves with the date, so what was recorded first decides.
    margin = timedelta(0) if is_dated_back(session) else LATE
    return is_opened_after or moment + margin < recorded_at


def _end_of(row, consents):
    """(moment, Consent) of the first end of the consent that held for a row; None if none held or it has not ended."""
    held = last_consent(consents, at=row.needled_at)
    region = row.muscle.region
    if held is None or region not in held.scope or is_withdrawn(held, at=row.needled_at):
        return None  # Then the consent itself is missing.
    since = [each for each in consents if each.given_at >= held.given_at]
    ends = [(each.given_at, each) for each in since if each != held and region not in each.scope]
    ends += [(each.withdrawn_at, each) for each in since if each.withdrawn_at]
    return min(ends, key=lambda end: end[0], default=None)


def _how_it_ended(consent):
    if consent.is_declined:
        return f"The patient declined dry needling on {_when(consent.given_at)}."
    if consent.withdrawn_at:
        who = printed_name(consent.withdrawn_by)
        return f"Consent was withdrawn on {_when(consent.withdrawn_at)}, recorded by {who}."
    return f"A consent for fewer regions was given on {_when(consent.given_at)}."


def _when(moment):
    return date_format(timezone.localtime(moment), "j M Y, H:i")
