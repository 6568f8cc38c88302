"""Send reminders, each at most once, whoever else is sending at the same time.

A row is claimed, in a transaction of its own, before anything leaves. A process that dies between the two leaves the
claim behind: it is reported and never tried again, because the message may have left.
"""

from collections import Counter

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from clinic.diary.messaging import NotSent, messenger
from clinic.diary.reminders import MOST_ATTEMPTS, address_of, due_reminders, text_of, why_not
from clinic.models import Appointment, Reminder
from patients.audit.recording import add_audit_entry
from patients.integrity.changes import changes_between, field_values
from patients.models import TrailEntry

Status = Reminder.Status


def send_due_reminders(*, channel):
    """Send what is due on this channel; returns a Counter of the statuses that came of it.

    Raises ImproperlyConfigured, before anything is claimed, when there is something to send and the settings are not
    complete.
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
    """Claim, send and note what came of it; None when the visit is no longer due or another process has it."""
    reminder = claim_reminder(appointment_id, channel=channel)
    if reminder is None or reminder.status == Status.SKIPPED:
        return reminder and reminder.status
    appointment = reminder.appointment
    subject, text = text_of(appointment, channel=channel)
    try:
        send(to=address_of(appointment.patient), subject=subject, text=text, reference=f"reminder-{reminder.pk}")
    except NotSent as refusal:
        again = reminder.attempts < MOST_ATTEMPTS
        return _finish(reminder, Status.PENDING if again else Status.FAILED, error=str(refusal)[:200])
    except Exception as failure:
        # Only the kind of error: its text may quote the address.
        return _finish(reminder, Status.FAILED, error=f"Not known whether it arrived: {type(failure).__name__}.")
    return _finish(reminder, Status.SENT, sent_at=timezone.now())


@transaction.atomic
def claim_reminder(appointment_id, *, channel):
    """The reminder of this visit, now ours alone: claimed, or skipped with the reason; None when it is not to be had.

    The lock keeps the visit from being moved or cancelled meanwhile; a visit that somebody is changing waits for the
    next run. The update decides between two processes, on PostgreSQL and on SQLite.
    """
    now = timezone.now()
    visit = Appointment.objects.filter(pk=appointment_id).select_for_update(skip_locked=True)
    # Asked again once it is ours: another process may have sent it while this one waited.
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
    error = why_not(appointment, at=now)
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
