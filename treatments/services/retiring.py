"""Retire rows of lists that people choose from. What used them before stays."""

from django.utils import timezone

from patients.audit.recording import add_audit_entry
from patients.integrity.changes import changes_between, field_values
from patients.models import TrailEntry


def retire(row, *, by, note=""):
    """Set that `by` has retired a locked row now, with an entry in the audit trail, and return it."""
    before = field_values(row)
    row.retired_at, row.retired_by = timezone.now(), by
    row.save(update_fields=["retired_at", "retired_by"])
    add_audit_entry(TrailEntry.Action.CHANGE, by=by, record=row, changes=changes_between(before, row), note=note)
    return row
