"""Protocols, texts and defaults of practitioners, read-only but for retiring what is shared."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied

from patients.admin import ReadOnly, ReadOnlyInline
from patients.audit.admin import AuditedAdmin
from treatments.models import NeedlingDefaults, Protocol, ProtocolRow, Snippet
from treatments.permissions import may_retire_any_protocol, may_retire_any_snippet
from treatments.services import retire_protocol, retire_snippet


class RowInline(ReadOnlyInline):
    model = ProtocolRow
    fields = ["muscle", "is_midline", "trigger_point", "location", "needle_size", "depth_mm", "technique"]


@admin.register(Protocol)
class ProtocolAdmin(ReadOnly, AuditedAdmin):
    list_display = ["name", "condition_name", "region", "owner", "is_shared", "retired_at"]
    list_filter = ["is_shared", ("retired_at", admin.EmptyFieldListFilter), "region"]
    list_select_related = ["owner"]
    search_fields = ["name", "owner__first_name", "owner__last_name"]
    inlines = [RowInline]
    actions = ["retire"]

    def has_retire_permission(self, request):
        return may_retire_any_protocol(request.user)

    @admin.action(description="Retire: no longer offer these shared protocols", permissions=["retire"])
    def retire(self, request, queryset):
        _retire_all(self, request, queryset, retire_protocol)


@admin.register(Snippet)
class SnippetAdmin(ReadOnly, AuditedAdmin):
    list_display = ["name", "field", "text", "owner", "is_shared", "retired_at"]
    list_filter = ["field", "is_shared", ("retired_at", admin.EmptyFieldListFilter)]
    list_select_related = ["owner"]
    search_fields = ["name", "text", "owner__first_name", "owner__last_name"]
    actions = ["retire"]

    def has_retire_permission(self, request):
        return may_retire_any_snippet(request.user)

    @admin.action(description="Retire: no longer offer these shared texts", permissions=["retire"])
    def retire(self, request, queryset):
        _retire_all(self, request, queryset, retire_snippet)


@admin.register(NeedlingDefaults)
class NeedlingDefaultsAdmin(ReadOnly, AuditedAdmin):
    list_display = ["practitioner", "needle_diameter_mm", "needle_length_mm", "technique"]
    list_select_related = ["practitioner__user"]
    search_fields = ["practitioner__user__first_name", "practitioner__user__last_name"]


def _retire_all(page, request, queryset, service):
    """Retire what may be retired, and say which of the chosen rows may not."""
    retired = 0
    for row in queryset:
        try:
            service(row, by=request.user)
        except PermissionDenied:
            page.message_user(request, f"{row} is private. Only its owner can retire it.", messages.ERROR)
        else:
            retired += 1
    page.message_user(request, f"Retired: {retired}.", messages.SUCCESS)
