"""Move a visit to another time, practitioner or room, and edit its type, length, room and note."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction

from clinic.diary import local_time
from clinic.models import Appointment, AppointmentChange
from clinic.permissions import may_change_visits, require_diary_of
from patients.integrity.authorization import needs

from .changes import record_change, undo_state
from .slots import (
    clear_ended_overlaps,
    lock_appointment,
    lock_diary,
    place,
    refuse_length,
    refuse_stale,
    save_appointment,
)

MOVABLE = (Appointment.Status.BOOKED, Appointment.Status.ARRIVED)


@needs(may_change_visits)
@transaction.atomic
def move_appointment(
    appointment,
    *,
    by,
    starts_at=None,
    practitioner=None,
    room=None,
    minutes=None,
    version=None,
    overlap_reason="",
    allow_outside_hours=False,
    group=None,
):
    """Move a visit. An argument that is None keeps its value. The reason for an earlier overlap is not kept.

    `version` is the one that the page showed: raises StaleAppointment if the stored one differs, unless the visit is
    already where it should go. Changes with the same `group` are undone together. Raises the errors of `slots.place`.
    """
    row = lock_appointment(appointment)
    require_diary_of(by, row.practitioner)
    wanted = {"starts_at": starts_at, "practitioner": practitioner, "room": room, "minutes": minutes}
    if all(value is None or value == getattr(row, name) for name, value in wanted.items()):
        return row
    refuse_stale(row, version)
    if row.status not in MOVABLE:
        raise ValidationError(f"This visit is {row.get_status_display().lower()} and cannot be moved.", code="status")
    before, day = undo_state(row), local_time.local_day(row.starts_at, row.zone)
    length = timedelta(minutes=minutes) if minutes else row.ends_at - row.starts_at
    row.starts_at = starts_at or row.starts_at
    row.ends_at = row.starts_at + length
    row.practitioner = practitioner or row.practitioner
    row.room = room or row.room
    if local_time.local_day(row.starts_at, row.zone) != day:
        # A check-in applies only to the day on which the patient came.
        row.status, row.arrived_at = Appointment.Status.BOOKED, None
    _place_again(row, AppointmentChange.Kind.MOVED, by, before, group, overlap_reason, allow_outside_hours)
    return row


@needs(may_change_visits)
@transaction.atomic
def edit_appointment(
    appointment,
    *,
    by,
    type=None,
    minutes=None,
    room=None,
    note=None,
    version=None,
    overlap_reason="",
    allow_outside_hours=False,
):
    """Change what a booked visit is: its type, length in minutes, room and note. None keeps a value.

    It begins at the same time with the same practitioner. `version` is the one that the page showed: raises
    StaleAppointment if the stored one differs, unless the visit is already as it should be. Raises ValidationError
    "status" for a visit that is over, "type" for a new type that is no longer offered, "minutes" for an impossible
    length, and, if the type, the length or the room changes, the errors of `slots.place`.
    """
    row = lock_appointment(appointment)
    require_diary_of(by, row.practitioner)
    note = None if note is None else note.strip()
    wanted = {"type": type, "minutes": minutes, "room": room, "note": note}
    new = {name: value for name, value in wanted.items() if value is not None and value != getattr(row, name)}
    if not new:
        return row
    refuse_stale(row, version)
    if row.status not in MOVABLE:
        raise ValidationError(f"This visit is {row.get_status_display().lower()} and cannot be edited.", code="status")
    if "type" in new and not type.is_active:
        raise ValidationError("This type of visit is no longer offered. Choose another.", code="type")
    before, length = undo_state(row), row.minutes
    if "minutes" in new:
        refuse_length(minutes)
        row.ends_at = row.starts_at + timedelta(minutes=minutes)
    row.type, row.room, row.note = type or row.type, room or row.room, row.note if note is None else note
    if set(new) == {"note"}:
        save_appointment(row)
        record_change(row, AppointmentChange.Kind.EDITED, by=by, before=before)
        return row
    # What was allowed when the visit was booked stays allowed, unless the visit takes more time now.
    is_longer = minutes is not None and minutes > length
    reason = overlap_reason or ("" if is_longer else row.overlap_reason)
    _place_again(row, AppointmentChange.Kind.EDITED, by, before, None, reason, allow_outside_hours or not is_longer)
    return row


def _place_again(row, kind, by, before, group, overlap_reason, allow_outside_hours):
    """Save a visit that takes other time than before, and record the change."""
    lock_diary(row)
    place(row, by=by, overlap_reason=overlap_reason, allow_outside_hours=allow_outside_hours)
    record_change(row, kind, by=by, before=before, group=group)
    clear_ended_overlaps(before, by=by)
