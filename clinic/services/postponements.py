"""Tell a patient, before a new time is found, that a visit cannot take place."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from clinic.diary.messages import WAIT, WITHDRAWN, postponement_notices, why_not
from clinic.diary.obstacles import obstacles_of
from clinic.models import ClinicSettings, Message
from clinic.permissions import may_rehome_visits
from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs
from patients.integrity.changes import changes_between, field_values
from patients.models import TrailEntry

from .messages import expected, take_kind
from .slots import lock_appointment, refuse_stale

Kind, Status = Message.Kind, Message.Status


@needs(may_rehome_visits)
@transaction.atomic
def queue_postponement_notice(appointment, *, by, version=None):
    """Queue the message that this visit cannot take place, and return it. Repeating it changes nothing.

    It waits some minutes, in which it can be withdrawn. It replaces a message about the visit that still waits. Raises
    StaleAppointment, and ValidationError "obstacle" for a visit that can take place, "message" if none can be sent.
    """
    row = lock_appointment(appointment)
    refuse_stale(row, version)
    notice = postponement_notices([row]).get(row.pk)
    if notice and notice.status != Status.SKIPPED:
        return notice
    if row.pk not in obstacles_of([row]):
        raise ValidationError("This visit can take place now, so no message is needed.", code="obstacle")
    start, site_id = expected(row)
    known = {"was_starts_at": start, "was_site_id": site_id, "channel": row.patient.reminder_channel}
    waiting = Message.objects.waiting().filter(appointment=row).first()
    before = waiting and field_values(waiting)
    notice = waiting or Message(appointment=row, **known)
    notice.appointment, notice.kind, notice.starts_at = row, Kind.POSTPONED, start
    notice.due_at, notice.attempts = timezone.now() + WAIT, 0
    if why := why_not(notice, at=timezone.now(), clinic=ClinicSettings.current()):
        raise ValidationError(f"No message can be sent: {why} Please call the patient.", code="message")
    notice.save()
    action = TrailEntry.Action.CHANGE if waiting else TrailEntry.Action.CREATE
    add_audit_entry(action, by=by, record=notice, changes=changes_between(before, notice))
    return notice


@needs(may_rehome_visits)
@transaction.atomic
def withdraw_postponement_notice(appointment, *, by):
    """Withdraw the notice while it waits. Raises ValidationError "sent" if it does not wait any more.

    A message that it replaced waits again.
    """
    row = lock_appointment(appointment)
    notice = Message.objects.waiting().filter(appointment=row, kind=Kind.POSTPONED).first()
    if not notice:
        raise ValidationError("The message is no longer waiting, so it cannot be withdrawn.", code="sent")
    before = field_values(notice)
    take_kind(notice, expected(row))
    if notice.status == Status.SKIPPED:
        notice.error = WITHDRAWN
    notice.save()
    add_audit_entry(TrailEntry.Action.CHANGE, by=by, record=notice, changes=changes_between(before, notice))
    return notice
