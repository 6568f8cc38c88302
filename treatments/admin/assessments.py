from django.contrib import admin

from clinic.admin.diary import PractitionerFilter
from patients.admin import PATIENT_SEARCH_FIELDS, MarksError, ReadOnly
from patients.audit.admin import AuditedAdmin
from treatments.admin.error_marks import InErrorFilter
from treatments.models import Assessment


@admin.register(Assessment)
class AssessmentAdmin(MarksError, ReadOnly, AuditedAdmin):
    list_display = ["started_at", "patient", "practitioner", "status", "red_flags", "signed_at", "in_error"]
    list_filter = ["status", "red_flags", InErrorFilter, PractitionerFilter]
    list_select_related = ["patient", "practitioner__user"]
    search_fields = PATIENT_SEARCH_FIELDS
    date_hierarchy = "started_at"
    show_full_result_count = False
    readonly_fields = [
        "complaint", "opened_at", "status", "version", "saved_at", "saved_by", "signed_at", "signed_by", "signed_name",
        "signed_meaning", "proved_by_means", "content_hash", "withdrawn_at", "withdrawn_by", "withdrawal_reason",
    ]  # fmt: skip
