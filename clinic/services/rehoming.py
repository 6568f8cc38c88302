"""What the front desk does with a visit that cannot take place, other than moving or cancelling it."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from clinic.diary.obstacles import WAITING, obstacles_of
from clinic.models import AppointmentChange, CallAttempt
from clinic.permissions import may_move_to_waiting_list, may_rehome_visits
from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs
from patients.integrity.changes import changes_between
from patients.models import TrailEntry

from .attendance import cancel_appointment
from .changes import record_change, undo_state
from .slots import lock_appointment, refuse_stale, save_appointment
from .waiting_list import add_to_waiting_list


@needs(may_rehome_visits)
@transaction.atomic
def record_no_answer(appointment, *, by):
    """Record a call about the visit that nobody answered. Raises ValidationError "status" if the visit is over."""
    row = lock_appointment(appointment)
    _refuse_unless_waiting(row)
    attempt = CallAttempt.objects.create(appointment=row, called_by=by)
    add_audit_entry(TrailEntry.Action.CREATE, by=by, record=attempt, changes=changes_between(None, attempt))
    return attempt


@needs(may_rehome_visits)
@transaction.atomic
def keep_appointment(appointment, *, by, version=None):
    """Decide that a visit takes place although nobody works then, for example because the practitioner comes in.

    Raises StaleAppointment, and ValidationError "status" for a visit that is not booked, "obstacle" for one that cannot
    take place for another reason.
    """
    row = lock_appointment(appointment)
    refuse_stale(row, version)
    _refuse_unless_waiting(row)
    obstacles = obstacles_of([row]).get(row.pk, [])
    if not obstacles:
        return row
    for obstacle in obstacles:
        if not obstacle.is_overridable:
            raise ValidationError(f"{obstacle.sentence} Move or cancel this visit.", code="obstacle")
    before = undo_state(row)
    row.outside_hours_at, row.outside_hours_by = timezone.now(), by
    save_appointment(row)
    record_change(row, AppointmentChange.Kind.KEPT, by=by, before=before)
    return row


@needs(may_move_to_waiting_list)
@transaction.atomic
def move_to_waiting_list(appointment, *, by, reason, version=None):
    """Cancel a visit that the clinic cannot keep and put its patient on the waiting list. Return the new entry.

    Raises the errors of `cancel_appointment` and `add_to_waiting_list`.
    """
    row = lock_appointment(appointment)
    refuse_stale(row, version)
    _refuse_unless_waiting(row)
    cancel_appointment(row, by=by, reason=reason, by_clinic=True)
    start = row.starts_at.astimezone(row.zone)
    note = f"Instead of {start:%a} {start.day} {start:%b} {start:%H:%M} with {row.practitioner}"
    site = row.practitioner.site
    return add_to_waiting_list(row.patient, by=by, type=row.type, site=site, note=note, priority=1)


def _refuse_unless_waiting(row):
    if row.status not in WAITING:
        status = row.get_status_display().lower()
        raise ValidationError(f"This visit is {status}. Nothing is left to do for it.", code="status")
