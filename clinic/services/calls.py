"""Calls to patients after their visit."""

from django.core.exceptions import ValidationError
from django.db import transaction

from clinic.models import Appointment, CallAttempt
from clinic.permissions import may_call_after_visits
from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs
from patients.integrity.changes import changes_between
from patients.models import TrailEntry

from .slots import lock_appointment


@needs(may_call_after_visits)
@transaction.atomic
def record_unanswered_call(appointment, *, by):
    """Record a call after the visit that nobody answered. Raises ValidationError "status" unless the visit is done."""
    row = lock_appointment(appointment)
    if row.status != Appointment.Status.DONE:
        raise ValidationError("This visit is not marked as done, so there is no call to record.", code="status")
    attempt = CallAttempt.objects.create(appointment=row, called_by=by)
    add_audit_entry(TrailEntry.Action.CREATE, by=by, record=attempt, changes=changes_between(None, attempt))
    return attempt
