from django.contrib import admin

from clinic.admin.diary import PractitionerFilter
from patients.admin import MarksError, ReadOnly, ReadOnlyInline, SearchesPatients
from patients.audit.admin import AuditedAdmin
from treatments.admin.error_marks import InErrorFilter
from treatments.admin.work_filters import LetterDraftAgeFilter
from treatments.models import Disclosure, Letter


class DisclosureInline(ReadOnlyInline):
    model = Disclosure
    fields = ["disclosed_at", "way", "recipient_name", "address", "patient_agreed", "state", "problem", "disclosed_by"]


@admin.register(Letter)
class LetterAdmin(SearchesPatients, MarksError, ReadOnly, AuditedAdmin):
    list_display = ["opened_at", "kind", "patient", "practitioner", "recipient_name", "status", "signed_at", "in_error"]
    list_filter = ["status", LetterDraftAgeFilter, "kind", InErrorFilter, PractitionerFilter]
    list_select_related = ["patient", "practitioner__user"]
    also_search = ["recipient_name"]
    dated_by = "opened_at"
    inlines = [DisclosureInline]
    readonly_fields = [
        "kind", "opened_at", "letterhead", "about", "status", "version", "saved_at", "saved_by", "signed_at",
        "signed_by", "signed_name", "signed_meaning", "proved_by_means", "content_hash", "handed_over_from",
        "withdrawn_at", "withdrawn_by", "withdrawal_reason",
    ]  # fmt: skip
