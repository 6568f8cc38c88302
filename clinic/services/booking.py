"""Book a visit."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from clinic.models import Appointment
from clinic.permissions import may_book
from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs
from patients.integrity.changes import changes_between
from patients.models import TrailEntry
from patients.services.once import stored_before

from .messages import queue_message
from .slots import lock_diary, place, refuse_length


@needs(may_book)
@transaction.atomic
def book_appointment(
    *,
    by,
    patient,
    practitioner,
    type,
    starts_at,
    room=None,
    minutes=None,
    token=None,
    note="",
    overlap_reason="",
    allow_outside_hours=False,
):
    """Book a visit. If the same `token` is sent again, return the appointment that was booked the first time.

    `minutes` defaults to the length of the type. Raises ValidationError "type" for a type that is no longer offered,
    "minutes" for an impossible length, and the errors of `slots.place`.
    """
    refuse_length(minutes)
    if not type.is_active:
        raise ValidationError("This type of visit is no longer offered. Choose another.", code="type")
    appointment = new_appointment(
        by=by, patient=patient, practitioner=practitioner, type=type, starts_at=starts_at, room=room, minutes=minutes
    )
    appointment.note, appointment.request_token = note, token
    lock_diary(appointment)
    if booked := booked_before(token, appointment):
        return booked[0]
    return place_new(appointment, by=by, overlap_reason=overlap_reason, allow_outside_hours=allow_outside_hours)


def place_new(appointment, *, by, overlap_reason="", allow_outside_hours=False):
    """Save a new visit in the locked diary and record it in the audit trail. Raises the errors of `slots.place`."""
    place(appointment, by=by, overlap_reason=overlap_reason, allow_outside_hours=allow_outside_hours)
    add_audit_entry(TrailEntry.Action.CREATE, by=by, record=appointment, changes=changes_between(None, appointment))
    queue_message(appointment)
    return appointment


def new_appointment(*, by, patient, practitioner, type, starts_at, room, minutes=None, series=None):
    """An unsaved Appointment."""
    return Appointment(
        patient=patient,
        practitioner=practitioner,
        type=type,
        room=room,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=minutes or type.minutes),
        series=series,
        booked_at=timezone.now(),
        booked_by=by,
    )


def booked_before(token, *requested):
    """The appointments that the page with this token booked before, in time order; [] if there are none.

    Raises OtherContent if they are not the requested ones.
    """
    if not token:
        return []
    sent_before = Appointment.objects.filter(request_token=token)
    first = stored_before(
        sent_before, content_of=lambda visit: _content(_series_of(visit)), content=_content(requested)
    )
    return _series_of(first) if first else []


def _series_of(visit):
    """The visit and all that were booked with it, in time order."""
    same = {"series": visit.series} if visit.series else {"pk": visit.pk}
    return list(Appointment.objects.with_names().filter(**same).in_time_order())


def _content(visits):
    cancelled = Appointment.Status.CANCELLED
    return sorted((v.starts_at, v.patient_id, v.practitioner_id, v.status == cancelled) for v in visits)
