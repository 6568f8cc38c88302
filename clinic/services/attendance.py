"""Check in, mark as missed, or cancel a visit."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from clinic.diary import local_time
from clinic.models import Appointment, AppointmentChange
from clinic.permissions import may_change_visits, require_diary_of
from clinic.registry import registry
from patients.integrity.authorization import needs

from .changes import record_change, undo_state
from .slots import clear_ended_overlaps, lock_appointment, refuse_stale, save_appointment

Status = Appointment.Status


@needs(may_change_visits)
@transaction.atomic
def check_in(appointment, *, by):
    """Record that the patient has arrived, with the time. Checking in again keeps the first time.

    After the day of the visit it is recorded without a time. Raises ValidationError "status" unless the visit is
    booked, and "day" before its day.
    """
    row = lock_appointment(appointment)
    require_diary_of(by, row.practitioner)
    now = timezone.now()
    if row.status == Status.ARRIVED:
        return row
    if row.status != Status.BOOKED:
        raise ValidationError(
            f"This visit is {row.get_status_display().lower()} and cannot be checked in.", code="status"
        )
    days_ago = local_time.days_ago(row, now)
    if days_ago < 0:
        raise ValidationError(
            f"This visit is on {row.starts_at.astimezone(row.zone):%a %-d %b}, not today. Move it first.", code="day"
        )
    before = undo_state(row)
    row.status, row.arrived_at = Status.ARRIVED, now if days_ago == 0 else None
    return _saved(row, AppointmentChange.Kind.ARRIVED, by, before)


@needs(may_change_visits)
@transaction.atomic
def mark_no_show(appointment, *, by, reason=""):
    """Record that the patient did not come, and why, if that is known. The reason can be added later.

    Raises ValidationError "early" before the visit should have begun.
    """
    row, reason = lock_appointment(appointment), reason.strip()
    require_diary_of(by, row.practitioner)
    if row.status == Status.NO_SHOW and reason in ("", row.no_show_reason):
        return row
    if row.status not in (Status.BOOKED, Status.NO_SHOW):
        raise ValidationError(
            f"This visit is {row.get_status_display().lower()} and cannot be marked as missed.", code="status"
        )
    if row.starts_at > timezone.now():
        raise ValidationError("The visit has not begun yet. Cancel it, or wait until its start.", code="early")
    before = undo_state(row)
    kind = AppointmentChange.Kind.EDITED if row.status == Status.NO_SHOW else AppointmentChange.Kind.NO_SHOW
    row.status, row.no_show_reason = Status.NO_SHOW, reason
    return _saved(row, kind, by, before)


@needs(may_change_visits)
@transaction.atomic
def cancel_appointment(appointment, *, by, reason, version=None, group=None, by_clinic=False):
    """Cancel a visit and free its time. The row stays, with who cancelled it, when and why.

    A visit that was entered afterwards can be cancelled too, unless a session was recorded for it.

    `by_clinic` means that the clinic could not keep the visit. Changes with the same `group` are undone together.
    Raises StaleAppointment if `version` is not the stored one.
    """
    row = lock_appointment(appointment)
    require_diary_of(by, row.practitioner)
    if row.status == Status.CANCELLED:
        return row
    refuse_stale(row, version)
    if row.status == Status.DONE and row.afterwards_reason and registry.has_session(row):
        raise ValidationError("A session was recorded for this visit, so it cannot be cancelled.", code="status")
    if row.status not in (Status.BOOKED, Status.ARRIVED) and not may_be_taken_back(row):
        raise ValidationError(
            f"This visit is {row.get_status_display().lower()} and cannot be cancelled.", code="status"
        )
    if not reason.strip():
        raise ValidationError("Enter the reason for the cancellation.", code="reason")
    before = undo_state(row)
    row.status, row.cancellation_reason = Status.CANCELLED, reason.strip()
    row.cancelled_at, row.cancelled_by, row.is_cancelled_by_clinic = timezone.now(), by, by_clinic
    return _saved(row, AppointmentChange.Kind.CANCELLED, by, before, group)


def may_be_taken_back(visit):
    """Whether a visit is done only because somebody entered it afterwards, which can have been a mistake."""
    return visit.status == Status.DONE and bool(visit.afterwards_reason)


def _saved(row, kind, by, before, group=None):
    save_appointment(row)
    record_change(row, kind, by=by, before=before, group=group)
    if row.status not in Appointment.ACTIVE:
        clear_ended_overlaps(before, by=by)
    return row
