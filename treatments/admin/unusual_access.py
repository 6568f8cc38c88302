"""The list of unusual access."""

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.urls import reverse
from django.utils.html import format_html_join

from patients.admin import ReadOnly
from patients.audit.admin import AuditedAdmin
from patients.audit.request_context import note_patients_shown
from treatments.models import ChartReader
from treatments.record.unusual_access import charts_of, unusual_readers


@admin.register(ChartReader)
class ChartReaderAdmin(ReadOnly, AuditedAdmin):
    """Unusual access needs a question, not a verdict: people who cover for a colleague are listed too."""

    list_display = ["__str__", "charts", "last_read_at"]
    fields = ["username", "charts", "last_read_at", "read_without_reason"]
    readonly_fields = ["charts", "last_read_at", "read_without_reason"]

    def get_queryset(self, request):
        return unusual_readers()

    def changelist_view(self, request, extra_context=None):
        limit, days = settings.UNUSUAL_ACCESS_CHARTS, settings.UNUSUAL_ACCESS_DAYS
        title = (
            f"People who read more than {limit} records in {days} days of patients with whom they have no visit,"
            " session or episode"
        )
        return super().changelist_view(request, {"title": title} | (extra_context or {}))

    def change_view(self, request, object_id, form_url="", extra_context=None):
        if reader := self.get_object(request, unquote(object_id)):
            note_patients_shown(request, [row["patient"] for row in charts_of(reader)])
        return super().change_view(request, object_id, form_url, extra_context)

    @admin.display(description="patients read without own visit", ordering="charts")
    def charts(self, reader):
        return reader.charts

    @admin.display(description="last read", ordering="last_read_at")
    def last_read_at(self, reader):
        return reader.last_read_at

    @admin.display(description="whose records")
    def read_without_reason(self, reader):
        rows = (
            (reverse("admin:patients_patient_who_looked", args=[row["patient"]]), row["record_number"], row["times"])
            for row in charts_of(reader)
        )
        return format_html_join("", '<p><a href="{}">{}</a>, read {} times</p>', rows)
