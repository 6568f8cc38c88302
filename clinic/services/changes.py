"""What a change of an appointment needs to be told, and to be undone."""

from datetime import UTC

from clinic.models import Appointment, AppointmentChange
from patients.audit.recording import add_audit_entry
from patients.integrity.changes import changes_between
from patients.models import TrailEntry

FIELDS = (
    "starts_at ends_at practitioner_id room_id status arrived_at cancelled_at cancelled_by_id cancellation_reason"
    " overlap_reason overlap_by_id"
).split()
TIMES = {"starts_at", "ends_at", "arrived_at", "cancelled_at"}


def state_of(appointment):
    """Where and how the appointment stands, as JSON. One instant reads alike whatever zone's clock it came on."""
    values = {name: getattr(appointment, name) for name in FIELDS}
    return values | {name: values[name] and values[name].astimezone(UTC).isoformat() for name in TIMES}


def set_state(appointment, state):
    """Put the appointment back to such a state; does not save."""
    for name, value in state.items():
        setattr(appointment, name, Appointment._meta.get_field(name.removesuffix("_id")).to_python(value))


def record_change(appointment, kind, *, by, before, group=None):
    """Add to the appointment's history what it was and what it is now; the same goes into the trail."""
    after = state_of(appointment)
    change = AppointmentChange.objects.create(
        appointment=appointment, kind=kind, made_by=by, before=before, after=after, group=group
    )
    changes = changes_between(before, after)
    add_audit_entry(
        TrailEntry.Action.CHANGE, by=by, record=appointment, changes=changes, note=change.get_kind_display()
    )
    return change
