"""Review the imports of files. Read-only: files are uploaded, stored and undone on pages of their own."""

from django.contrib import admin

from patients.audit.admin import AuditedAdmin
from patients.models import FileImport

from .read_only import ReadOnly


@admin.register(FileImport)
class FileImportAdmin(ReadOnly, AuditedAdmin):
    list_display = ["uploaded_at", "name", "kind", "uploaded_by", "stored_at", "stored_by", "undone_at"]
    list_filter = ["kind", ("stored_at", admin.EmptyFieldListFilter), ("undone_at", admin.EmptyFieldListFilter)]
    list_select_related = ["uploaded_by", "stored_by"]
    search_fields = ["name"]
    date_hierarchy = "uploaded_at"
    ordering = ["-uploaded_at", "pk"]
    show_full_result_count = False
    exclude = ["encrypted", "choices"]

    def get_queryset(self, request):
        return super().get_queryset(request).defer("encrypted")
