"""Queue messages about visits, and send each at most once, also when several processes send at the same time.

A process claims a message in its own transaction before it sends it. If the process dies in between, the message stays
claimed: it is reported but not sent again, because it may have been sent.
"""

import secrets
from collections import Counter

from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from clinic.diary.message_texts import compose, has_link
from clinic.diary.messages import (
    CHANGED_BACK,
    MOST_ATTEMPTS,
    REPLACED,
    WAIT,
    address_of,
    bundles,
    due_messages,
    due_questions,
    due_reminders,
    kind_of_change,
    possible_visits,
    postponement_notices,
    restored_visits,
    sendable_messages,
    why_not,
)
from clinic.diary.messaging import NotSent, messenger
from clinic.diary.visit_calendar import calendar_of_visits
from clinic.models import Appointment, ClinicSettings, Message, Practitioner
from clinic.models.feed import hash_token
from clinic.registry import registry
from patients.audit.recording import add_audit_entry
from patients.integrity.changes import changes_between, field_values
from patients.models import Patient, TrailEntry

Kind, Status = Message.Kind, Message.Status
WITHOUT_CALENDAR = (Kind.REMINDER, Kind.POSTPONED, Kind.AFTER)


def queue_message(appointment, *, before=None):
    """Queue the message about a visit that was just booked or changed, in the same transaction.

    `before` is the `undo_state` before the change, None for a new visit. It waits some minutes: another change in this
    time replaces it, and one that changes the visit back withdraws it. Patients without a channel get none.
    """
    patient = appointment.patient
    if patient.reminder_channel == Patient.ReminderChannel.NONE or not patient.is_treatable:
        return
    known, now = _known(appointment, before), expected(appointment)
    if known == now or max(start for start, _ in (known, now) if start) <= timezone.now():
        return
    waiting = Message.objects.waiting().filter(appointment=appointment).first()
    if not waiting and not ClinicSettings.current().sends_changes:
        return
    message = waiting or Message(
        appointment=appointment, channel=patient.reminder_channel, was_starts_at=known[0], was_site_id=known[1]
    )
    message.due_at = timezone.now() + WAIT
    take_kind(message, now)
    message.save()


def take_kind(message, now):
    """Set what the message is about when (start, site) is `now`; mark it as skipped if there is nothing to tell."""
    kind = kind_of_change((message.was_starts_at, message.was_site_id), now)
    if kind is None:
        message.status, message.error = Status.SKIPPED, CHANGED_BACK
    else:
        message.kind, message.starts_at = kind, now[0] or message.was_starts_at


def _known(appointment, before):
    """(start, site id) that the patient knew before the change; (None, None) for no visit."""
    if before is None or before["status"] == Appointment.Status.CANCELLED:
        return None, None
    site_id = appointment.practitioner.site_id
    if before["practitioner_id"] != appointment.practitioner_id:
        site_id = Practitioner.objects.values_list("site_id", flat=True).get(pk=before["practitioner_id"])
    return parse_datetime(before["starts_at"]), site_id


def expected(appointment):
    """(start, site id) of the visit as it is; (None, None) if it is cancelled."""
    if appointment.status == Appointment.Status.CANCELLED:
        return None, None
    return appointment.starts_at, appointment.practitioner.site_id


def send_due_messages(*, channel):
    """Send the due messages of this channel and return a Counter of their new statuses.

    Raises ImproperlyConfigured if a message is due and settings are missing; then no message is claimed.
    """
    now = timezone.now()
    for visit in restored_visits(at=now, channel=channel):
        _replace_notice(visit)
    reminders = [visit.pk for visit in possible_visits(due_reminders(at=now, channel=channel))]
    due = due_messages(at=now, channel=channel).filter(appointment__practitioner__site__is_demo=False)
    waiting = bundles(sendable_messages(due, at=now))
    questions = list(due_questions(at=now, channel=channel).values_list("pk", flat=True))
    made = Counter()
    if reminders or waiting or questions:
        send = messenger(channel).send
        for bundle in waiting:
            made += deliver([message.pk for message in bundle], channel=channel, send=send)
        for appointment_id in reminders:
            reminder, token = claim_reminder(appointment_id, channel=channel)
            made += _sent([reminder] if reminder else [], token, channel, send)
        for appointment_id in questions:
            question, token = claim_question(appointment_id, channel=channel)
            made += _sent([question] if question else [], token, channel, send)
    return made


