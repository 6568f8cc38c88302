"""Record what the front desk did about a message that was not sent."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from clinic.models import Message
from clinic.permissions import may_change_visits, require_diary_of
from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs
from patients.integrity.changes import changes_between, field_values
from patients.models import TrailEntry


@needs(may_change_visits)
@transaction.atomic
def close_failed_message(message, *, by):
    """Record that somebody has dealt with a message that was not sent. Closing it again keeps the first time and user.

    Returns the message. Raises ValidationError for one that was sent or waits to be sent.
    """
    message = Message.objects.select_for_update().get(pk=message.pk)
    require_diary_of(by, message.appointment.practitioner)
    if not Message.objects.undelivered().filter(pk=message.pk).exists():
        raise ValidationError("This message was sent, or is waiting to be sent.", code="sent")
    if message.handled_at is None:
        before = field_values(message)
        message.handled_at, message.handled_by = timezone.now(), by
        message.save(update_fields=["handled_at", "handled_by"])
        add_audit_entry(TrailEntry.Action.CHANGE, by=by, record=message, changes=changes_between(before, message))
    return message
