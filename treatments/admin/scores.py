"""Review outcome scores, including corrected ones. Read-only."""

from django.contrib import admin

from patients.admin import MarksError, ReadOnly, SearchesPatients
from patients.audit.admin import AuditedAdmin
from treatments.admin.error_marks import InErrorFilter
from treatments.models import OutcomeScore


@admin.register(OutcomeScore)
class OutcomeScoreAdmin(SearchesPatients, MarksError, ReadOnly, AuditedAdmin):
    list_display = [
        "scored_on", "patient", "what", "value_text", "recorded_by", "recorded_at", "replaces", "reason", "in_error",
    ]  # fmt: skip
    list_filter = ["measure", InErrorFilter]
    list_select_related = ["patient", "recorded_by", "replaces"]
    also_search = ["item"]
    dated_by = "scored_on"

    @admin.display(description="measure", ordering="measure")
    def what(self, score):
        return score.what

    @admin.display(description="score", ordering="value")
    def value_text(self, score):
        return score.value_text
