from django.contrib import admin

from clinic.models import Backup
from patients.admin import ReadOnly
from patients.audit.admin import AuditedAdmin


@admin.register(Backup)
class BackupAdmin(ReadOnly, AuditedAdmin):
    """What the commands `backup` and `restore --check` recorded."""

    list_display = ["file_name", "made_at", "rows", "bytes", "checked_at"]
    date_hierarchy = "made_at"
    show_full_result_count = False
