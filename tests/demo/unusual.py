"""What seldom happens: a needling that was stopped, a late entry, a corrected session and one entered in error."""

from datetime import timedelta

from treatments.models import Correction, TreatmentSession
from treatments.record.corrections import Change
from treatments.record.in_error import why_second_person
from treatments.services import amend_session, confirm_error_mark, mark_in_error

from .visits import Type, new_id, reaction

LATE = timedelta(hours=26)
NEEDED = 4  # a demo of very few patients has too few visits


def make_unusual(visits, now, rng):
    """Before the visits are written: one was stopped because the patient fainted, one was recorded a day later."""
    if len(signed := _signed(visits, before=now - 2 * LATE)) < NEEDED:
        return
    stopped, late = signed[-2:]
    session = stopped.session
    session.visit_kind, session.departure = "stopped", "accompanied"
    session.stopped_at = session.started_at + timedelta(minutes=9)
    session.visit_reason = "Pale and dizzy after the last needle"
    session.no_reaction = False
    if all(event.type != Type.FAINTING for event in stopped.events):
        stopped.events.append(reaction(session, Type.FAINTING, rng, needling=stopped.needlings[-1]))
    late.session.opened_at = late.session.started_at + LATE
    late.session.late_entry_reason = "The tablet was being repaired. Written from notes on paper."
    late.signed_at = late.session.opened_at + timedelta(minutes=12)


def correct_and_enter_in_error(visits, now, rng):
    """After the figures are counted: one score was typed wrongly, and one session is in the wrong chart."""
    if len(signed := _signed(visits, before=now - 2 * LATE)) < NEEDED:
        return
    *others, _, _ = (visit.session for visit in signed)  # the last two are stopped and late
    corrected = next((session for session in reversed(others) if session.pain_after), None)
    if corrected is None:
        return
    wrong = next(session for session in reversed(others) if session is not corrected)
    change = Change(Correction.Kind.CHANGE, values={"pain_after": corrected.pain_after - 1})
    amend_session(
        TreatmentSession.objects.get(pk=corrected.pk),
        by=corrected.practitioner.user,
        text="",
        reason="I misread my own notes.",
        proof="PIN",
        id=new_id(rng),
        changes=[change],
    )
    session = TreatmentSession.objects.get(pk=wrong.pk)
    asked = None
    if why_second_person(session):
        colleagues = {visit.session.practitioner for visit in visits} - {session.practitioner}
        if not colleagues:
            return
        asked = min(colleagues, key=lambda person: person.pk).user
    mark = mark_in_error(
        session,
        by=wrong.practitioner.user,
        reason="I treated somebody else in this half hour and wrote into this chart.",
        proof="PIN",
        asked=asked,
        id=new_id(rng),
    )
    if asked:
        confirm_error_mark(mark, by=asked, proof="PIN")


def _signed(visits, *, before):
    """The signed visits that began before this moment, oldest first."""
    signed = [visit for visit in visits if visit.signed_at and visit.session.started_at < before]
    return sorted(signed, key=lambda visit: visit.session.started_at)
