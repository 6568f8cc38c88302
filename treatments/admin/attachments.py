"""Attachments without their content, which only physiotherapists can open. Read-only."""

from django.contrib import admin
from django.template.defaultfilters import filesizeformat

from patients.admin import MarksError, ReadOnly, SearchesPatients
from patients.audit.admin import AuditedAdmin
from treatments.admin.error_marks import InErrorFilter
from treatments.models import Attachment


@admin.register(Attachment)
class AttachmentAdmin(SearchesPatients, MarksError, ReadOnly, AuditedAdmin):
    fields = [
        "patient", "kind", "title", "dated_on", "episode", "media_type", "size", "content_hash", "added_by", "added_at",
    ]  # fmt: skip
    readonly_fields = ["size"]
    list_display = ["added_at", "patient", "kind", "title", "dated_on", "size", "added_by", "in_error"]
    list_filter = [InErrorFilter, "kind"]
    list_select_related = ["patient", "added_by"]
    also_search = ["title"]
    dated_by = "added_at"

    @admin.display(ordering="size_bytes")
    def size(self, attachment):
        return filesizeformat(attachment.size_bytes)
