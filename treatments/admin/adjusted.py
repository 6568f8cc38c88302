"""The page beside the outcome review that compares practitioners and sites, adjusted for their patients."""

from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone

from clinic.platform.replica import read_from_replica
from treatments.outcomes.adjusted import adjusted_lines


class AdjustedPage:
    """Mixed into the admin of outcomes: its adjusted comparison, with the same filters."""

    def get_urls(self):
        page = self.admin_site.admin_view(self.adjusted_view)
        return [path("adjusted/", page, name="treatments_outcome_adjusted"), *super().get_urls()]

    def adjusted_view(self, request):
        if not self.has_view_permission(request):
            raise PermissionDenied
        changelist = self.get_changelist_instance(request)
        filters = changelist.filters()
        context = self.admin_site.each_context(request) | {
            "title": "Practitioners and sites, adjusted",
            "opts": self.opts,
            "cl": changelist,
            "filters": filters,
            "in_words": changelist.in_words(),
            "now": timezone.now(),
        }

        def page(reading):
            has_courses = not (filters.visit or filters.kind)
            lines = adjusted_lines(filters, reading.alias) if has_courses else None
            figures = context | {"compared": lines, "reading": reading}
            status = 400 if changelist.errors else 200
            return TemplateResponse(request, "admin/treatments/outcome/adjusted.html", figures, status=status).render()

        return read_from_replica(page)
