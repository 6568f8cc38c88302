"""Mark a record as entered in error, and confirm or decline such a mark as the second person."""

from contextlib import nullcontext

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from clinic.models import Appointment
from patients.audit.recording import add_audit_entry
from patients.error_marks import decision_hash, mark_hash
from patients.integrity.authorization import needs, require
from patients.integrity.changes import changes_between, field_values
from patients.integrity.proof import require_proof
from patients.models import Episode, ErrorMark, Patient, TrailEntry
from patients.services.once import record_once
from patients.staff import printed_name
from treatments.models import OutcomeScore, TreatmentSession
from treatments.permissions import may_confirm_error_marks, may_mark_in_error
from treatments.record.in_error import (
    ALREADY,
    KIND_OF,
    KINDS,
    may_decide,
    may_mark,
    patient_of,
    waiting_mark_of,
    why_not_markable,
    why_second_person,
)
from treatments.record.second_person import may_confirm_marks_of

from .summaries import recounted
from .visits import set_visit_status

Action = TrailEntry.Action
Status = Appointment.Status
CONTENT = ["patient_id", "kind", "record_id", "reason", "asked_id", "alone_reason"]
# The kinds of records that the outcome summaries are made of. An event may belong to a follow-up.
COUNTED = {"session", "episode", "event", "follow-up"}


@needs(may_mark_in_error)
@transaction.atomic
def mark_in_error(record, *, by, reason, proof, asked=None, alone_reason="", id=None):
    """Mark a record of any kind in treatments.record.in_error as entered in error; return the ErrorMark.

    The mark takes effect at once, unless why_second_person() gives a reason: then `asked`, the user who is to confirm
    it, is required, or `alone_reason` in a clinic in which nobody else could. `proof` says how `by` proved who they
    are. `id` is chosen by the page; if the page is sent twice, the first mark is returned. Raises PermissionDenied
    unless `by` is the author or an admin, ValidationError when the record cannot be marked or something is missing,
    and OtherContent when the id belongs to another mark.
    """
    record = _locked(record)
    require(may_mark(by, record), "Only its author or an admin can mark a record as entered in error.")
    require_proof(proof)
    patient = patient_of(record)
    mark = ErrorMark(
        patient=patient,
        kind=KIND_OF[type(record)].name,
        record_id=str(record.pk),
        reason=reason.strip(),
        marked_by=by,
        proved_by_means=proof,
        second_reason=why_second_person(record),
        asked=asked,
        alone_reason=alone_reason.strip(),
    )
    mark.pk = id or mark.pk
    stored = record_once(
        mark, by=by, same=CONTENT, prepare=lambda new: _seal(new, record), action=Action.ENTER_IN_ERROR
    )
    if stored is mark and mark.is_in_effect:
        _take_effect(mark, record, by)
    return stored


@needs(may_confirm_error_marks)
@transaction.atomic
def confirm_error_mark(mark, *, by, proof):
    """Confirm a waiting mark as the second person, and return it. From now on its record counts in nothing.

    Raises PermissionDenied unless `by` was asked or is an admin, and ValidationError if the mark no longer waits.
    """
    record = _locked(_record_of(mark))
    mark = _decide(mark, by, proof, is_confirmed=True)
    _take_effect(mark, record, by)
    return mark


@needs(may_confirm_error_marks)
@transaction.atomic
def decline_error_mark(mark, *, by, reason, proof):
    """Decline a waiting mark as the second person, and return it. Its record counts, and can be marked again.

    Raises ValidationError without a reason, and otherwise like confirm_error_mark.
    """
    if not reason.strip():
        raise ValidationError({"decline_reason": "Give the reason why this record is right."})
    _locked(_record_of(mark))
    return _decide(mark, by, proof, is_confirmed=False, decline_reason=reason.strip())


def _record_of(mark):
    return KINDS[mark.kind].records().get(pk=mark.record_id)