@transaction.atomic
def _replace_notice(visit):
    """Withdraw the notice that this visit cannot take place or, if the patient may have it, queue a confirmation."""
    row = Appointment.objects.filter(pk=visit.pk, version=visit.version).select_for_update(skip_locked=True).first()
    notice = row and postponement_notices([row]).get(row.pk)
    if not notice:
        return
    waiting = Message.objects.waiting().filter(appointment=row).first()
    if notice == waiting:
        take_kind(notice, expected(visit))
        notice.save()
    elif not waiting and notice.status in Message.MAYBE_SENT:
        confirmation = Message(appointment=row, channel=notice.channel, due_at=timezone.now() + WAIT)
        take_kind(confirmation, expected(visit))
        confirmation.save()


def deliver(message_ids, *, channel, send):
    """Claim these waiting messages and send them as one; return a Counter of their new statuses."""
    return _sent(*claim_messages(message_ids, channel=channel), channel, send)


def _sent(messages, token, channel, send):
    made = Counter(message.status for message in messages if message.status == Status.SKIPPED)
    claimed = [message for message in messages if message.status == Status.CLAIMED]
    if claimed:
        made[_send(claimed, token, channel, send)] += len(claimed)
    return made


def _send(messages, token, channel, send):
    """Send claimed messages as one and return their new status."""
    first = messages[0]
    visit = first.appointment
    subject, text = compose(messages, channel=channel, link=link_of(token, first.kind))
    word = "reminder" if first.kind == Kind.REMINDER else "message"
    fields = {"to": address_of(visit.patient, visit.practitioner.site), "subject": subject, "text": text}
    if channel == Message.Channel.EMAIL and first.kind not in WITHOUT_CALENDAR:
        fields["calendar"] = calendar_of_visits([message.appointment for message in messages])
    try:
        send(reference=f"{word}-{first.pk}", **fields)
    except NotSent as refusal:
        again = first.attempts < MOST_ATTEMPTS
        return (_try_again if again else _finish)(messages, Status.PENDING if again else Status.FAILED, str(refusal))
    except Exception as failure:
        # Only the type of the error: its text may contain the address.
        error = f"It is not known whether the message was sent: {type(failure).__name__}."
        return _finish(messages, Status.FAILED, error)
    return _finish(messages, Status.SENT)


def link_of(token, kind):
    """The private link with this secret for this kind of message; "" without a secret or an address for patients."""
    address, page = ClinicSettings.current().public_address.rstrip("/"), registry.link_pages.get(kind, "visit_link")
    return f"{address}{reverse(page, args=[token])}" if address and token else ""


@transaction.atomic
def claim_reminder(appointment_id, *, channel):
    """Claim the reminder of this visit, or mark it as skipped with a reason.

    Returns it with the secret of its link, "" for no link; (None, "") if it is not due or already claimed. The lock
    prevents a move or cancellation in the meantime. A visit that somebody is changing is left for the next run.
    """
    now = timezone.now()
    visit = Appointment.objects.filter(pk=appointment_id).select_for_update(skip_locked=True)
    # Check again now that the visit is locked: another process may have sent the reminder in the meantime.
    due = due_reminders(at=now, channel=channel).filter(pk=appointment_id)
    if not visit.first() or not (possible := possible_visits(due)):
        return None, ""
    [appointment] = possible
    reminders = Message.objects.filter(appointment=appointment, kind=Kind.REMINDER, starts_at=appointment.starts_at)
    reminder, _ = Message.objects.get_or_create(
        appointment=appointment,
        kind=Kind.REMINDER,
        starts_at=appointment.starts_at,
        number=reminders.exclude(status=Status.PENDING).count() + 1,
        defaults={"channel": channel},
    )
    reminder.appointment = appointment
    claimed, token = _claim([reminder], channel, now)
    return (claimed[0], token) if claimed else (None, "")


