"""Record a change of an appointment so that it can be shown and undone."""

from datetime import UTC

from clinic.models import Appointment, AppointmentChange
from patients.audit.recording import add_audit_entry
from patients.integrity.changes import changes_between
from patients.models import TrailEntry

from .messages import queue_message

FIELDS = (
    "starts_at ends_at practitioner_id room_id type_id note status arrived_at cancelled_at cancelled_by_id"
    " cancellation_reason no_show_reason overlap_reason overlap_by_id is_cancelled_by_clinic outside_hours_at"
    " outside_hours_by_id is_booking_undone"
).split()
TIMES = {"starts_at", "ends_at", "arrived_at", "cancelled_at", "outside_hours_at"}


def undo_state(appointment):
    """The fields that a change can alter, as JSON. Times are in UTC, so that equal instants are equal texts."""
    values = {name: getattr(appointment, name) for name in FIELDS}
    return values | {name: values[name] and values[name].astimezone(UTC).isoformat() for name in TIMES}


def restore_state(appointment, state):
    """Set the fields of an `undo_state` on the appointment. Does not save it.

    Changes from before version 2 have neither the type nor the note, which could not be changed then.
    """
    for name, value in state.items():
        setattr(appointment, name, Appointment._meta.get_field(name.removesuffix("_id")).to_python(value))


def record_change(appointment, kind, *, by, before, group=None):
    """Add a change from the undo state `before` to the current one to the history and to the audit trail.

    The message to the patient about it is queued.
    """
    after = undo_state(appointment)
    change = AppointmentChange.objects.create(
        appointment=appointment, kind=kind, made_by=by, before=before, after=after, group=group
    )
    changes = changes_between(before, after)
    add_audit_entry(
        TrailEntry.Action.CHANGE, by=by, record=appointment, changes=changes, note=change.get_kind_display()
    )
    queue_message(appointment, before=before)
    return change
