"""Move a visit to another time, practitioner or room."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction

from clinic.diary import local_time
from clinic.models import Appointment, AppointmentChange
from clinic.permissions import may_change_visits
from patients.integrity.authorization import needs

from .changes import record_change, undo_state
from .slots import clear_ended_overlaps, lock_appointment, lock_diary, place, refuse_stale

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
    lock_diary(row)
    place(row, by=by, overlap_reason=overlap_reason, allow_outside_hours=allow_outside_hours)
    record_change(row, AppointmentChange.Kind.MOVED, by=by, before=before, group=group)
    clear_ended_overlaps(before, by=by)
    return row
