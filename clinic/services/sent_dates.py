"""Send a patient the dates of the visits that are booked."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from clinic.diary.messages import WAIT, why_not
from clinic.diary.obstacles import obstacles_of
from clinic.models import Appointment, ClinicSettings, Message
from clinic.permissions import may_change_visits
from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs
from patients.integrity.changes import changes_between
from patients.models import TrailEntry

from .messages import expected
from .slots import lock_rows


@needs(may_change_visits)
@transaction.atomic
def send_dates(patient, *, by):
    """Queue one message with the patient's visits to come, for each site, and return the visits in time order.

    Visits that cannot take place are left out. A visit that a waiting message is about is in that one. Raises
    ValidationError "empty" if no visit is left, "message" if none can be sent to this patient.
    """
    now, clinic = timezone.now(), ClinicSettings.current()
    booked = Appointment.objects.filter(patient=patient, status=Appointment.Status.BOOKED, starts_at__gt=now)
    visits = list(lock_rows(booked).in_time_order())
    impossible = obstacles_of(visits)
    visits = [visit for visit in visits if visit.pk not in impossible]
    if not visits:
        raise ValidationError("No visit is booked that can take place.", code="empty")
    waiting = set(Message.objects.waiting().filter(appointment__in=visits).values_list("appointment", flat=True))
    for visit in visits:
        start, site_id = expected(visit)
        message = Message(appointment=visit, kind=Message.Kind.BOOKED, channel=visit.patient.reminder_channel)
        # The patient knows this time. If it changes before the message is sent, the message says so.
        message.starts_at, message.was_starts_at, message.was_site_id = start, start, site_id
        message.due_at = now + WAIT
        if why := why_not(message, at=now, clinic=clinic):
            raise ValidationError(f"No message can be sent: {why}", code="message")
        if visit.pk not in waiting:
            message.save()
            add_audit_entry(TrailEntry.Action.CREATE, by=by, record=message, changes=changes_between(None, message))
    return visits
