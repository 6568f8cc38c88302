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

from .slots import lock_diary, place


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
    anytime=False,
):
    """Put a patient into the diary. Sending the same `token` again returns what was booked the first time.

    `minutes` is the type's length unless given. Raises ValidationError as `placing.place` does, with a sentence for
    each thing that is taken.
    """
    if not type.is_active:
        raise ValidationError("This kind of visit is no longer offered. Choose another.", code="type")
    appointment = new_appointment(
        by=by, patient=patient, practitioner=practitioner, type=type, starts_at=starts_at, room=room, minutes=minutes
    )
    appointment.note, appointment.request_token = note, token
    lock_diary(appointment)
    if booked := booked_with(token, appointment):
        return booked[0]
    return place_new(appointment, by=by, overlap_reason=overlap_reason, anytime=anytime)


def place_new(appointment, *, by, overlap_reason="", anytime=False):
    """Put a new visit into the locked diary and tell of it in the trail. Raises ValidationError as `placing.place`."""
    place(appointment, by=by, overlap_reason=overlap_reason, anytime=anytime)
    add_audit_entry(TrailEntry.Action.CREATE, by=by, record=appointment, changes=changes_between(None, appointment))
    return appointment


def new_appointment(*, by, patient, practitioner, type, starts_at, room, minutes=None, series=None):
    """A visit that is not in the diary yet."""
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


def booked_with(token, *wanted):
    """What this page booked before, in order; nothing if it is new. OtherContent if it asks for other visits now."""
    if not token:
        return []
    sent_before = Appointment.objects.filter(request_token=token)
    first = stored_before(sent_before, content_of=lambda visit: _wishes(_series_of(visit)), content=_wishes(wanted))
    return _series_of(first) if first else []


def _series_of(visit):
    """The visit, or all that were booked with it, in order."""
    same = {"series": visit.series} if visit.series else {"pk": visit.pk}
    return list(Appointment.objects.with_names().filter(**same).in_time_order())


def _wishes(visits):
    cancelled = Appointment.Status.CANCELLED
    return sorted((v.starts_at, v.patient_id, v.practitioner_id, v.status == cancelled) for v in visits)
