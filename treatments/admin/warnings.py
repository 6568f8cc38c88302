"""Review what was answered to safety warnings."""

from django.contrib import admin

from patients.admin import OF_PATIENT, ReadOnly, ReadOnlyInline
from patients.audit.admin import TrailedAdmin
from patients.templatetags.citations import cited
from treatments.models import WarningAnswer

# Who agreed without a time was named by the author alone, or has not agreed yet.
PEOPLE = ["acknowledged_by", "acknowledged_at", "seconded_by", "seconded_at"]


class WarningAnswerInline(ReadOnlyInline):
    model = WarningAnswer
    fields = ["level", "title", "sentence", "cited_source", "reason", *PEOPLE]
    verbose_name_plural = "safety warnings and what was answered"

    def get_queryset(self, request):
        return super().get_queryset(request).with_people()

    @admin.display(description="source")
    def cited_source(self, answer):
        return cited(answer.source)


@admin.register(WarningAnswer)
class WarningAnswerAdmin(ReadOnly, TrailedAdmin):
    list_display = ["title", "level", "patient", "reason", *PEOPLE]
    list_filter = ["level"]
    list_select_related = ["session__patient", "acknowledged_by", "seconded_by"]
    search_fields = ["title", "reason", *(f"session__{field}" for field in OF_PATIENT)]
    date_hierarchy = "acknowledged_at"
    show_full_result_count = False

    @admin.display(ordering="session__patient__family_name")
    def patient(self, answer):
        return answer.session.patient
