"""The page beside the outcome review that shows attendance and how courses of treatment ended."""

from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone

from clinic.platform.replica import read_from_replica
from treatments.outcomes.drop_out import SILENT_DAYS, endings_of
from treatments.outcomes.visits import attendances_of

# The filters that apply to visits.
FILTERS = ["since", "until", "site", "practitioner"]


class AttendancePage:
    """Mixed into the admin of outcomes: its page of attendance, with the same filters."""

    def get_urls(self):
        page = self.admin_site.admin_view(self.attendance_view)
        return [path("attendance/", page, name="treatments_outcome_attendance"), *super().get_urls()]

    def attendance_view(self, request):
        if not self.has_view_permission(request):
            raise PermissionDenied
        changelist = self.get_changelist_instance(request)
        filters, now = changelist.filters(), timezone.now()
        context = self.admin_site.each_context(request) | {
            "title": "Attendance and how courses ended",
            "opts": self.opts,
            "cl": changelist,
            "specs": [changelist.by_name[name] for name in FILTERS],
            "silent_days": SILENT_DAYS,
            "now": now,
        }

        def page(reading):
            figures = context | {
                "attendances": attendances_of(filters, now=now, using=reading.alias),
                "endings": endings_of(filters, now=now, using=reading.alias),
                "reading": reading,
            }
            status = 400 if changelist.errors else 200
            return TemplateResponse(
                request, "admin/treatments/outcome/attendance.html", figures, status=status
            ).render()

        return read_from_replica(page)
