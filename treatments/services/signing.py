"""What closes a session and what may still be said of it: sign, amend, withdraw a draft, hand it over."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from clinic.models import Appointment, Practitioner
from patients.audit.recording import record_trail
from patients.integrity.authorization import needs, require
from patients.integrity.changes import differences, row_differences, state_of
from patients.models import TrailEntry
from patients.services.once import record_once
from patients.staff import printed_name
from treatments.models import Amendment, TreatmentSession, WarningAnswer, with_rows
from treatments.permissions import may_amend_sessions, may_read_sessions, may_write_sessions
from treatments.record.authorship import may_hand_over, may_write
from treatments.record.basis import grounds_of
from treatments.record.bounds import session_errors
from treatments.record.completeness import missing
from treatments.record.sealing import amendment_hash, content_hash

from .lots import lock_lots
from .summaries import summarised
from .visits import move_visit_on

Action = TrailEntry.Action
Meaning = TreatmentSession.Meaning


def locked_draft(session):
    """The stored draft, locked until the transaction ends; ValidationError when it is one no longer."""
    locked = TreatmentSession.objects.select_for_update().get(pk=session.pk)
    # Who these are was read with the caller's session, and is not looked up again.
    locked.patient = session.patient
    if locked.practitioner_id == session.practitioner_id:
        locked.practitioner = session.practitioner
    if locked.is_signed:
        raise ValidationError("This session is signed. It can no longer be changed.", code="closed")
    if not locked.is_draft:
        raise ValidationError("This draft was withdrawn. It can no longer be changed.", code="closed")
    return locked


def draft_to_write(session, *, by):
    """The locked draft as of `locked_draft`; PermissionDenied unless `by` is its author."""
    locked = locked_draft(session)
    require(may_write(by, locked), "Only the physiotherapist whose session it is can write or sign it.")
    return locked


@needs(may_write_sessions)
@transaction.atomic
def sign_session(session, *, by):
    """Close a complete draft for good: name, time, meaning and the hash of all that belongs to it.

    Raises ValidationError with one message for each missing or impossible thing, and PermissionDenied unless `by` is
    the author.
    """
    now = timezone.now()
    lock_lots([draft_to_write(session, by=by)], at=now)
    session = with_rows(TreatmentSession.objects).get(pk=session.pk)
    if errors := session_errors(session):
        raise ValidationError(errors)
    grounds = grounds_of(session, session.needlings.all())
    if lacking := missing(session, grounds=grounds):
        raise ValidationError([f"Still missing: {item.label}." for item in lacking], code="incomplete")
    if unsaid := _without_a_second(session):
        WarningAnswer.objects.filter(pk__in=[answer.pk for answer in unsaid]).delete()
        session = with_rows(TreatmentSession.objects).get(pk=session.pk)
    before = state_of(session)
    seal(session, grounds, by=by, at=now)
    with summarised(session):
        session.save()
    changes = differences(before, session) | row_differences(unsaid, [])
    record_trail(Action.SIGN, by=by, record=session, changes=changes)
    if session.appointment_id:
        move_visit_on(session.appointment, Appointment.Status.DONE, by=by)
    return session


def _without_a_second(session):
    """Answers to stops that stand no longer, or signing had been refused, and to which no other person agreed: they
    are no part of a record.
    """
    author = session.practitioner.user_id
    answers = [answer for answer in session.warning_answers.all() if answer.seconded_by_id]
    return [answer for answer in answers if answer.is_waiting or answer.seconded_by_id == author]


def seal(session, grounds, *, by, at):
    """Put signature and hash on a session of `with_rows()` and its Grounds, unsaved. Only for complete drafts."""
    session.status = TreatmentSession.Status.SIGNED
    session.signed_at, session.signed_by, session.signed_name = at, by, printed_name(by)
    session.signed_meaning = Meaning.COMPLETED if session.handed_over_from_id else Meaning.AUTHORED
    session.complaint = session.episode.complaint if session.episode else ""
    session.screening, session.consent = grounds.screening.screening, grounds.consent.consent
    session.content_hash = content_hash(session)
    session.version += 1


@needs(may_amend_sessions)
@transaction.atomic
def amend_session(session, *, by, text, reason, id):
    """Add an Amendment to a signed session; the session itself stays as it was signed.

    `id` is chosen by the page: sent twice, the amendment of the first time is returned. Raises ValidationError for a
    session that is not signed or an empty text or reason, and OtherContent when the id is that of another amendment.
    """
    session = TreatmentSession.objects.select_for_update().get(pk=session.pk)
    if not session.is_signed:
        raise ValidationError("Only a signed session is amended. A draft can still be changed.")
    amendment = Amendment(id=id, session=session, text=text.strip(), reason=reason.strip(), signed_by=by)
    return record_once(
        amendment, by=by, same=["session_id", "text", "reason"], prepare=_seal_amendment, action=Action.AMEND
    )


def _seal_amendment(amendment):
    before = amendment.session.amendments.order_by("number").last()
    amendment.number = before.number + 1 if before else 1
    amendment.signed_at, amendment.signed_name = timezone.now(), printed_name(amendment.signed_by)
    amendment.previous_hash = before.content_hash if before else amendment.session.content_hash
    amendment.content_hash = amendment_hash(amendment)


@needs(may_write_sessions)
@transaction.atomic
def withdraw_draft(session, *, by, reason):
    """Take a draft out of the record with a reason. The row stays; its appointment is free for another session."""
    session = draft_to_write(session, by=by)
    if not reason.strip():
        raise ValidationError({"reason": "Say why this draft is withdrawn."})
    before = state_of(session)
    appointment, session.appointment = session.appointment, None
    session.status = TreatmentSession.Status.WITHDRAWN
    session.withdrawn_at, session.withdrawn_by = timezone.now(), by
    session.withdrawal_reason = reason.strip()
    session.version += 1
    session.save()
    record_trail(Action.WITHDRAW, by=by, record=session, changes=differences(before, session))
    if appointment and appointment.status == Appointment.Status.IN_SESSION:
        move_visit_on(appointment, Appointment.Status.ARRIVED, by=by)
    return session


@needs(may_read_sessions)
@transaction.atomic
def hand_over_draft(session, *, by, to):
    """Make a draft another practitioner's, who goes on writing and signs it. Pages that are open become stale."""
    session = locked_draft(session)
    require(may_hand_over(by, session), "Only its author or an admin can hand over a draft.")
    if not Practitioner.objects.active().filter(pk=to.pk).exists():
        raise ValidationError({"to": "Choose a practitioner who works here."})
    if to.pk == session.practitioner_id:
        raise ValidationError({"to": "This draft is theirs already."})
    before = state_of(session)
    session.handed_over_from, session.practitioner = session.practitioner, to
    session.saved_by = by
    session.version += 1
    session.save(update_fields=["handed_over_from", "practitioner", "saved_by", "saved_at", "version"])
    record_trail(Action.HAND_OVER, by=by, record=session, changes=differences(before, session))
    return session
