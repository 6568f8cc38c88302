"""Admin of the clinic's own settings: one row."""

from django.contrib import admin
from django.db import models

from clinic.admin.one_row import OneRowAdmin
from clinic.models import ClinicSettings


@admin.register(ClinicSettings)
class ClinicSettingsAdmin(OneRowAdmin):
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    list_display = ["__str__", "practitioners_book", "proof_minutes"]
    fieldsets = [
        ("Booking", {"fields": ["practitioners_book"]}),
        ("Signing", {"fields": ["proof_minutes"]}),
        ("Diagnoses", {"fields": ["code_system"]}),
        (
            "Messages sent to patients",
            {
                "fields": [
                    "sends_reminders",
                    "sends_confirmations",
                    "sends_move_notices",
                    "sends_cancellation_notices",
                    "sends_postponement_notices",
                    "sends_questions_after",
                ]
            },
        ),
        ("Messages of new patients", {"fields": ["new_patients"]}),
        ("Links in messages", {"fields": ["public_address"]}),
    ]
