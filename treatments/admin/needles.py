"""Needles in stock and recalled lots."""

from datetime import timedelta

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from clinic.models.practitioner import EXPIRES_SOON_DAYS
from patients.admin import NeverDeleted
from patients.audit.admin import AuditedAdmin
from treatments import services
from treatments.models import Needle

RECALL = ["recalled_on", "recall_reason"]


class UsableFilter(admin.SimpleListFilter):
    title = "date"
    parameter_name = "date"

    def lookups(self, request, model_admin):
        return [
            ("in", "In date"),
            ("ending", "In stock, but expired, recalled or expiring soon"),
            ("expired", "Expired"),
            ("recalled", "Recalled"),
        ]

    def queryset(self, request, queryset):
        if self.value() == "in":
            return queryset.filter(expires_on__gte=timezone.localdate())
        if self.value() == "ending":
            today = timezone.localdate()
            return queryset.ending_before(today + timedelta(days=EXPIRES_SOON_DAYS), on=today)
        if self.value() == "expired":
            return queryset.filter(expires_on__lt=timezone.localdate())
        if self.value() == "recalled":
            return queryset.exclude(recalled_on=None)
        return queryset


@admin.register(Needle)
class NeedleAdmin(NeverDeleted, AuditedAdmin):
    recorded_by_service = RECALL
    list_display = ["size", "maker", "lot", "expires_on", "in_date", "recalled_on", "is_active", "recall_list"]
    list_filter = [UsableFilter, "is_active", "maker"]
    search_fields = ["maker", "lot"]
    fieldsets = [
        (None, {"fields": [*Needle.PACK, "is_active"]}),
        ("Recall", {"fields": RECALL, "description": "A recalled lot can no longer be chosen in a session."}),
    ]

    def get_readonly_fields(self, request, obj=None):
        """The details on the pack cannot be changed once a signed record uses the lot."""
        return Needle.PACK if obj and obj.in_record_since else []

    @admin.display(description="in date", boolean=True, ordering="expires_on")
    def in_date(self, needle):
        return needle.expires_on >= timezone.localdate()

    @admin.display(description="trace")
    def recall_list(self, needle):
        return format_html('<a href="{}">Who was treated</a>', reverse("needle_trace", args=[needle.pk]))

    def save_model(self, request, obj, form, change):
        recalled_on, reason = obj.recalled_on, obj.recall_reason
        obj.recalled_on, obj.recall_reason = form.initial.get("recalled_on"), form.initial.get("recall_reason", "")
        super().save_model(request, obj, form, change)
        if recalled_on is None and obj.recalled_on:
            services.lift_recall(obj, by=request.user)
        elif recalled_on and set(RECALL) & set(form.changed_data):
            services.recall_lot(obj, by=request.user, recalled_on=recalled_on, reason=reason)
