"""Review the merges of two records of one person. Read-only: they are asked for and decided on pages of their own."""

from django.contrib import admin

from patients.audit.admin import AuditedAdmin
from patients.models import PatientMerge

from .read_only import ReadOnly
from .searching import SearchesPatients


@admin.register(PatientMerge)
class PatientMergeAdmin(SearchesPatients, ReadOnly, AuditedAdmin):
    patient_path = "survivor"
    also_search = ["duplicate__record_number", "duplicate__family_name", "duplicate__given_name"]
    list_display = [
        "asked_at",
        "survivor",
        "duplicate",
        "reason",
        "asked_by",
        "is_confirmed",
        "decided_by",
        "undone_at",
    ]
    list_filter = ["is_confirmed", ("undone_at", admin.EmptyFieldListFilter)]
    list_select_related = ["survivor", "duplicate", "asked_by", "decided_by"]
    dated_by = "asked_at"
    ordering = ["-asked_at", "pk"]
