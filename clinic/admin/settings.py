"""Admin of the clinic's own settings: one row."""

from django.contrib import admin

from clinic.admin.one_row import OneRowAdmin
from clinic.models import ClinicSettings


@admin.register(ClinicSettings)
class ClinicSettingsAdmin(OneRowAdmin):
    fields = ["proof_minutes", "code_system"]
    list_display = ["__str__", "proof_minutes", "code_system"]
