"""The list of the audit trail, which nobody can edit: search, filters and export."""

from datetime import datetime, time, timedelta

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.http import StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.html import format_html, format_html_join

from patients.audit.export import trail_csv
from patients.audit.request_context import note_patients_shown
from patients.audit.search import entries_found
from patients.audit.wording import (
    changes_in_words,
    page_in_words,
    patients_in_words,
    patients_shown,
    record_in_words,
    record_url,
)
from patients.models import TrailEntry
from patients.permissions import may_read_audit_trail
from patients.services import record_trail_export
from patients.staff import printed_name
from patients.web.posted import key_in_address

from .long_lists import ShortCount


class PersonFilter(admin.SimpleListFilter):
    title = "person"
    parameter_name = "by"

    def lookups(self, request, model_admin):
        people = get_user_model().objects.order_by("last_name", "first_name", "username")
        return [(user.pk, printed_name(user)) for user in people]

    def queryset(self, request, queryset):
        key = key_in_address(self.value())
        return queryset.filter(by=key) if key else queryset


class PeriodFilter(admin.SimpleListFilter):
    """From one day until another. The last 7 days by default, so that a long audit trail opens quickly.

    A search without days covers all of it.
    """

    title = "date"
    parameter_name = "from"
    template = "admin/patients/trailentry/period_filter.html"
    DEFAULT = 7

    def __init__(self, request, params, model, model_admin):
        super().__init__(request, params, model, model_admin)
        given = [params.pop(name, [""])[-1] for name in ("from", "until")]
        given[0] = given[0] or (self.value() or "")
        self.days = [day_in_address(text) for text in given]
        self.other_choices = [
            (name, value) for name, value in request.GET.items() if name not in ("from", "until", "p")
        ]
        self.is_search = bool(request.GET.get("q"))

    def expected_parameters(self):
        return ["from", "until"]

    def lookups(self, request, model_admin):
        return [("days", "Days")]

    @property
    def shown(self):
        """The days to show in the two fields."""
        first, last = self.days
        if not (first or last or self.is_search):
            first = timezone.localdate() - timedelta(days=self.DEFAULT)
        return [day.isoformat() if day else "" for day in (first, last)]

    def queryset(self, request, queryset):
        first, last = (parse_date(text) for text in self.shown)
        if first:
            queryset = queryset.filter(at__gte=midnight(first))
        return queryset.filter(at__lt=midnight(last + timedelta(days=1))) if last else queryset


def day_in_address(text):
    """The day that a text in the address names, or None if it names none."""
    try:
        return parse_date(text)
    except ValueError:
        return None


def midnight(day):
    return timezone.make_aware(datetime.combine(day, time.min))


@admin.register(TrailEntry)
class TrailEntryAdmin(admin.ModelAdmin):
    change_list_template = "admin/patients/trailentry/change_list.html"
    list_display = ["at", "person", "action", "about", "record", "place", "note", "address"]
    list_filter = [PeriodFilter, "action", PersonFilter]
    list_select_related = ["by", "patient"]
    search_fields = ["patient"]
    search_help_text = "Search by a patient’s name or record number, a person’s name, or a network address."
    show_full_result_count = False
    paginator = ShortCount
    fields = [
        "at", "person", "by_name", "action", "about", "record", "what_changed", "note", "place", "address",
        "record_id", "request_id", "chain", "number", "previous_hash", "hash",
    ]  # fmt: skip

    def get_urls(self):
        page = self.admin_site.admin_view(self.export_view)
        return [path("export/", page, name="patients_trailentry_export"), *super().get_urls()]

    def get_search_results(self, request, queryset, search_term):
        typed = search_term.strip()
        return (entries_found(queryset, typed) if typed else queryset), False

    def history_view(self, request, object_id, extra_context=None):
        """An entry never changes, so its page is all there is to say."""
        return redirect("admin:patients_trailentry_change", object_id)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        if entry := self.get_object(request, unquote(object_id)):
            note_patients_shown(request, patients_shown(entry))
        return super().change_view(request, object_id, form_url, extra_context)

    def export_view(self, request):
        """The entries of the list as it is filtered, as CSV. The export is an entry, before the file is sent."""
        if not may_read_audit_trail(request.user):
            raise PermissionDenied
        entries = self.get_changelist_instance(request).get_queryset(request)
        record_trail_export(entries, by=request.user, filters=request.GET.urlencode())
        headers = {"Content-Disposition": 'attachment; filename="audit-trail.csv"'}
        response = StreamingHttpResponse(trail_csv(entries), content_type="text/csv; charset=utf-8", headers=headers)
        response.is_recorded = True
        return response

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description="who", ordering="by_name")
    def person(self, entry):
        return entry.person

    @admin.display(description="patient")
    def about(self, entry):
        if entry.patient:
            return str(entry.patient)
        return f"{len(entry.patients_in_list)} patients" if entry.patients_in_list else ""

    @admin.display(description="record")
    def record(self, entry):
        url, words = record_url(entry), record_in_words(entry)
        return format_html('<a href="{}">{}</a>', url, words) if url else words

    @admin.display(description="page")
    def place(self, entry):
        return page_in_words(entry)

    @admin.display(description="what changed")
    def what_changed(self, entry):
        changed = format_html_join("", "<p><strong>{}</strong><br>{} → {}</p>", changes_in_words(entry))
        if entry.patients_in_list:
            changed += format_html("<p><strong>Patients in the list</strong><br>{}</p>", patients_in_words(entry))
        return changed
