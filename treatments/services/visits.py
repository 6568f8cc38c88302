"""Keep the status of the appointment in step with its session."""

from patients.audit.recording import add_audit_entry
from patients.models import TrailEntry


def set_visit_status(appointment, status, *, by):
    """Set and save the status of an Appointment, and record the change in the audit trail."""
    changes = {"status": [appointment.status, str(status)]}
    appointment.status = status
    appointment.save(update_fields=["status"])
    add_audit_entry(TrailEntry.Action.CHANGE, by=by, record=appointment, changes=changes)
