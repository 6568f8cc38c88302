"""Take back the last thing done to an appointment, and to those it was done to with it."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from clinic.diary.clashes import clashes_of, sentences
from clinic.models import Appointment, AppointmentChange
from clinic.permissions import may_change_visits
from patients.integrity.authorization import needs

from .changes import record_change, set_state, state_of
from .slots import lock_diary, lock_rows, refusal, save

# A visit that stops or starts to be a deliberate overlap because of others did not go on itself.
OF_OTHERS = ("overlap_reason", "overlap_by_id")


@needs(may_change_visits)
@transaction.atomic
def undo_last(appointment, *, by, change=None):
    """Reverse the last check-in, cancellation, no-show or move, when the time is still free. One step, once.

    What was done to this and the following visits is undone for all of them or for none. `change` is the id of the
    change the person saw; another one that came after it is not undone.
    """
    group = _last_group(appointment)
    among = Q(pk=appointment.pk) | Q(changes__group=group) if group else Q(pk=appointment.pk)
    rows = lock_rows(Appointment.objects.filter(pk__in=Appointment.objects.filter(among).values("pk")))
    lasts = {row: _undoable(row, group, change if row.pk == appointment.pk else None) for row in rows}
    # The last one moved goes back first: it made room for nobody.
    for row in sorted(lasts, key=lambda row: -lasts[row].pk):
        _undo(row, lasts[row], by)
    return next(row for row in lasts if row.pk == appointment.pk)


def _last_group(appointment):
    last = appointment.changes.first()
    return last and last.group


def _undoable(row, group, change):
    last = row.changes.first()
    if last is None or last.kind == AppointmentChange.Kind.UNDONE:
        raise ValidationError("There is nothing to undo.", code="nothing")
    if change not in (None, last.pk):
        raise ValidationError("Somebody else changed this visit since. Look again before you undo it.", code="stale")
    now = state_of(row)
    if last.group != group or any(now[name] != last.after[name] for name in now if name not in OF_OTHERS):
        raise ValidationError("The visit went on since then. This cannot be undone any more.", code="changed")
    return last


def _undo(row, last, by):
    before = state_of(row)
    set_state(row, last.before)
    if before["status"] not in Appointment.ACTIVE or last.kind == AppointmentChange.Kind.MOVED:
        _refuse_taken(row, last)
    save(row)
    record_change(row, AppointmentChange.Kind.UNDONE, by=by, before=before)


def _refuse_taken(row, last):
    """A reason covers only what lay there when it was given; without anybody there it covers nothing."""
    lock_diary(row)
    if sentence := row.patient.why_not_treatable:
        raise ValidationError(sentence, code="patient")
    clashes = clashes_of(row)
    new = [clash for clash in clashes if not row.overlap_reason or _came_since(clash[1], last)]
    if new:
        raise refusal([*sentences(new), "So this cannot be undone."], code="overlap")
    if not clashes:
        row.overlap_reason, row.overlap_by = "", None


def _came_since(visit, last):
    moves = visit.changes.filter(pk__gt=last.pk).exclude(kind=AppointmentChange.Kind.ARRIVED)
    return bool(visit.booked_at and visit.booked_at > last.made_at) or moves.exists()
