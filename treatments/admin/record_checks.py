"""The list of checks of the record. Read-only."""

from django.contrib import admin

from patients.admin import ReadOnly
from patients.audit.admin import AuditedAdmin
from treatments.models import RecordCheck


@admin.register(RecordCheck)
class RecordCheckAdmin(ReadOnly, AuditedAdmin):
    """What the command `verify_records` found."""

    list_display = ["checked_at", "signed_sessions", "audit_entries", "problems"]
    show_full_result_count = False
