"""Undo a booking, or the last change of an appointment and of those that were changed with it."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from clinic.diary.clashes import clash_messages, clashes_of
from clinic.models import Appointment, AppointmentChange
from clinic.permissions import may_change_visits, may_change_waiting_entries, require_diary_of
from patients.integrity.authorization import needs

from .changes import record_change, restore_state, undo_state
from .slots import combined_error, lock_diary, lock_rows, save_appointment
from .waiting_list import reopen_waiting_entry

# These fields can change because another visit was moved or cancelled. That does not prevent undoing.
CHANGED_BY_OTHERS = ("overlap_reason", "overlap_by_id")
# A slip is noticed at once. Later, the visit is cancelled with a reason.
BOOKING_CAN_BE_UNDONE = timedelta(hours=1)
TAKES_TIME = (AppointmentChange.Kind.MOVED, AppointmentChange.Kind.EDITED)


def can_undo_booking(visit):
    """Whether a visit was booked so recently, and nothing happened to it since, that its booking can be undone."""
    is_recent = visit.booked_at is not None and timezone.now() - visit.booked_at <= BOOKING_CAN_BE_UNDONE
    return is_recent and visit.status == Appointment.Status.BOOKED and not visit.changes.all()


@needs(may_change_visits)
@transaction.atomic
def undo_booking(appointment, *, by):
    """Take back a booking that was a mistake, with all visits of its repeat. The rows stay, but in no diary or count.

    An entry of the waiting list that it fulfilled is open again. Return the appointment. Raises ValidationError
    "changed" unless `can_undo_booking` of all visits of the repeat.
    """
    same = Q(series=appointment.series) if appointment.series else Q(pk=appointment.pk)
    rows = list(lock_rows(Appointment.objects.filter(same)))
    for row in rows:
        require_diary_of(by, row.practitioner)
        if not can_undo_booking(row):
            raise ValidationError(
                "This booking can no longer be undone. Cancel the visit, with a reason.", code="changed"
            )
        before = undo_state(row)
        row.status, row.cancelled_at, row.cancelled_by = Appointment.Status.CANCELLED, timezone.now(), by
        row.cancellation_reason, row.is_booking_undone = "Booked by mistake", True
        save_appointment(row)
        record_change(row, AppointmentChange.Kind.UNBOOKED, by=by, before=before, group=row.series)
        for entry in row.fulfilled_entries.all() if may_change_waiting_entries(by) else ():
            reopen_waiting_entry(entry, by=by)
    return next(row for row in rows if row.pk == appointment.pk)


@needs(may_change_visits)
@transaction.atomic
def undo_last(appointment, *, by, change=None):
    """Undo the last check-in, cancellation, no-show or move. Return the appointment.

    A change of this and the following visits is undone for all of them or none. `change` is the id of the change that
    the page showed. Raises ValidationError "nothing" if there is nothing to undo, "stale" if a later change was made,
    "changed" if the visit went on, "patient" if the patient cannot be treated, "overlap" if the time is taken.
    """
    last = appointment.changes.first()
    group = last and last.group
    among = Q(pk=appointment.pk) | Q(changes__group=group) if group else Q(pk=appointment.pk)
    rows = lock_rows(Appointment.objects.filter(pk__in=Appointment.objects.filter(among).values("pk")))
    lasts = {row: _undoable(row, group, change if row.pk == appointment.pk else None, by) for row in rows}
    # Undo the latest move first: its old time is free, while that of an earlier one may be taken by a later one.
    for row in sorted(lasts, key=lambda row: -lasts[row].pk):
        _undo(row, lasts[row], by)
    return next(row for row in lasts if row.pk == appointment.pk)


def _undoable(row, group, change, by):
    require_diary_of(by, row.practitioner)
    last = row.changes.first()
    if last is None or last.kind == AppointmentChange.Kind.UNDONE:
        raise ValidationError("There is nothing to undo.", code="nothing")
    if change not in (None, last.pk):
        raise ValidationError("Another user changed this visit. Check it before you undo anything.", code="stale")
    now = undo_state(row)
    # A change of an earlier version has no value for a field that was added later.
    compared = now.keys() & last.after.keys() - set(CHANGED_BY_OTHERS)
    if last.group != group or any(now[name] != last.after[name] for name in compared):
        raise ValidationError("The visit has changed since then, so this can no longer be undone.", code="changed")
    return last


def _undo(row, last, by):
    before = undo_state(row)
    restore_state(row, last.before)
    require_diary_of(by, row.practitioner)
    if before["status"] not in Appointment.ACTIVE or last.kind in TAKES_TIME:
        _refuse_taken(row, last)
    save_appointment(row)
    record_change(row, AppointmentChange.Kind.UNDONE, by=by, before=before)


def _refuse_taken(row, last):
    """Raise ValidationError if the old time is taken. An overlap reason covers only visits that were there before."""
    lock_diary(row)
    if message := row.patient.why_not_treatable:
        raise ValidationError(message, code="patient")
    clashes = clashes_of(row)
    new = [clash for clash in clashes if not row.overlap_reason or _came_since(clash[1], last)]
    if new:
        raise combined_error(
            [*clash_messages(new), "This cannot be undone, because the time is taken."], code="overlap"
        )
    if not clashes:
        row.overlap_reason, row.overlap_by = "", None


def _came_since(visit, last):
    moves = visit.changes.filter(pk__gt=last.pk).exclude(kind=AppointmentChange.Kind.ARRIVED)
    return bool(visit.booked_at and visit.booked_at > last.made_at) or moves.exists()
