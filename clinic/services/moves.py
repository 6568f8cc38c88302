"""Move a visit to another time, person or room."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction

from clinic.diary import local_time
from clinic.models import Appointment, AppointmentChange
from clinic.permissions import may_change_visits
from patients.integrity.authorization import needs

from .changes import record_change, state_of
from .slots import end_overlaps, lock_diary, locked, place, refuse_stale

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
    anytime=False,
    group=None,
):
    """Move a visit; what is None stays as it is. The reason of an old overlap does not go along.

    `version` is what the page was opened with: StaleAppointment when the stored one has moved on, unless it stands
    already where it should go. Those of one `group` are undone together. Raises ValidationError as `placing.place`.
    """
    row = locked(appointment)
    if not _changes(row, starts_at=starts_at, practitioner=practitioner, room=room, minutes=minutes):
        return row
    refuse_stale(row, version)
    if row.status not in MOVABLE:
        raise ValidationError(f"This visit is {row.get_status_display().lower()} and cannot be moved.", code="status")
    before, day = state_of(row), local_time.local_day(row.starts_at, row.zone)
    length = timedelta(minutes=minutes) if minutes else row.ends_at - row.starts_at
    row.starts_at = starts_at or row.starts_at
    row.ends_at = row.starts_at + length
    row.practitioner = practitioner or row.practitioner
    row.room = room or row.room
    if local_time.local_day(row.starts_at, row.zone) != day:
        # Who came today has not come on the other day.
        row.status, row.arrived_at = Appointment.Status.BOOKED, None
    lock_diary(row)
    place(row, by=by, overlap_reason=overlap_reason, anytime=anytime)
    record_change(row, AppointmentChange.Kind.MOVED, by=by, before=before, group=group)
    end_overlaps(before, by=by)
    return row


def _changes(row, **wanted):
    """Whether the row stands elsewhere than wanted."""
    return any(value is not None and value != getattr(row, name) for name, value in wanted.items())
