"""The visit in the diary goes where its session goes."""

from patients.audit.recording import record_trail
from patients.models import TrailEntry


def set_visit_status(appointment, status, *, by):
    """Give the visit the status that its session asks for, and tell the trail."""
    changes = {"status": [appointment.status, str(status)]}
    appointment.status = status
    appointment.save(update_fields=["status"])
    record_trail(TrailEntry.Action.CHANGE, by=by, record=appointment, changes=changes)
