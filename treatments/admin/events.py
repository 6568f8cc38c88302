"""The register of adverse events with their current state and reports. Read-only."""

from django.contrib import admin
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from clinic.admin.diary import PractitionerFilter
from clinic.models import Site
from patients.admin import ReadOnly, ReadOnlyInline, SearchesPatients
from patients.audit.admin import AuditedAdmin
from patients.web.posted import key_in_address
from treatments.admin.error_marks import InErrorFilter
from treatments.chart.event_history import named_needling
from treatments.models import AdverseEvent, EventReport


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [
            ("open", "Open"),
            ("overdue", "Overdue"),
            ("unreported", "Report missing"),
            ("closed", "Closed"),
            ("noted", "Noted"),
        ]

    def queryset(self, request, queryset):
        if self.value() == "open":
            return queryset.open()
        if self.value() == "overdue":
            return queryset.overdue()
        if self.value() == "unreported":
            return queryset.open().filter(report_count=0)
        if self.value() == "closed":
            return queryset.filter(is_open=False, report_count__gt=0)
        if self.value() == "noted":
            return queryset.filter(is_open=False, report_count=0)
        return queryset


class GradeNowFilter(admin.SimpleListFilter):
    title = "grade"
    parameter_name = "grade"

    def lookups(self, request, model_admin):
        return AdverseEvent.Grade.choices

    def queryset(self, request, queryset):
        return queryset.filter(present_grade=self.value()) if self.value() else queryset


class SessionPractitionerFilter(PractitionerFilter):
    field = "session__practitioner"


class SiteFilter(admin.SimpleListFilter):
    title = "site"
    parameter_name = "site"

    def lookups(self, request, model_admin):
        return list(Site.objects.values_list("pk", "name"))

    def queryset(self, request, queryset):
        if not (site := key_in_address(self.value())):
            return queryset
        where = Q(session__context__site=site) | Q(session__context=None, session__practitioner__site=site)
        return queryset.filter(where)


class NamesCountingRow:
    """Mixed into the admin of events and reports: a column that names the needling as amendments have corrected it."""

    @admin.display(description="needling")
    def counting_needling(self, record):
        return record.needling and named_needling(record.needling.counting_row)


class EventReportInline(NamesCountingRow, ReadOnlyInline):
    model = EventReport
    # One below the other: in a table of sixteen columns each has a word a line.
    template = "admin/edit_inline/stacked.html"
    fields = [
        "number", "recorded_at", "recorded_by", "grade", "onset_at", "body_site", "counting_needling", "action",
        "outcome", "resolved_on", "causality", "recipients", "reported_on", "follow_up_due_on", "review_note",
        "is_closed",
    ]  # fmt: skip

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("recorded_by", "needling__muscle").latest_first()

    @admin.display(description="reported to")
    def recipients(self, report):
        return ", ".join(report.reported_to_labels)


@admin.register(AdverseEvent)
class AdverseEventAdmin(SearchesPatients, NamesCountingRow, ReadOnly, AuditedAdmin):
    list_display = [
        "type", "grade_now", "state", "patient", "of_session", "practitioner", "began_at", "due_on", "report_count",
        "recorded_at",
    ]  # fmt: skip
    list_filter = [
        StateFilter,
        GradeNowFilter,
        "type",
        SessionPractitionerFilter,
        SiteFilter,
        "appeared_later",
        InErrorFilter,
    ]
    list_select_related = ["session__patient", "session__practitioner__user", "follow_up"]
    patient_path = "session__patient"
    dated_by = "recorded_at"
    ordering = ["-recorded_at", "pk"]
    fields = [
        "type", "grade_now", "state", "patient", "of_session", "practitioner", "appeared_later", "follow_up",
        "counting_needling", "onset_at", "action", "outcome", "resolved_on", "reported_to", "recorded_at",
        "recorded_by",
    ]  # fmt: skip
    readonly_fields = fields
    inlines = [EventReportInline]

    def get_queryset(self, request):
        return super().get_queryset(request).with_state()

    @admin.display(description="grade", ordering="present_grade")
    def grade_now(self, event):
        return AdverseEvent.Grade(event.present_grade).label if event.present_grade else "Not graded"

    @admin.display(ordering="is_open")
    def state(self, event):
        if event.is_in_error:
            return "Entered in error"
        if not event.is_open:
            return "Closed" if event.report_count else "Noted"
        if event.is_overdue:
            return "Open, overdue"
        return "Open, report to write" if event.is_unreported else "Open"

    @admin.display(ordering="session__patient__family_name")
    def patient(self, event):
        return event.session.patient

    @admin.display(description="session", ordering="session__started_at")
    def of_session(self, event):
        url = reverse("session_detail", args=[event.session.patient_id, event.session_id])
        started_at = timezone.localtime(event.session.started_at)
        return format_html('<a href="{}">{}</a>', url, f"{started_at:%-d %b %Y, %H:%M}")

    @admin.display(ordering="session__practitioner__user__last_name")
    def practitioner(self, event):
        return event.session.practitioner

    @admin.display(description="began", ordering="began_at")
    def began_at(self, event):
        return event.began_at

    @admin.display(description="ask again on", ordering="due_on")
    def due_on(self, event):
        return event.due_on

    @admin.display(description="reports", ordering="report_count")
    def report_count(self, event):
        return event.report_count
