"""Review the safety warnings with their answers, and what was done without a second person. Read-only."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.urls import path

from patients.admin import MarksError, ReadOnly, ReadOnlyInline, SearchesPatients
from patients.audit.admin import AuditedAdmin
from patients.templatetags.citations import cited
from treatments.models import WarningAnswer
from treatments.permissions import may_read_reasons_alone
from treatments.record.reasons_alone import LATEST, reasons_alone
from treatments.services import record_reading_of_reasons_alone

# Without seconded_at, the colleague has not agreed, or was only named by the author in an old record.
PEOPLE = ["acknowledged_by", "acknowledged_at", "seconded_by", "seconded_at", "alone_reason"]


class WarningAnswerInline(ReadOnlyInline):
    model = WarningAnswer
    fields = ["level", "title", "sentence", "cited_source", "reason", "repeats", *PEOPLE]
    verbose_name_plural = "safety warnings and their answers"

    def get_queryset(self, request):
        return super().get_queryset(request).with_people()

    @admin.display(description="source")
    def cited_source(self, answer):
        return cited(answer.source)


@admin.register(WarningAnswer)
class WarningAnswerAdmin(SearchesPatients, MarksError, ReadOnly, AuditedAdmin):
    marked_with = ["session"]
    list_display = ["title", "level", "patient", "reason", *PEOPLE, "in_error"]
    list_filter = ["level"]
    list_select_related = ["session__patient", "acknowledged_by", "seconded_by"]
    patient_path = "session__patient"
    also_search = ["title", "reason"]
    ordering = ["-acknowledged_at", "-pk"]
    dated_by = "acknowledged_at"

    def get_urls(self):
        page = self.admin_site.admin_view(self.reasons_alone_view)
        return [path("alone/", page, name="treatments_reasons_alone"), *super().get_urls()]

    def reasons_alone_view(self, request):
        if not may_read_reasons_alone(request.user):
            raise PermissionDenied
        reasons = reasons_alone()
        record_reading_of_reasons_alone(by=request.user, reasons=reasons)
        context = self.admin_site.each_context(request) | {
            "title": "Done without a second person",
            "reasons": reasons,
            "latest": LATEST,
        }
        return TemplateResponse(request, "admin/treatments/reasons_alone.html", context)

    @admin.display(ordering="session__patient__family_name")
    def patient(self, answer):
        return answer.session.patient
