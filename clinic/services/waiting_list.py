"""Who would come sooner."""

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
def add_to_waiting_list(patient, *, by, type, **wishes):
    """Note a wish: practitioner, site, days, weekdays, times, priority, note. Raises ValidationError by field."""
    if sentence := patient.why_not_treatable:
        raise ValidationError(sentence, code="patient")
    entry = WaitingListEntry(patient=patient, type=type, created_by=by, **wishes)
    entry.full_clean()
    entry.save()
    add_audit_entry(TrailEntry.Action.CREATE, by=by, record=entry, changes=changes_between(None, entry))
    return entry


@needs(may_close_waiting_entries)
@transaction.atomic
def close_waiting_entry(entry, *, by):
    """The wish is met or given up. Closing twice keeps the first time and name."""
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
    """Give this time to who waits: booked and closed together, once. Raises ValidationError as `book_appointment`."""
    row = WaitingListEntry.objects.select_for_update().get(pk=entry.pk)
    if row.closed_at is not None:
        raise ValidationError("This patient waits no longer. Look at the waiting list again.", code="closed")
    booked = book_appointment(
        by=by, patient=row.patient, practitioner=practitioner, type=row.type, starts_at=starts_at, room=room
    )
    close_waiting_entry(row, by=by)
    return booked
