"""Admin of the clinic's own settings: one row."""

from django.contrib import admin

from clinic.models import ClinicSettings
from patients.admin import NeverDeleted
from patients.audit.admin import AuditedAdmin


@admin.register(ClinicSettings)
class ClinicSettingsAdmin(NeverDeleted, AuditedAdmin):
    fields = ["proof_minutes"]
    list_display = ["__str__", "proof_minutes"]

    def has_add_permission(self, request):
        return super().has_add_permission(request) and not ClinicSettings.objects.exists()
