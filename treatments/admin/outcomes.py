"""The outcome review, built on the changelist and filters of the admin."""

from datetime import date

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Max, Min
from django.http import FileResponse, HttpResponseBadRequest, StreamingHttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from clinic.models import Practitioner, Site
from clinic.platform.replica import read_from_replica
from patients.admin import ReadOnly
from patients.audit.admin import AuditedAdmin
from patients.integrity.authorization import require_permission
from patients.models import BodyRegion
from treatments.models import Axis, Muscle, Needling, Outcome, SessionSummary, TargetKind
from treatments.outcomes.courses import pain_thresholds
from treatments.outcomes.export import dictionary_csv, export_csv, export_xlsx
from treatments.outcomes.export.files import CSV_TYPE, XLSX_TYPE
from treatments.outcomes.filters import FIRST, LATER, Filters, diagnosis_choices, month_after
from treatments.outcomes.published import DRAWN_NAMES
from treatments.outcomes.review import BREAKDOWN_LABELS, MUSCLE, Review
from treatments.permissions import may_export_outcomes
from treatments.record.targets import shown_name
from treatments.services import record_outcomes_export


class ChoiceFilter(admin.SimpleListFilter):
    """A filter shown as a select. All of them together make the Filters of the figures."""

    template = "admin/treatments/outcome/_choice.html"
    anything = "All"

    def __init__(self, request, params, model, model_admin):
        super().__init__(request, params, model, model_admin)
        known = {str(value) for value, _ in self.lookup_choices}
        self.error = "" if (self.value() or "") in {"", *known} else "Choose from the list."

    @property
    def chosen(self):
        """The chosen value, or None if there is none or it is not on the list."""
        return None if self.error else self.value() or None

    @property
    def chosen_label(self):
        return next((label for value, label in self.lookup_choices if str(value) == self.chosen), "")

    def has_output(self):
        return True

    def queryset(self, request, queryset):
        return queryset

    def choices(self, changelist):
        """The options for the template, with the chosen one marked."""
        options = [("", self.anything), *self.lookup_choices] if self.anything else self.lookup_choices
        return [
            {"value": value, "display": label, "selected": str(value) == (self.chosen or "")}
            for value, label in options
        ]


class MonthFilter(ChoiceFilter):
    def lookups(self, request, model_admin):
        return [(f"{month:%Y-%m}", f"{month:%b %Y}") for month in months_with_sessions()]


def months_with_sessions():
    """The first days of all months from the first to the last with a signed session, latest first."""
    cells = SessionSummary.objects.filter(axis=Axis.SESSION, is_first=False, key="")
    months = cells.aggregate(first=Min("month"), last=Max("month"))
    found, month = [], months["first"]
    while month and month <= months["last"]:
        found.append(month)
        month = month_after(month)
    return found[::-1]


class SinceFilter(MonthFilter):
    title, parameter_name, anything = "From", "since", "The beginning"


class UntilFilter(MonthFilter):
    title, parameter_name, anything = "To", "until", "Today"


class SiteFilter(ChoiceFilter):
    title, parameter_name = "Site", "site"

    def lookups(self, request, model_admin):
        return Site.objects.values_list("pk", "name")


class PractitionerFilter(ChoiceFilter):
    title, parameter_name = "Practitioner", "practitioner"

    def lookups(self, request, model_admin):
        return [(person.pk, str(person)) for person in Practitioner.objects.select_related("user")]


class RegionFilter(ChoiceFilter):
    title, parameter_name = "Region needled", "region"

    def lookups(self, request, model_admin):
        return BodyRegion.choices


class MuscleFilter(ChoiceFilter):
    title, parameter_name = "Muscle", "muscle"

    def lookups(self, request, model_admin):
        return Muscle.objects.exclude(kind=TargetKind.FREE).order_by("name_en").values_list("pk", shown_name())


class TechniqueFilter(ChoiceFilter):
    title, parameter_name = "Technique", "technique"

    def lookups(self, request, model_admin):
        return Needling.Technique.choices


class DiagnosisFilter(ChoiceFilter):
    title, parameter_name = "Diagnosis", "diagnosis"

    def lookups(self, request, model_admin):
        return diagnosis_choices()


class VisitFilter(ChoiceFilter):
    title, parameter_name = "Session", "visit"

    def lookups(self, request, model_admin):
        return [(FIRST, "First of a course"), (LATER, "Later in a course")]


class KindFilter(ChoiceFilter):
    title, parameter_name, anything = "Kind of visit", "kind", "All with needling"

    def lookups(self, request, model_admin):
        return Outcome.VisitKind.choices


class ThresholdFilter(ChoiceFilter):
    title, parameter_name, anything = "Responder threshold", "threshold", ""

    def lookups(self, request, model_admin):
        self.thresholds = {str(threshold.pk): threshold for threshold in pain_thresholds()}
        return [
            (pk, f"{each.value.normalize():f} {each.unit}, {each.population}") for pk, each in self.thresholds.items()
        ]

    @property
    def chosen(self):
        """The threshold that the clinic draws on pain courses, unless another one is chosen."""
        drawn = (pk for pk, threshold in self.thresholds.items() if threshold.is_on_pain_course)
        return super().chosen or next(drawn, next(iter(self.thresholds), None))


class BreakdownFilter(ChoiceFilter):
    title, parameter_name, anything = "Pain change by", "by", ""

    def lookups(self, request, model_admin):
        return BREAKDOWN_LABELS

    @property
    def chosen(self):
        return super().chosen or MUSCLE


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
        numbers = {name: self.chosen(name) and int(self.chosen(name)) for name in ("site", "practitioner", "muscle")}
        words = {name: self.chosen(name) or "" for name in ("region", "technique", "diagnosis", "visit", "kind")}
        months = {name: _month(self.chosen(name)) for name in ("since", "until")}
        if all(months.values()) and months["since"] > months["until"]:
            self.by_name["until"].error = "Choose a month that is not before the first one."
            months["until"] = None
        return Filters(**numbers, **words, **months)

    @property
    def errors(self):
        return [f"{spec.title}: {spec.error}" for spec in self.filter_specs if spec.error]

    def in_words(self):
        """A description of the selected sessions, for headings and exports."""
        of_sessions = [spec for spec in self.filter_specs if spec.anything and spec.chosen]
        return ", ".join(f"{spec.title}: {spec.chosen_label}" for spec in of_sessions) or "All signed needling sessions"


def _month(text):
    return text and date.fromisoformat(f"{text}-01")


@admin.register(Outcome)
class OutcomeAdmin(ReadOnly, AuditedAdmin):
    list_filter = [
        SinceFilter, UntilFilter, SiteFilter, PractitionerFilter, RegionFilter, MuscleFilter, TechniqueFilter,
        DiagnosisFilter, VisitFilter, KindFilter, ThresholdFilter, BreakdownFilter,
    ]  # fmt: skip

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
        threshold = changelist.by_name["threshold"].thresholds.get(changelist.chosen("threshold"))
        context = self.admin_site.each_context(request) | {
            "title": "Outcomes",
            "opts": self.opts,
            "cl": changelist,
            "in_words": changelist.in_words(),
            "threshold": threshold,
            "breakdown": changelist.by_name["by"].chosen_label,
            "drawn_names": DRAWN_NAMES,
            "export_url": reverse("admin:treatments_outcome_changelist") + "export/",
            "now": timezone.now(),
        }

        def page(reading):
            review = Review(filters, threshold, breakdown=changelist.chosen("by"), using=reading.alias)
            figures = context | {"review": review, "reading": reading}
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
