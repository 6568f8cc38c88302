from django.contrib import admin

from clinic.admin.diary import PractitionerFilter
from patients.admin import MarksError, ReadOnly, SearchesPatients
from patients.audit.admin import AuditedAdmin
from treatments.admin.error_marks import InErrorFilter
from treatments.admin.work_filters import DraftAgeFilter
from treatments.models import Assessment, PatientDrawing


@admin.register(Assessment)
class AssessmentAdmin(SearchesPatients, MarksError, ReadOnly, AuditedAdmin):
    list_display = ["started_at", "patient", "practitioner", "status", "red_flags", "signed_at", "in_error"]
    list_filter = ["status", DraftAgeFilter, "red_flags", InErrorFilter, PractitionerFilter]
    list_select_related = ["patient", "practitioner__user"]
    dated_by = "started_at"
    readonly_fields = [
        "complaint", "opened_at", "status", "version", "saved_at", "saved_by", "signed_at", "signed_by", "signed_name",
        "signed_meaning", "proved_by_means", "content_hash", "handed_over_from", "withdrawn_at", "withdrawn_by",
        "withdrawal_reason",
    ]  # fmt: skip


@admin.register(PatientDrawing)
class PatientDrawingAdmin(SearchesPatients, ReadOnly, AuditedAdmin):
    """What patients drew alone on the tablet, also where no therapist confirmed it."""

    list_display = ["drawn_at", "patient", "drawn_by_name", "handed_over_by"]
    list_select_related = ["patient", "handed_over_by"]
    dated_by = "drawn_at"
