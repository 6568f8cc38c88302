"""Messages to the demo's patients, as if they had been sent, and what some of them answered."""

from datetime import timedelta

from django.utils import timezone

from clinic.models import Appointment, ClinicSettings, Message, VisitReply
from clinic.models.feed import hash_token

CONFIRMED = 5
PUBLIC_ADDRESS = "http://127.0.0.1:8000"
Kind, Status = Message.Kind, Message.Status


def write_messages(now, rng):
    """Reminders of tomorrow's visits and confirmations of later ones; one failed, one patient asks to move."""
    ClinicSettings.objects.create(public_address=PUBLIC_ADDRESS, new_patients=ClinicSettings.NewPatients.REACHABLE)
    visits = Appointment.objects.filter(status=Appointment.Status.BOOKED, starts_at__gt=now).in_time_order()
    visits = [visit for visit in visits.with_names() if visit.patient.reminder_channel != "none"]
    messages = Message.objects.bulk_create([_sent(visit, now, rng) for visit in visits])
    if messages:
        unlucky = messages[-1]
        unlucky.status, unlucky.sent_at, unlucky.attempts = Status.FAILED, None, 3
        unlucky.error = "The gateway answered 503."
        unlucky.save()
    later = [message for message in messages[:-1] if message.starts_at > now + timedelta(hours=3)]
    for message in later[1 : CONFIRMED + 1]:
        _answer(message, VisitReply.Kind.CONFIRMED)
    for message in later[:1]:
        _answer(message, VisitReply.Kind.MOVE, wishes="Tue Fri, Morning", note="A school play, sorry")


def _sent(visit, now, rng):
    is_soon = visit.starts_at < now + timedelta(hours=24)
    sent_at = now - timedelta(minutes=rng.randint(5, 300))
    return Message(
        appointment=visit,
        kind=Kind.REMINDER if is_soon else Kind.BOOKED,
        starts_at=visit.starts_at,
        channel=visit.patient.reminder_channel,
        status=Status.SENT,
        attempts=1,
        due_at=None if is_soon else sent_at,
        claimed_at=sent_at,
        sent_at=sent_at,
        # Nobody knows the secrets: the links were never written down.
        token_hash=hash_token(f"{rng.getrandbits(128):x}"),
    )


def _answer(message, kind, **said):
    VisitReply.objects.create(
        appointment=message.appointment,
        message=message,
        kind=kind,
        starts_at=message.starts_at,
        made_at=min(message.sent_at + timedelta(minutes=4), timezone.now()),
        **said,
    )
