"""Review the answers to safety warnings. Read-only."""

from django.contrib import admin

from patients.admin import PATIENT_SEARCH_FIELDS, ReadOnly, ReadOnlyInline
from patients.audit.admin import AuditedAdmin
from patients.templatetags.citations import cited
from treatments.models import WarningAnswer

# Without seconded_at, the colleague has not agreed, or was only named by the author in an old record.
PEOPLE = ["acknowledged_by", "acknowledged_at", "seconded_by", "seconded_at"]


class WarningAnswerInline(ReadOnlyInline):
    model = WarningAnswer
    fields = ["level", "title", "sentence", "cited_source", "reason", *PEOPLE]
    verbose_name_plural = "answers to safety warnings"

    def get_queryset(self, request):
        return super().get_queryset(request).with_people()

    @admin.display(description="source")
    def cited_source(self, answer):
        return cited(answer.source)


@admin.register(WarningAnswer)
class WarningAnswerAdmin(ReadOnly, AuditedAdmin):
    list_display = ["title", "level", "patient", "reason", *PEOPLE]
    list_filter = ["level"]
    list_select_related = ["session__patient", "acknowledged_by", "seconded_by"]
    search_fields = ["title", "reason", *(f"session__{field}" for field in PATIENT_SEARCH_FIELDS)]
    date_hierarchy = "acknowledged_at"
    show_full_result_count = False

    @admin.display(ordering="session__patient__family_name")
    def patient(self, answer):
        return answer.session.patient
