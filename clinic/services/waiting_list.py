"""Add, edit, close, reopen and book entries of the waiting list."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from clinic.models import WaitingListEntry
from clinic.permissions import may_add_to_waiting_list, may_book_from_waiting_list, may_change_waiting_entries
from clinic.site_access import require_record
from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs
from patients.integrity.changes import changes_between, field_values
from patients.models import TrailEntry

from .booking import book_appointment

CLOSED = "This patient is no longer on the waiting list. Reload the list."


class StaleEntry(ValidationError):
    """Another user changed the entry after this page was opened."""


@needs(may_add_to_waiting_list)
@transaction.atomic
def add_to_waiting_list(patient, *, by, type, **preferences):
    """Add a patient to the waiting list. `preferences` are fields of WaitingListEntry.

    Raises ValidationError "patient" for one who cannot be treated, and by field for preferences that conflict. Raises
    PermissionDenied for a patient whose record `by` may not open.
    """
    require_record(by, patient.pk)
    if message := patient.why_not_treatable:
        raise ValidationError(message, code="patient")
    entry = WaitingListEntry(patient=patient, type=type, created_by=by, **preferences)
    entry.full_clean()
    entry.save()
    add_audit_entry(TrailEntry.Action.CREATE, by=by, record=entry, changes=changes_between(None, entry))
    return entry


@needs(may_change_waiting_entries)
@transaction.atomic
def edit_waiting_entry(entry, *, by, version=None, **preferences):
    """Change what a patient on the waiting list wishes. `preferences` are fields of WaitingListEntry.

    Raises StaleEntry if `version` is not the stored one, unless the entry already has these preferences. Raises
    ValidationError "closed" for a closed entry, and by field for preferences that conflict.
    """
    row = WaitingListEntry.objects.select_for_update().get(pk=entry.pk)
    before = field_values(row)
    if all(getattr(row, name) == value for name, value in preferences.items()):
        return row
    if version not in (None, row.version):
        raise StaleEntry("Another user changed this entry. Compare it with what you entered.", code="stale")
    if row.closed_at is not None:
        raise ValidationError(CLOSED, code="closed")
    for name, value in preferences.items():
        setattr(row, name, value)
    row.full_clean()
    return _saved(row, before, by)


@needs(may_change_waiting_entries)
@transaction.atomic
def close_waiting_entry(entry, *, by):
    """Take an entry off the waiting list. Closing it again keeps the first time and user."""
    return _close(WaitingListEntry.objects.select_for_update().get(pk=entry.pk), by)


@needs(may_change_waiting_entries)
@transaction.atomic
def reopen_waiting_entry(entry, *, by):
    """Put a closed entry back on the waiting list. Raises ValidationError "patient" for one who cannot be treated."""
    row = WaitingListEntry.objects.select_for_update().get(pk=entry.pk)
    if row.closed_at is None:
        return row
    if message := row.patient.why_not_treatable:
        raise ValidationError(message, code="patient")
    before = field_values(row)
    row.closed_at = row.closed_by = row.booked = None
    return _saved(row, before, by)


@needs(may_book_from_waiting_list)
@transaction.atomic
def book_waiting_entry(entry, *, by, practitioner, starts_at, type=None, token=None, **booking):
    """Book this time for a patient on the waiting list and close the entry, which names the visit from now on.

    `booking` are further arguments of `book_appointment`. If the same `token` is sent again, return the visit of the
    first time. Raises ValidationError "closed" if the entry is closed, and the errors of `book_appointment`.
    """
    row = WaitingListEntry.objects.select_for_update().get(pk=entry.pk)
    if row.closed_at is not None and not (token and row.booked and row.booked.request_token == token):
        raise ValidationError(CLOSED, code="closed")
    booked = book_appointment(
        by=by,
        patient=row.patient,
        practitioner=practitioner,
        type=type or row.type,
        starts_at=starts_at,
        token=token,
        **booking,
    )
    _close(row, by, booked=booked)
    return booked


def _close(row, by, booked=None):
    if row.closed_at is not None:
        return row
    before = field_values(row)
    row.closed_at, row.closed_by, row.booked = timezone.now(), by, booked
    return _saved(row, before, by)


def _saved(row, before, by):
    row.version += 1
    row.save()
    add_audit_entry(TrailEntry.Action.CHANGE, by=by, record=row, changes=changes_between(before, row))
    return row