@transaction.atomic
def claim_question(appointment_id, *, channel):
    """Claim the message with the questions after this visit, like `claim_reminder`."""
    now = timezone.now()
    visit = Appointment.objects.filter(pk=appointment_id).select_for_update(skip_locked=True)
    due = due_questions(at=now, channel=channel).filter(pk=appointment_id)
    if not visit.first() or not (appointment := due.with_names().first()):
        return None, ""
    question, _ = Message.objects.get_or_create(
        appointment=appointment,
        kind=Kind.AFTER,
        defaults={"channel": channel, "starts_at": appointment.starts_at},
    )
    question.appointment = appointment
    claimed, token = _claim([question], channel, now)
    return (claimed[0], token) if claimed else (None, "")


@transaction.atomic
def claim_messages(message_ids, *, channel):
    """Claim waiting messages that are sent as one, or mark them as skipped with a reason.

    Returns (messages, the secret of their link, "" for no link); ([], "") if one is not due, already claimed or being
    changed.
    """
    now = timezone.now()
    visits = Message.objects.filter(pk__in=message_ids).values("appointment")
    locked = Appointment.objects.filter(pk__in=visits).order_by("pk").select_for_update(skip_locked=True)
    if len(locked) < len(message_ids):
        return [], ""
    due = sendable_messages(due_messages(at=now, channel=channel).filter(pk__in=message_ids), at=now)
    return _claim(due, channel, now) if len(due) == len(message_ids) else ([], "")


def _claim(messages, channel, now):
    """Of two processes, the one whose update changes the rows has the claim, on PostgreSQL and on SQLite."""
    clinic, claimed = ClinicSettings.current(), []
    is_linked = bool(messages and clinic.public_address and has_link(messages[0].kind, channel))
    token = secrets.token_urlsafe(16) if is_linked else ""
    token_hash = hash_token(token) if token else ""
    for message in messages:
        error = why_not(message, at=now, clinic=clinic)
        wanted = {"status": Status.SKIPPED}
        if not error:
            wanted = {"status": Status.CLAIMED, "attempts": F("attempts") + 1, "token_hash": token_hash}
        pending = Message.objects.filter(pk=message.pk, status=Status.PENDING)
        if pending.update(channel=channel, claimed_at=now, error=error, **wanted):
            before = field_values(message)
            message.refresh_from_db(fields=["status", "attempts", "token_hash", "channel", "claimed_at", "error"])
            changes = changes_between(before, message)
            add_audit_entry(TrailEntry.Action.CHANGE, by=None, record=message, changes=changes)
            claimed.append(message)
    return claimed, token


@transaction.atomic
def _try_again(messages, status, error):
    """Let claimed messages wait again. One whose visit has changed meanwhile is replaced by the message about that."""
    visits = [message.appointment_id for message in messages]
    rows = Appointment.objects.filter(pk__in=visits).order_by("pk").select_for_update(of=["self"])
    visits_now = {visit.pk: visit for visit in rows.select_related("practitioner")}
    newer = {message.appointment_id: message for message in Message.objects.waiting().filter(appointment__in=visits)}
    for message in messages:
        replacing = newer.get(message.appointment_id)
        if message.kind == Kind.REMINDER or not replacing:
            _finish([message], status, error)
            continue
        _finish([message], Status.SKIPPED, REPLACED)
        replacing.was_starts_at, replacing.was_site_id = message.was_starts_at, message.was_site_id
        if replacing.kind != Kind.POSTPONED:
            take_kind(replacing, expected(visits_now[message.appointment_id]))
        replacing.save()
    return status


@transaction.atomic
def _finish(messages, status, error=""):
    for message in messages:
        before = field_values(message)
        message.status, message.error = status, error[:200]
        message.sent_at = timezone.now() if status == Status.SENT else None
        message.save(update_fields=["status", "error", "sent_at"])
        changes = changes_between(before, message)
        add_audit_entry(TrailEntry.Action.CHANGE, by=None, record=message, changes=changes)
    return status
