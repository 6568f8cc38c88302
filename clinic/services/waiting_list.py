"""Add, close and book entries of the waiting list."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from clinic.models import WaitingListEntry
from clinic.permissions import may_add_to_waiting_list, may_book, may_close_waiting_entries
from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs
from patients.integrity.changes import changes_between, field_values
from patients.models import TrailEntry

from .booking import book_appointment


@needs(may_add_to_waiting_list)
@transaction.atomic
def add_to_waiting_list(patient, *, by, type, **preferences):
    """Add a patient to the waiting list. `preferences` are fields of WaitingListEntry.

    Raises ValidationError "patient" for one who cannot be treated, and by field for preferences that conflict.
    """
    if message := patient.why_not_treatable:
        raise ValidationError(message, code="patient")
    entry = WaitingListEntry(patient=patient, type=type, created_by=by, **preferences)
    entry.full_clean()
    entry.save()
    add_audit_entry(TrailEntry.Action.CREATE, by=by, record=entry, changes=changes_between(None, entry))
    return entry


@needs(may_close_waiting_entries)
@transaction.atomic
def close_waiting_entry(entry, *, by):
    """Take an entry off the waiting list. Closing it again keeps the first time and user."""
    row = WaitingListEntry.objects.select_for_update().get(pk=entry.pk)
    if row.closed_at is None:
        before = field_values(row)
        row.closed_at, row.closed_by = timezone.now(), by
        row.save(update_fields=["closed_at", "closed_by"])
        add_audit_entry(TrailEntry.Action.CHANGE, by=by, record=row, changes=changes_between(before, row))
    return row


@needs(may_book)
@transaction.atomic
def book_waiting_entry(entry, *, by, practitioner, starts_at, room=None):
    """Book this time for a patient on the waiting list and close the entry.

    Raises ValidationError "closed" if the entry is closed, and the errors of `book_appointment`.
    """
    row = WaitingListEntry.objects.select_for_update().get(pk=entry.pk)
    if row.closed_at is not None:
        raise ValidationError("This patient is no longer on the waiting list. Reload the list.", code="closed")
    booked = book_appointment(
        by=by, patient=row.patient, practitioner=practitioner, type=row.type, starts_at=starts_at, room=room
    )
    close_waiting_entry(row, by=by)
    return booked
