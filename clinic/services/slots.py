"""Put a visit into the diary, safely beside all who do the same at this moment. What the verbs share."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils.dateparse import parse_datetime

from clinic.diary.booking_rules import outside_hours, reasons_against
from clinic.diary.clashes import clashes_of, sentences
from clinic.models import Appointment
from patients.audit.recording import add_audit_entry
from patients.models import TrailEntry

# Advisory locks are numbers of the whole database: this half of them is the diary's.
DIARY = 1 << 60
KINDS = ("practitioner_id", "room_id", "patient_id")
INSTANCES = ["patient", "practitioner", "room", "type", "series", "overlap_by", "booked_by", "cancelled_by"]


class StaleAppointment(ValidationError):
    """The appointment was changed by somebody else after this page was opened."""


def locked(appointment):
    """The stored row, held until the end of the transaction."""
    return lock_rows(Appointment.objects.filter(pk=appointment.pk)).get()


def lock_rows(rows):
    """These rows, held until the end of the transaction, as they stand once they are ours.

    Two queries: one that joins and locks would, after waiting, pair the new row with the people and rooms of the old.
    """
    pks = list(rows.select_for_update().order_by("pk").values_list("pk", flat=True))
    return Appointment.objects.with_names().filter(pk__in=pks)


def refuse_stale(row, version):
    """Raise StaleAppointment when the page was opened with another version than the stored one."""
    if version not in (None, row.version):
        raise StaleAppointment(
            f"Somebody else changed this visit: it is now {row.get_status_display().lower()},"
            f" {row.starts_at.astimezone(row.zone):%a %-d %b} {row.times}. Look again before you change it.",
            code="stale",
        )


def lock_diary(*appointments):
    """PostgreSQL: whoever books the same people or rooms waits here. In one order, so that nobody waits in a circle.

    SQLite has one writer at a time from the beginning of each transaction.
    """
    if connection.vendor != "postgresql":
        return
    held = {(kind, getattr(appointment, name)) for appointment in appointments for kind, name in enumerate(KINDS)}
    keys = sorted(DIARY + pk * len(KINDS) + kind for kind, pk in held if pk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(key) FROM unnest(%s::bigint[]) AS key", [keys])


def refusal(sentences, code):
    """One refusal of several sentences; each carries the code, as `error_list[0].code`."""
    return ValidationError([ValidationError(sentence, code=code) for sentence in sentences])


def place(appointment, *, by, overlap_reason="", anytime=False):
    """Save the visit where it now stands, if that is free. The diary must be locked for it.

    Raises ValidationError: "overlap" naming what is in the way, unless a reason is given; "outside_hours" unless
    `anytime`; "uncertified", "patient", "practitioner", "room", "past".
    """
    _refuse_unfit(appointment, hours_matter=not anytime)
    clashes, reason = clashes_of(appointment), overlap_reason.strip()
    if clashes and not reason:
        raise refusal(sentences(clashes), code="overlap")
    appointment.overlap_reason, appointment.overlap_by = (reason, by) if clashes else ("", None)
    return save(appointment)


def end_overlaps(left, *, by):
    """Visits that lay over the place just left, and now over nothing, need no reason any more: the rule holds again."""
    span = parse_datetime(left["starts_at"]), parse_datetime(left["ends_at"])
    for visit in Appointment.objects.active().overlapping(*span).exclude(overlap_reason=""):
        if not clashes_of(visit):
            changes = {"overlap_reason": [visit.overlap_reason, ""], "overlap_by": [visit.overlap_by_id, None]}
            Appointment.objects.filter(pk=visit.pk).update(overlap_reason="", overlap_by=None)
            add_audit_entry(TrailEntry.Action.CHANGE, by=by, record=visit, changes=changes)


def save(appointment):
    """Write the row. What the database refuses in spite of all checks becomes the same sentence."""
    # Rows handed in are known to exist, and the database looks at every constraint itself.
    appointment.full_clean(exclude=INSTANCES, validate_unique=False, validate_constraints=False)
    appointment.version += 1
    try:
        with transaction.atomic():
            appointment.save()
    except IntegrityError as error:
        said = sentences(clashes_of(appointment)) or ["This could not be saved. Reload the page and try again."]
        raise refusal(said, code="overlap") from error
    return appointment


def _refuse_unfit(appointment, hours_matter):
    for code, sentence in reasons_against(appointment):
        raise ValidationError(sentence, code=code)
    if hours_matter and (sentence := outside_hours([appointment])[0]):
        raise ValidationError(sentence, code="outside_hours")
