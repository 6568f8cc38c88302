"""Book, move or cancel several visits of a repeat at once: all of them or none."""

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction

from clinic.diary import local_time
from clinic.models import Appointment
from clinic.permissions import may_book, may_change_visits
from patients.integrity.authorization import needs

from .attendance import cancel_appointment
from .booking import booked_before, new_appointment, place_new
from .moves import move_appointment
from .slots import combined_error, lock_appointment, lock_diary, lock_rows, refuse_length, refuse_stale


@needs(may_book)
@transaction.atomic
def book_series(
    patient,
    *,
    by,
    practitioner,
    type,
    visits,
    minutes=None,
    token=None,
    note="",
    overlap_reason="",
    allow_outside_hours=False,
):
    """Book a repeat. `visits` is a list of (starts_at, room), as chosen in the preview.

    A visit with somebody else than `practitioner` is (starts_at, room, practitioner).

    Return the appointments in order. If the same `token` is sent again, return those of the first time. Raises
    ValidationError with a message for every visit that cannot be booked, and then books none.
    """
    refuse_length(minutes)
    if not visits:
        raise ValidationError("Choose at least one visit.", code="empty")
    series = uuid.uuid4()
    new = [
        new_appointment(
            by=by,
            patient=patient,
            practitioner=others[0] if others else practitioner,
            type=type,
            starts_at=starts_at,
            room=room,
            minutes=minutes,
            series=series,
        )
        for starts_at, room, *others in visits
    ]
    lock_diary(*new)
    if booked := booked_before(token, *new):
        return booked
    new[0].request_token = token
    for appointment in new:
        appointment.note = note
    _apply_to_each(
        new, lambda one: place_new(one, by=by, overlap_reason=overlap_reason, allow_outside_hours=allow_outside_hours)
    )
    return new


@needs(may_change_visits)
@transaction.atomic
def move_this_and_following(
    appointment,
    *,
    by,
    starts_at,
    practitioner=None,
    room=None,
    version=None,
    overlap_reason="",
    allow_outside_hours=False,
):
    """Move a visit of a repeat and shift the later ones by the same local time. Return the moved visits in order.

    The later visits keep their own practitioner and room unless this visit gets another one. Raises the errors of
    `move_appointment`, with the date of each visit that cannot be moved.
    """
    this = lock_appointment(appointment)
    refuse_stale(this, version)
    rows = [this, *_following(this)]
    practitioner = None if practitioner == this.practitioner else practitioner
    room = None if room == this.room else room
    new_starts = _shifted(rows, starts_at, practitioner)
    _lock_for_move(rows, practitioner, room)
    group = uuid.uuid4()

    def move(row):
        return move_appointment(
            row,
            by=by,
            starts_at=new_starts[row.pk],
            practitioner=practitioner,
            room=room,
            overlap_reason=overlap_reason,
            allow_outside_hours=allow_outside_hours,
            group=group,
        )

    # Each move frees the time for the next one.
    later = starts_at > this.starts_at
    return sorted(_apply_to_each(rows[::-1] if later else rows, move), key=lambda row: row.starts_at)


@needs(may_change_visits)
@transaction.atomic
def cancel_this_and_following(appointment, *, by, reason, version=None):
    """Cancel a visit of a repeat and those after it. Return the cancelled visits in order."""
    this = lock_appointment(appointment)
    refuse_stale(this, version)
    group = uuid.uuid4()
    return [cancel_appointment(row, by=by, reason=reason, group=group) for row in [this, *_following(this)]]


def _following(this):
    """The booked visits of the repeat after this one, locked until the end of the transaction."""
    if this.series is None:
        return []
    rows = Appointment.objects.filter(series=this.series, status=Appointment.Status.BOOKED)
    return list(lock_rows(rows.filter(starts_at__gt=this.starts_at)).in_time_order())


def _shifted(rows, starts_at, practitioner):
    """{pk: new start} if the first row starts at `starts_at` and the others shift by the same local time."""
    this, *following = rows
    zones = {row.pk: (practitioner or row.practitioner).site.zone for row in rows}
    shift = local_time.wall_of(starts_at, zones[this.pk]) - local_time.wall_of(this.starts_at, this.zone)
    starts = {this.pk: starts_at}
    for row in following:
        starts[row.pk] = local_time.local_instant(local_time.wall_of(row.starts_at, row.zone) + shift, zones[row.pk])
    return starts


def _lock_for_move(rows, practitioner, room):
    targets = [
        Appointment(
            practitioner_id=practitioner.pk if practitioner else row.practitioner_id,
            room_id=room.pk if room else row.room_id,
            patient_id=row.patient_id,
        )
        for row in rows
    ]
    lock_diary(*targets)


def _apply_to_each(appointments, change):
    """Apply the change to each appointment. Raise one ValidationError with a dated message for each refusal."""
    done, refused = [], []
    for appointment in appointments:
        day = appointment.starts_at.astimezone(appointment.zone)
        try:
            with transaction.atomic():
                done.append(change(appointment))
        except ValidationError as error:
            refused += [f"{day:%a %-d %b %Y}: {message}" for message in error.messages]
    if refused:
        raise combined_error(refused, code="series")
    return done
