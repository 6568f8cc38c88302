"""The clinic's own settings for how long records are kept."""

from django import forms
from django.contrib import admin

from clinic.models import RetentionSetting
from clinic.retention import rule_of, setting_errors
from patients.admin import NeverDeleted
from patients.audit.admin import AuditedAdmin


class RetentionSettingForm(forms.ModelForm):
    def clean(self):
        cleaned = super().clean()
        if not self.errors:
            given = {name: cleaned.get(name) for name in ("country", "rule", "years", "until_age")}
            for field, sentence in setting_errors(**given).items():
                self.add_error(field, sentence)
        return cleaned


@admin.register(RetentionSetting)
class RetentionSettingAdmin(NeverDeleted, AuditedAdmin):
    form = RetentionSettingForm
    list_display = ["country", "rule", "periods", "source"]

    @admin.display(description="periods")
    def periods(self, setting):
        return rule_of(setting).in_words
