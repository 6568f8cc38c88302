"""Protocols, read-only but for retiring what is shared."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied

from patients.admin import ReadOnly, ReadOnlyInline
from patients.audit.admin import AuditedAdmin
from treatments.models import Protocol, ProtocolRow
from treatments.permissions import may_retire_any_protocol
from treatments.services import retire_protocol


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
        retired = 0
        for protocol in queryset:
            try:
                retire_protocol(protocol, by=request.user)
            except PermissionDenied:
                self.message_user(request, f"{protocol} is private. Only its owner can retire it.", messages.ERROR)
            else:
                retired += 1
        self.message_user(request, f"Retired: {retired}.", messages.SUCCESS)
