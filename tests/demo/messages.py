"""Messages to the demo's patients, as if they had been sent, and what some of them answered."""

from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from clinic.models import Appointment, ClinicSettings, Message, VisitReply
from clinic.models.feed import hash_token

CONFIRMED = 5
PUBLIC_ADDRESS = "http://127.0.0.1:8000"
Kind, Status = Message.Kind, Message.Status


def write_messages(now, rng):
    """Send what waits, remind of the visits of the next day; one message failed, one patient asks to move."""
    ClinicSettings.objects.create(public_address=PUBLIC_ADDRESS, new_patients=ClinicSettings.NewPatients.REACHABLE)
    for message in Message.objects.waiting():
        sent_at = min(message.due_at, now - timedelta(minutes=rng.randint(5, 300)))
        for name, value in _delivery(sent_at, rng).items():
            setattr(message, name, value)
        message.save()
    visits = Appointment.objects.filter(status=Appointment.Status.BOOKED, starts_at__gt=now).in_time_order()
    visits = [visit for visit in visits.with_names() if visit.patient.reminder_channel != "none"]
    confirmed = set(Message.objects.filter(kind=Kind.BOOKED).values_list("appointment_id", flat=True))
    new = [visit for visit in visits if _is_soon(visit, now) or visit.pk not in confirmed]
    Message.objects.bulk_create([_message(visit, now, rng) for visit in new])
    _add_failure_and_answers(now)


def _add_failure_and_answers(now):
    later = Message.objects.filter(kind__in=[Kind.REMINDER, Kind.BOOKED], starts_at__gt=now + timedelta(hours=3))
    booked = later.filter(appointment__status=Appointment.Status.BOOKED, appointment__starts_at=F("starts_at"))
    newest = {}
    for message in booked.select_related("appointment").order_by("starts_at", "pk"):
        newest[message.appointment_id] = message
    messages = list(newest.values())
    if messages:
        unlucky = messages.pop()
        unlucky.status, unlucky.sent_at, unlucky.attempts = Status.FAILED, None, 3
        unlucky.error = "The gateway answered 503."
        unlucky.save()
    for message in messages[1 : CONFIRMED + 1]:
        _answer(message, VisitReply.Kind.CONFIRMED)
    for message in messages[:1]:
        _answer(message, VisitReply.Kind.MOVE, wishes="Tue Fri, Morning", note="A school play, sorry")


def _is_soon(visit, now):
    return visit.starts_at < now + timedelta(hours=24)


def _message(visit, now, rng):
    is_soon, sent_at = _is_soon(visit, now), now - timedelta(minutes=rng.randint(5, 300))
    return Message(
        appointment=visit,
        kind=Kind.REMINDER if is_soon else Kind.BOOKED,
        starts_at=visit.starts_at,
        channel=visit.patient.reminder_channel,
        due_at=None if is_soon else sent_at,
        **_delivery(sent_at, rng),
    )


def _delivery(sent_at, rng):
    """The fields of a message that was sent. Nobody knows the secret of its link, which was never written down."""
    token_hash = hash_token(f"{rng.getrandbits(128):x}")
    times = {"claimed_at": sent_at, "sent_at": sent_at}
    return {"status": Status.SENT, "attempts": 1, "token_hash": token_hash} | times


def _answer(message, kind, **answer):
    VisitReply.objects.create(
        appointment=message.appointment,
        message=message,
        kind=kind,
        starts_at=message.starts_at,
        made_at=min(message.sent_at + timedelta(minutes=4), timezone.now()),
        **answer,
    )
