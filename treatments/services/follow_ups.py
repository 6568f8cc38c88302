"""Record a contact with the patient after a session."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs
from patients.integrity.changes import changes_between, row_changes
from patients.models import TrailEntry
from patients.services.once import stored_before
from treatments.models import FollowUp, TreatmentSession
from treatments.permissions import may_record_follow_ups
from treatments.record.event_rules import GRACE

from .summaries import count_follow_ups, summarised


@needs(may_record_follow_ups)
@transaction.atomic
def record_follow_up(
    session, *, by, contacted_at, pain=None, soreness=None, note="", events=(), id=None, patient_answers=None
):
    """Add a follow-up with its reactions and return it. The session does not change, signed or not.

    `pain` and `soreness` are 0 to 10. `events` are unsaved AdverseEvents with type and grade. `id` is chosen by the
    page; if the page is sent twice, the first follow-up is returned. With `patient_answers` (FollowUpAnswers of this
    session) `by` confirms what the patient answered alone, and the contact is when the patient answered.

    Raises ValidationError when nothing is filled in, the time is impossible or the answers are confirmed already, and
    OtherContent when the id belongs to another follow-up.
    """
    events = list(events)
    # Lock the session before the patient, as signing does, to avoid deadlocks.
    session = TreatmentSession.objects.select_for_update(of=["self"]).select_related("patient").get(pk=session.pk)
    if session.error_mark_id:
        raise ValidationError("This session is marked as entered in error. Record the follow-up where it belongs.")
    if patient_answers:
        contacted_at = _confirmed_at(session, patient_answers, id)
    _refuse_wrong_time(session, contacted_at)
    if pain is None and soreness is None and not note.strip() and not events:
        raise ValidationError("Fill in at least one thing: pain, soreness, a reaction or a note.")
    follow_up = FollowUp(
        session=session, contacted_at=contacted_at, contacted_by=by, pain=pain, soreness=soreness, note=note.strip()
    )
    follow_up.pk, follow_up.patient_answers = id or follow_up.pk, patient_answers
    content = _content(follow_up, events)
    sent_before = FollowUp.objects.filter(pk=follow_up.pk)
    if stored := stored_before(sent_before, content_of=lambda row: _content(row, row.events.all()), content=content):
        return stored
    follow_up.full_clean()
    follow_up.save(force_insert=True)
    if events:
        with summarised(session):
            _add_events(follow_up, events, by)
    else:
        count_follow_ups(session)
    changes = changes_between(None, follow_up) | row_changes([], events)
    add_audit_entry(TrailEntry.Action.CREATE, by=by, record=follow_up, patient=session.patient, changes=changes)
    return follow_up


def _content(follow_up, events):
    names = ("session_id", "contacted_at", "pain", "soreness", "note", "patient_answers_id")
    own = [getattr(follow_up, name) for name in names]
    return own, {(event.type, event.grade) for event in events}


def _confirmed_at(session, answers, id):
    if answers.session_id != session.pk:
        raise ValidationError("These answers are about another session.")
    if FollowUp.objects.filter(patient_answers=answers).exclude(pk=id).exists():
        raise ValidationError("These answers have already been confirmed. Record anything new as another follow-up.")
    return answers.answered_at


def _refuse_wrong_time(session, contacted_at):
    if contacted_at > timezone.now() + GRACE:
        raise ValidationError({"contacted_at": "This time is in the future. Give the time you spoke with the patient."})
    if contacted_at < session.started_at - GRACE:
        started = f"{timezone.localtime(session.started_at):%-d %b %Y, %H:%M}"
        raise ValidationError({"contacted_at": f"This is before the session, which began on {started}."})


def _add_events(follow_up, events, by):
    for event in events:
        event.session, event.follow_up, event.appeared_later = follow_up.session, follow_up, True
        event.recorded_by, event.recorded_at = by, timezone.now()
        event.full_clean()
        event.save(force_insert=True)
