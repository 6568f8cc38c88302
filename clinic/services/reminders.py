"""Send each reminder at most once, also when several processes send at the same time.

A process claims the reminder in its own transaction before it sends the message. If the process dies in between, the
reminder stays claimed: it is reported but not sent again, because the message may have been sent.
"""

from collections import Counter

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from clinic.diary.messaging import NotSent, messenger
from clinic.diary.reminders import MOST_ATTEMPTS, due_reminders, reason_not_to_send, reminder_address, reminder_message
from clinic.models import Appointment, Reminder
from patients.audit.recording import add_audit_entry
from patients.integrity.changes import changes_between, field_values
from patients.models import TrailEntry

Status = Reminder.Status


def send_due_reminders(*, channel):
    """Send the due reminders of this channel and return a Counter of their new statuses.

    Raises ImproperlyConfigured if a reminder is due and settings are missing; then no reminder is claimed.
    """
    due = list(due_reminders(at=timezone.now(), channel=channel).values_list("pk", flat=True))
    made = Counter()
    if due:
        send = messenger(channel).send
        for appointment_id in due:
            made[_remind(appointment_id, channel, send)] += 1
    made.pop(None, None)
    return made


def _remind(appointment_id, channel, send):
    """Claim and send one reminder; return its status, or None if it is no longer due or another process claimed it."""
    reminder = claim_reminder(appointment_id, channel=channel)
    if reminder is None or reminder.status == Status.SKIPPED:
        return reminder and reminder.status
    appointment = reminder.appointment
    subject, text = reminder_message(appointment, channel=channel)
    try:
        send(to=reminder_address(appointment), subject=subject, text=text, reference=f"reminder-{reminder.pk}")
    except NotSent as refusal:
        again = reminder.attempts < MOST_ATTEMPTS
        return _finish(reminder, Status.PENDING if again else Status.FAILED, error=str(refusal)[:200])
    except Exception as failure:
        # Only the type of the error: its text may contain the address.
        return _finish(
            reminder, Status.FAILED, error=f"It is not known whether the message was sent: {type(failure).__name__}."
        )
    return _finish(reminder, Status.SENT, sent_at=timezone.now())


@transaction.atomic
def claim_reminder(appointment_id, *, channel):
    """Claim the reminder of this visit, or mark it as skipped with a reason. None if it is not due or already claimed.

    The lock prevents a move or cancellation in the meantime. A visit that somebody is changing is left for the next
    run. Of two processes, the one whose update changes the row has the claim, on PostgreSQL and on SQLite.
    """
    now = timezone.now()
    visit = Appointment.objects.filter(pk=appointment_id).select_for_update(skip_locked=True)
    # Check again now that the visit is locked: another process may have sent the reminder in the meantime.
    due = due_reminders(at=now, channel=channel).with_names().filter(pk=appointment_id)
    if not visit.first() or not (appointment := due.first()):
        return None
    of_this_time = Reminder.objects.filter(appointment=appointment, starts_at=appointment.starts_at)
    reminder, _ = Reminder.objects.get_or_create(
        appointment=appointment,
        starts_at=appointment.starts_at,
        number=of_this_time.exclude(status=Status.PENDING).count() + 1,
        defaults={"channel": channel},
    )
    error = reason_not_to_send(appointment, at=now)
    wanted = {"status": Status.SKIPPED} if error else {"status": Status.CLAIMED, "attempts": F("attempts") + 1}
    pending = Reminder.objects.filter(pk=reminder.pk, status=Status.PENDING)
    if not pending.update(channel=channel, claimed_at=now, error=error, **wanted):
        return None
    before = field_values(reminder)
    reminder.refresh_from_db()
    reminder.appointment = appointment
    add_audit_entry(TrailEntry.Action.CHANGE, by=None, record=reminder, changes=changes_between(before, reminder))
    return reminder


@transaction.atomic
def _finish(reminder, status, *, error="", sent_at=None):
    before = field_values(reminder)
    reminder.status, reminder.error, reminder.sent_at = status, error, sent_at
    reminder.save(update_fields=["status", "error", "sent_at"])
    add_audit_entry(TrailEntry.Action.CHANGE, by=None, record=reminder, changes=changes_between(before, reminder))
    return status
