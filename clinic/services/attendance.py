"""The patient comes, does not come, or says so before."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from clinic.diary import local_time
from clinic.models import Appointment, AppointmentChange
from clinic.permissions import may_change_visits
from patients.integrity.authorization import needs

from .changes import record_change, state_of
from .slots import end_overlaps, locked, refuse_stale, save

Status = Appointment.Status


@needs(may_change_visits)
@transaction.atomic
def check_in(appointment, *, by):
    """The patient is here: stamped with the time. Checking in twice keeps the first."""
    row = locked(appointment)
    now = timezone.now()
    if row.status == Status.ARRIVED:
        return row
    if row.status != Status.BOOKED:
        raise ValidationError(f"This visit is {row.get_status_display().lower()}. Nobody can check in.", code="status")
    if local_time.local_day(row.starts_at, row.zone) != local_time.local_day(now, row.zone):
        raise ValidationError(
            f"This visit is on {row.starts_at.astimezone(row.zone):%a %-d %b}, not today. Move it first.", code="day"
        )
    before = state_of(row)
    row.status, row.arrived_at = Status.ARRIVED, now
    return _saved(row, AppointmentChange.Kind.ARRIVED, by, before)


@needs(may_change_visits)
@transaction.atomic
def mark_no_show(appointment, *, by):
    """The patient did not come. Only after the visit should have begun."""
    row = locked(appointment)
    if row.status == Status.NO_SHOW:
        return row
    if row.status != Status.BOOKED:
        raise ValidationError(f"This visit is {row.get_status_display().lower()}, not missed.", code="status")
    if row.starts_at > timezone.now():
        raise ValidationError("The visit has not begun yet. Cancel it, or wait until it has.", code="early")
    before = state_of(row)
    row.status = Status.NO_SHOW
    return _saved(row, AppointmentChange.Kind.NO_SHOW, by, before)


@needs(may_change_visits)
@transaction.atomic
def cancel_appointment(appointment, *, by, reason, version=None, group=None):
    """Free the time; the row stays, with who, when and why. Those of one `group` are undone together."""
    row = locked(appointment)
    if row.status == Status.CANCELLED:
        return row
    refuse_stale(row, version)
    if row.status not in (Status.BOOKED, Status.ARRIVED):
        raise ValidationError(
            f"This visit is {row.get_status_display().lower()} and cannot be cancelled.", code="status"
        )
    if not reason.strip():
        raise ValidationError("Say why the visit is cancelled.", code="reason")
    before = state_of(row)
    row.status, row.cancellation_reason = Status.CANCELLED, reason.strip()
    row.cancelled_at, row.cancelled_by = timezone.now(), by
    return _saved(row, AppointmentChange.Kind.CANCELLED, by, before, group)


def _saved(row, kind, by, before, group=None):
    save(row)
    record_change(row, kind, by=by, before=before, group=group)
    if row.status not in Appointment.ACTIVE:
        end_overlaps(before, by=by)
    return row
