"""The admin's filter for sessions that are dated before they were opened."""

from django.contrib import admin


class LateEntryFilter(admin.SimpleListFilter):
    title = "late entry"
    parameter_name = "late_entry"

    def lookups(self, request, model_admin):
        return [("yes", "Late entries")]

    def queryset(self, request, queryset):
        return queryset.late_entries() if self.value() == "yes" else queryset
