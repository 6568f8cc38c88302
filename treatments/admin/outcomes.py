"""The outcome review, built on the changelist and filters of the admin."""

from datetime import date

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import FileResponse, HttpResponseBadRequest, StreamingHttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from clinic.platform.replica import read_from_replica
from patients.admin import ReadOnly
from patients.audit.admin import AuditedAdmin
from patients.integrity.authorization import require_permission
from treatments.admin.adjusted import AdjustedPage
from treatments.admin.attendance import AttendancePage
from treatments.admin.export_tables import TablesExport
from treatments.admin.outcome_filters import FILTERS, FOLDED, MAIN, NUMBERS, WORDS
from treatments.models import Outcome
from treatments.outcomes.export import dictionary_csv, export_csv, export_xlsx
from treatments.outcomes.export.files import CSV_TYPE, XLSX_TYPE
from treatments.outcomes.filters import Filters
from treatments.outcomes.published import DRAWN_NAMES
from treatments.outcomes.review import Review
from treatments.permissions import may_export_outcomes
from treatments.services import record_outcomes_export


class OutcomeList(ChangeList):
    """Reads no rows, because the page shows only figures."""

    def get_queryset(self, request, exclude_parameters=None):
        self.filter_specs, self.has_filters, *_ = self.get_filters(request)
        self.by_name = {spec.parameter_name: spec for spec in self.filter_specs}
        return self.root_queryset.none()

    def get_results(self, request):
        self.result_list, self.result_count, self.full_result_count = [], 0, 0

    def chosen(self, name):
        return self.by_name[name].chosen

    def filters(self):
        """The Filters from these choices."""
        numbers = {name: self.chosen(name) and int(self.chosen(name)) for name in NUMBERS}
        words = {name: self.chosen(name) or "" for name in WORDS}
        chosen = {name: self.chosen(name) for name in ("since", "until")}
        months = {name: month and date.fromisoformat(f"{month}-01") for name, month in chosen.items()}
        if all(months.values()) and months["since"] > months["until"]:
            self.by_name["until"].error = "Choose a month that is not before the first one."
            months["until"] = None
        return Filters(**numbers, **words, **months, basis=self.chosen("courses") or "")

    @property
    def main_specs(self):
        return [self.by_name[name] for name in MAIN]

    @property
    def more_specs(self):
        """[(heading, filters, whether one of them has an error)] of the filters that are folded."""
        groups = [(heading, [self.by_name[name] for name in names]) for heading, names in FOLDED.items()]
        return [(heading, specs, any(spec.error for spec in specs)) for heading, specs in groups]

    @property
    def errors(self):
        return [f"{spec.title}: {spec.error}" for spec in self.filter_specs if spec.error]

    def in_words(self):
        """A description of the selected sessions, for headings and exports."""
        of_sessions = [spec for spec in self.filter_specs if spec.anything and spec.chosen]
        return ", ".join(f"{spec.title}: {spec.chosen_label}" for spec in of_sessions) or "All signed needling sessions"


@admin.register(Outcome)
class OutcomeAdmin(AdjustedPage, AttendancePage, TablesExport, ReadOnly, AuditedAdmin):
    list_filter = FILTERS

    def get_changelist(self, request, **kwargs):
        return OutcomeList

    def get_urls(self):
        kinds = [("csv", False), ("xlsx", False), ("dictionary", False), ("csv", True), ("xlsx", True)]
        return [
            path(
                f"export/{kind}{'-with-names' if identified else ''}/",
                self.admin_site.admin_view(self.export_view),
                {"kind": kind, "identified": identified},
                name=f"treatments_outcome_export_{kind}{'_with_names' if identified else ''}",
            )
            for kind, identified in kinds
        ] + super().get_urls()

    def changelist_view(self, request, extra_context=None):
        if not self.has_view_permission(request):
            raise PermissionDenied
        changelist = self.get_changelist_instance(request)
        filters = changelist.filters()
        rule = changelist.by_name["threshold"].rules.get(changelist.chosen("threshold"))
        context = self.admin_site.each_context(request) | {
            "title": "Outcomes",
            "opts": self.opts,
            "cl": changelist,
            "in_words": changelist.in_words(),
            "rule": rule,
            "breakdown": changelist.by_name["by"].chosen_label,
            "drawn_names": DRAWN_NAMES,
            "export_url": reverse("admin:treatments_outcome_changelist") + "export/",
            "now": timezone.now(),
        }

        def page(reading):
            review = Review(filters, rule, breakdown=changelist.chosen("by"), using=reading.alias)
            figures = context | {"reading": reading, "review": review}
            status = 400 if changelist.errors else 200
            return TemplateResponse(
                request, "admin/treatments/outcome/change_list.html", figures, status=status
            ).render()

        return read_from_replica(page)

    def export_view(self, request, kind, identified):
        """Export exactly the sessions behind the figures. The export is added to the audit trail before it is sent."""
        require_permission(may_export_outcomes(identified=identified), request.user)
        changelist = self.get_changelist_instance(request)
        sessions, in_words = changelist.filters().sessions(), changelist.in_words()
        if changelist.errors:
            return HttpResponseBadRequest("; ".join(changelist.errors), content_type="text/plain; charset=utf-8")
        if kind == "dictionary":
            return _file(dictionary_csv(identified=identified, filters_in_words=in_words), "outcomes-dictionary.csv")
        try:
            content = (
                export_csv(sessions, identified=identified)
                if kind == "csv"
                else export_xlsx(sessions, identified=identified, filters_in_words=in_words)
            )
        except ValidationError as refusal:
            self.message_user(request, refusal.messages[0], messages.ERROR)
            return redirect(reverse("admin:treatments_outcome_changelist") + changelist.get_query_string())
        facts = {"identified": identified, "filters_in_words": in_words, "count": sessions.count()}
        facts["patient_ids"] = sessions.order_by().values_list("patient", flat=True).distinct()
        record_outcomes_export(by=request.user, file_format=kind, **facts)
        response = _file(content, f"outcomes.{kind}")
        response.is_recorded = True
        return response


def _file(content, name):
    """A download response for a text, an iterable of text or an open file."""
    if name.endswith("xlsx"):
        return FileResponse(content, as_attachment=True, filename=name, content_type=XLSX_TYPE)
    lines = [content] if isinstance(content, str) else content
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(lines, content_type=CSV_TYPE, headers=headers)
