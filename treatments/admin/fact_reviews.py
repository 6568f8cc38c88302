"""Reviews of published facts, read-only."""

from django.contrib import admin

from patients.admin import ReadOnly
from patients.audit.admin import AuditedAdmin
from treatments.models import FactReview


@admin.register(FactReview)
class FactReviewAdmin(ReadOnly, AuditedAdmin):
    list_display = ["fact_key", "verdict", "reviewer_name", "qualification", "decided_at", "origin"]
    list_filter = ["verdict"]
    search_fields = ["fact_key", "reviewer_name"]
    date_hierarchy = "decided_at"
