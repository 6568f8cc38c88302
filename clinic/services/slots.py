"""Lock the diary and save a visit in it, safely when several users do so at once. Shared by the other services."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from clinic.diary.booking_rules import outside_hours, reasons_against
from clinic.diary.clashes import clash_messages, clashes_of
from clinic.models import Appointment
from clinic.models.appointment_type import LONGEST, SHORTEST
from clinic.permissions import require_diary_of
from clinic.site_access import require_record
from patients.audit.recording import add_audit_entry
from patients.models import TrailEntry

from .site_access import add_sites

# PostgreSQL has one set of advisory lock numbers for the whole database. The diary uses those from here on.
DIARY = 1 << 60
KINDS = ("practitioner_id", "room_id", "patient_id")
INSTANCES = [
    "patient",
    "practitioner",
    "room",
    "site",
    "type",
    "series",
    "overlap_by",
    "booked_by",
    "cancelled_by",
    "outside_hours_by",
]


class StaleAppointment(ValidationError):
    """Another user changed the appointment after this page was opened."""


def lock_appointment(appointment):
    """The stored row, locked until the end of the transaction."""
    return lock_rows(Appointment.objects.filter(pk=appointment.pk)).get()


def lock_rows(rows):
    """A queryset of these rows, locked until the end of the transaction and read after the lock is granted.

    It takes two queries. A single one that joins and locks could return, after waiting, the new row with the
    practitioner and room of the old one.
    """
    pks = list(rows.select_for_update().order_by("pk").values_list("pk", flat=True))
    return Appointment.objects.with_names().filter(pk__in=pks)


def refuse_stale(row, version):
    """Raise StaleAppointment unless `version` is None or the stored one."""
    if version not in (None, row.version):
        raise StaleAppointment(
            f"Another user changed this visit. It is now {row.get_status_display().lower()},"
            f" {row.starts_at.astimezone(row.zone):%a %-d %b} {row.times}. Check it before you change it.",
            code="stale",
        )


def refuse_length(minutes):
    """Raise ValidationError "minutes" unless a visit can be this long."""
    if minutes is not None and not SHORTEST <= minutes <= LONGEST:
        raise ValidationError(f"A visit lasts between {SHORTEST} and {LONGEST} minutes.", code="minutes")


def lock_diary(*appointments):
    """Lock the diary of these practitioners, rooms and patients until the end of the transaction.

    On PostgreSQL, other bookings of the same people or rooms wait here. The locks are taken in one order, so that no
    deadlock can occur. On SQLite there is nothing to do: it has only one writer at a time.
    """
    if connection.vendor != "postgresql":
        return
    held = {(kind, getattr(appointment, name)) for appointment in appointments for kind, name in enumerate(KINDS)}
    keys = sorted(DIARY + pk * len(KINDS) + kind for kind, pk in held if pk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(key) FROM unnest(%s::bigint[]) AS key", [keys])


def combined_error(messages, code):
    """One ValidationError with several messages, each of which has the code."""
    return ValidationError([ValidationError(message, code=code) for message in messages])


def place(appointment, *, by, overlap_reason="", allow_outside_hours=False):
    """Save the visit at its new time, if that time is free. Call it with the diary locked.

    The site of the visit becomes a site of the patient. Raises PermissionDenied if `by` may not keep the practitioner's
    diary or may not open the patient's record. Raises ValidationError "overlap" with the
    visits it clashes with, unless a reason is given; "outside_hours" unless `allow_outside_hours`; and the codes of
    `reasons_against`: "patient", "practitioner", "room", "past", "uncertified",
    "uncovered".
    """
    require_diary_of(by, appointment.practitioner)
    require_record(by, appointment.patient_id)
    for code, message in reasons_against(appointment):
        raise ValidationError(message, code=code)
    message = outside_hours([appointment])[0]
    if message and not allow_outside_hours:
        raise ValidationError(message, code="outside_hours")
    appointment.outside_hours_at, appointment.outside_hours_by = (timezone.now(), by) if message else (None, None)
    clashes, reason = clashes_of(appointment), overlap_reason.strip()
    if clashes and not reason:
        raise combined_error(clash_messages(clashes), code="overlap")
    appointment.overlap_reason, appointment.overlap_by = (reason, by) if clashes else ("", None)
    add_sites(appointment.patient, [appointment.practitioner.site_id], by=by)
    return save_appointment(appointment)


def clear_ended_overlaps(before, *, by):
    """Remove the overlap reason of each visit that overlapped only the time that was freed.

    `before` is the undo state of the visit that left that time.
    """
    span = parse_datetime(before["starts_at"]), parse_datetime(before["ends_at"])
    for visit in Appointment.objects.active().overlapping(*span).exclude(overlap_reason=""):
        if not clashes_of(visit):
            changes = {"overlap_reason": [visit.overlap_reason, ""], "overlap_by": [visit.overlap_by_id, None]}
            Appointment.objects.filter(pk=visit.pk).update(overlap_reason="", overlap_by=None)
            add_audit_entry(TrailEntry.Action.CHANGE, by=by, record=visit, changes=changes)


def save_appointment(appointment):
    """Save the row with the next version, and its site and day unless it is over.

    Raises ValidationError "overlap" if the database finds an overlap.
    """
    if appointment.takes_place_on is None or appointment.ends_at > timezone.now():
        appointment.take_place()
    # The related rows are known to exist, and the database checks every constraint.
    appointment.full_clean(exclude=INSTANCES, validate_unique=False, validate_constraints=False)
    appointment.version += 1
    try:
        with transaction.atomic():
            appointment.save()
    except IntegrityError as error:
        problems = clash_messages(clashes_of(appointment))
        problems = problems or ["This visit could not be saved. Reload the page and try again."]
        raise combined_error(problems, code="overlap") from error
    return appointment
