"""Record what patients answer through the link in a message, and that the desk has dealt with it.

Anybody who has the secret of a link may answer about its visits. Nothing here changes a visit.
"""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from clinic.diary.visit_links import MOST_REPLIES, current_replies, messages_of_link
from clinic.models import Appointment, VisitReply
from clinic.permissions import may_change_visits, require_diary_of
from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs
from patients.integrity.changes import changes_between, field_values
from patients.models import TrailEntry

NOTE = "Through the link in a message."


def record_link_opening(messages):
    """Add an entry to the audit trail of the patient whose link was opened."""
    first = messages[0]
    note = f"{NOTE} {len(messages)} visit{'s' if len(messages) > 1 else ''}."
    add_audit_entry(TrailEntry.Action.READ, by=None, record=first, note=note)


@transaction.atomic
def confirm_visits(token):
    """Record that the patient comes to all visits of the link that can take place. Returns the replies.

    Repeating it changes nothing. Raises ValidationError "over" for a link that is over.
    """
    messages = [message for message in _locked(token) if not message.is_postponed]
    current = current_replies([message.appointment for message in messages])
    confirmed = VisitReply.Kind.CONFIRMED
    return [_record_reply(message, current.get(message.appointment_id), confirmed) for message in messages]


@transaction.atomic
def ask_about_visit(token, *, appointment_id, kind, wishes="", note="", wants_call=None):
    """Record that the patient asks to move or cancel one visit of the link. The visit stays as it is.

    Raises ValidationError "over" for a link that is over, or not about this visit, and "often" after many answers.
    """
    messages = {message.appointment_id: message for message in _locked(token)}
    if appointment_id not in messages:
        raise ValidationError("This link no longer works.", code="over")
    message = messages[appointment_id]
    current = current_replies([message.appointment]).get(appointment_id)
    return _record_reply(message, current, kind, wishes=wishes, note=note.strip(), wants_call=wants_call)


@transaction.atomic
def withdraw_requests(token):
    """Withdraw the requests to move or cancel the visits of the link. Raises ValidationError "over"."""
    current = current_replies([message.appointment for message in _locked(token)])
    withdrawn = [reply for reply in current.values() if reply.is_request and reply.closed_at is None]
    for reply in withdrawn:
        before = field_values(reply)
        reply.withdrawn_at = timezone.now()
        reply.save(update_fields=["withdrawn_at"])
        changes = changes_between(before, reply)
        add_audit_entry(TrailEntry.Action.CHANGE, by=None, record=reply, changes=changes, note=NOTE)
    return withdrawn


@needs(may_change_visits)
@transaction.atomic
def close_visit_request(reply, *, by):
    """Record that the desk has dealt with a request. Closing it again keeps the first time and user."""
    reply = VisitReply.objects.select_for_update().get(pk=reply.pk)
    require_diary_of(by, reply.appointment.practitioner)
    if reply.closed_at is None:
        before = field_values(reply)
        reply.closed_at, reply.closed_by = timezone.now(), by
        reply.save(update_fields=["closed_at", "closed_by"])
        changes = changes_between(before, reply)
        add_audit_entry(TrailEntry.Action.CHANGE, by=by, record=reply, changes=changes)
    return reply


def _locked(token):
    """The messages of the link, with their visits locked. Raises ValidationError "over" if there are none."""
    visits = [message.appointment_id for message in messages_of_link(token, at=timezone.now())]
    list(Appointment.objects.filter(pk__in=visits).order_by("pk").select_for_update())
    messages = messages_of_link(token, at=timezone.now()) if visits else []
    if not messages:
        raise ValidationError("This link no longer works.", code="over")
    return messages


def _record_reply(message, current, kind, **answer):
    """Store a reply, unless the current one has the same content."""
    same = {"kind": kind, "closed_at": None} | answer
    if current and all(getattr(current, name) == value for name, value in same.items()):
        return current
    visit = {"appointment": message.appointment, "starts_at": message.starts_at}
    if VisitReply.objects.filter(**visit).count() >= MOST_REPLIES:
        raise ValidationError("You have answered many times. Please call us instead.", code="often")
    reply = VisitReply(message=message, kind=kind, **visit, **answer)
    reply.full_clean()
    reply.save()
    changes = changes_between(None, reply)
    add_audit_entry(TrailEntry.Action.CREATE, by=None, record=reply, changes=changes, note=NOTE)
    return reply