def _locked(record):
    """The stored record. It and everything that the mark changes is locked: sessions first, then the patient."""
    kind = KIND_OF[type(record)]
    if kind.parent == "session":
        TreatmentSession.objects.select_for_update(of=["self"]).get(pk=record.session_id)
    if isinstance(record, OutcomeScore):
        Episode.objects.select_for_update(of=["self"]).get(pk=record.episode_id)
    locked = kind.records().select_for_update(of=["self"]).get(pk=record.pk)
    if isinstance(record, Episode):
        list(record.treatment_sessions.drafts().order_by("pk").select_for_update())
    Patient.objects.select_for_update(no_key=True).get(pk=patient_of(locked).pk)
    return locked


def _seal(mark, record):
    """Refuse what cannot be marked, and give a new mark its name, time and hash."""
    if sentence := why_not_markable(record) or (waiting_mark_of(record) and ALREADY):
        raise ValidationError(sentence, code="not_markable")
    if not mark.reason:
        raise ValidationError({"reason": "Give the reason, for example “Written into the wrong patient’s chart”."})
    if not mark.second_reason:
        mark.asked, mark.alone_reason = None, ""
    elif people := may_confirm_marks_of(mark.marked_by):
        mark.alone_reason = ""
        if mark.asked not in people:
            raise ValidationError({"asked": f"Choose who is to confirm this, because of this: {mark.second_reason}."})
    else:
        mark.asked = None
        if not mark.alone_reason:
            raise ValidationError({"alone_reason": "Nobody else here can confirm this. Say why you mark it alone."})
    mark.marked_at, mark.marked_name = timezone.now(), printed_name(mark.marked_by)
    mark.content_hash = mark_hash(mark)


def _decide(mark, by, proof, **decision):
    mark = ErrorMark.objects.select_for_update(of=["self"]).get(pk=mark.pk)
    require(may_decide(by, mark), "Only the person who was asked or an admin can decide about this mark.")
    if not mark.is_waiting:
        raise ValidationError("This mark no longer waits for a decision. Reload the page.", code="closed")
    require_proof(proof)
    before = field_values(mark)
    for name, value in decision.items():
        setattr(mark, name, value)
    mark.decided_at, mark.decided_by, mark.decided_name = timezone.now(), by, printed_name(by)
    mark.decision_proved_by_means = proof
    mark.decision_hash = decision_hash(mark)
    mark.full_clean()
    mark.save(update_fields=ErrorMark.DECISION)
    add_audit_entry(Action.ENTER_IN_ERROR, by=by, record=mark, changes=changes_between(before, mark))
    return mark


def _take_effect(mark, record, by):
    before = field_values(record)
    with recounted(mark.patient) if mark.kind in COUNTED else nullcontext():
        record.error_mark = mark
        record.save(update_fields=["error_mark"])
        if isinstance(record, Episode):
            _leave_episode(record, by)
    add_audit_entry(Action.CHANGE, by=by, record=record, patient=mark.patient, changes=changes_between(before, record))
    if isinstance(record, TreatmentSession) and record.appointment_id:
        _reopen_visit(record, by)


def _leave_episode(episode, by):
    """Set the drafts of an episode to no complaint. Their open pages become stale."""
    for draft in episode.treatment_sessions.drafts().order_by("pk"):
        before = field_values(draft)
        draft.episode, draft.saved_by = None, by
        draft.version += 1
        draft.save(update_fields=["episode", "saved_by", "saved_at", "version"])
        add_audit_entry(Action.CHANGE, by=by, record=draft, changes=changes_between(before, draft))


def _reopen_visit(session, by):
    """The visit of a session is as before the session was started, so that another can be started for it."""
    visit = Appointment.objects.select_for_update().get(pk=session.appointment_id)
    if visit.status in (Status.DONE, Status.IN_SESSION):
        set_visit_status(visit, Status.ARRIVED if visit.arrived_at else Status.BOOKED, by=by)
