"""Review the records that were entered in error, and the marks that wait for a second person. Read-only."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html

from patients.admin import ReadOnly, SearchesPatients
from patients.audit.admin import AuditedAdmin
from patients.models import ErrorMark


class MarkStateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [
            ("waiting", "Waiting to be confirmed"),
            ("in_effect", "Entered in error"),
            ("alone", "Without a second person"),
            ("declined", "Declined"),
        ]

    def queryset(self, request, queryset):
        if self.value() == "waiting":
            return queryset.waiting()
        if self.value() == "in_effect":
            return queryset.in_effect()
        if self.value() == "alone":
            return queryset.exclude(alone_reason="")
        if self.value() == "declined":
            return queryset.filter(is_confirmed=False)
        return queryset


@admin.register(ErrorMark)
class ErrorMarkAdmin(SearchesPatients, ReadOnly, AuditedAdmin):
    list_display = ["marked_at", "kind", "patient", "state", "reason", "marked_name", "asked", "decided_name", "page"]
    list_filter = [MarkStateFilter, "kind"]
    list_select_related = ["patient", "asked"]
    also_search = ["reason"]
    dated_by = "marked_at"

    @admin.display(description="state")
    def state(self, mark):
        if mark.is_waiting:
            return "Waiting to be confirmed"
        if mark.is_declined:
            return "Declined"
        return "Entered in error, without a second person" if mark.alone_reason else "Entered in error"

    @admin.display(description="page")
    def page(self, mark):
        return format_html('<a href="{}">Open</a>', reverse("error_mark_detail", args=[mark.patient_id, mark.pk]))


class InErrorFilter(admin.SimpleListFilter):
    """For records that can be marked."""

    title = "entered in error"
    parameter_name = "in_error"

    def lookups(self, request, model_admin):
        return [("yes", "Entered in error"), ("no", "Not in error")]

    def queryset(self, request, queryset):
        if self.value() in ("yes", "no"):
            return queryset.filter(error_mark__isnull=self.value() == "no")
        return queryset
