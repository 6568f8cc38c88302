"""Review sessions, their rows, follow-ups and amendments. Read-only, with the values that count."""

from django.contrib import admin
from django.db.models import Count, OuterRef, Subquery

from clinic.admin.diary import PractitionerFilter
from patients.admin import LatestFirst, MarksError, ReadOnly, ReadOnlyInline, SearchesPatients
from patients.audit.admin import AuditedAdmin
from treatments.admin.amendments import AmendmentInline
from treatments.admin.error_marks import InErrorFilter
from treatments.admin.late_entries import LateEntryFilter
from treatments.admin.warnings import WarningAnswerInline
from treatments.admin.work_filters import DraftAgeFilter, NearLungFilter, SignedLateFilter
from treatments.models import (
    AdverseEvent,
    Amendment,
    FollowUp,
    FollowUpAnswers,
    Measurement,
    Needling,
    TreatmentSession,
)
from treatments.record.corrections import counting_value, has_corrections
from treatments.record.fields import NEEDLING


class MarksCorrectedRows:
    """Mixed into the admin of rows: a column that says whether an amendment corrected or added the row."""

    @admin.display(description="corrected", boolean=True)
    def is_corrected(self, row):
        return row.is_corrected


class NeedlingInline(MarksCorrectedRows, ReadOnlyInline):
    model = Needling
    fields = [*(field.in_admin for field in NEEDLING if field.in_admin), "is_corrected"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("muscle", "trigger_point", "needle")

    @admin.display(description="depth, mm")
    def depth(self, needling):
        return needling.depth_mm

    @admin.display(description="twitch")
    def twitches(self, needling):
        return needling.twitch_text

    @admin.display(description="retention, s")
    def retention(self, needling):
        return needling.retention_seconds


class MeasurementInline(MarksCorrectedRows, ReadOnlyInline):
    model = Measurement
    fields = ["kind", "subject", "side", "before_value", "after_value", "unit", "is_corrected"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("muscle")

    @admin.display(description="before")
    def before_value(self, measurement):
        return measurement.before_in_unit

    @admin.display(description="after")
    def after_value(self, measurement):
        return measurement.after_in_unit


class AdverseEventInline(ReadOnlyInline):
    model = AdverseEvent
    fields = ["type", "grade", "onset_at", "action", "outcome", "resolved_on", "recorded_by", "error_mark"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("recorded_by")


class PatientAnswersInline(ReadOnlyInline):
    model = FollowUpAnswers
    fields = ["answered_at", "warning_signs", "pain", "soreness", "reactions", "words", "questionnaires"]


class FollowUpInline(ReadOnlyInline):
    model = FollowUp
    fields = ["contacted_at", "contacted_by", "pain", "soreness", "note"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("contacted_by")


@admin.register(TreatmentSession)
class TreatmentSessionAdmin(SearchesPatients, MarksError, ReadOnly, AuditedAdmin):
    list_display = [
        "started_at", "patient", "practitioner", "status", "visit_kind", "rows", "counting_pain_before",
        "counting_pain_after", "is_corrected", "signed_at", "in_error",
    ]  # fmt: skip
    list_filter = [
        "status", "visit_kind", DraftAgeFilter, SignedLateFilter, LateEntryFilter, NearLungFilter, InErrorFilter,
        PractitionerFilter,
    ]  # fmt: skip
    list_select_related = ["patient", "practitioner__user"]
    dated_by = "started_at"
    exclude = ["co_treatments", "advice"]
    readonly_fields = [
        "co_treatment_labels", "advice_labels", "copied_from", "version", "saved_at", "saved_by", "status",
        "signed_at", "signed_by", "signed_name", "signed_meaning", "proved_by_means", "content_hash", "screening",
        "complaint", "consent",
        "handed_over_from", "withdrawn_at", "withdrawn_by", "withdrawal_reason", "opened_at", "is_corrected",
    ]  # fmt: skip
    inlines = [
        NeedlingInline,
        WarningAnswerInline,
        MeasurementInline,
        AdverseEventInline,
        FollowUpInline,
        PatientAnswersInline,
        AmendmentInline,
    ]

    def get_queryset(self, request):
        rows = Needling.objects.filter(session=OuterRef("pk")).order_by().values("session").annotate(n=Count("pk"))
        counting = {"counts_before": counting_value("pain_before"), "counts_after": counting_value("pain_after")}
        found = super().get_queryset(request).annotate(rows=Subquery(rows.values("n")), **counting)
        return found.annotate(corrected=has_corrections())

    @admin.display(description="pain before", ordering="counts_before")
    def counting_pain_before(self, session):
        return session.counts_before

    @admin.display(description="pain after", ordering="counts_after")
    def counting_pain_after(self, session):
        return session.counts_after

    @admin.display(description="corrected", boolean=True)
    def is_corrected(self, session):
        return session.corrected

    @admin.display(description="muscles needled")
    def rows(self, session):
        return session.rows or 0

    @admin.display(description="co-treatments")
    def co_treatment_labels(self, session):
        return ", ".join(session.co_treatment_labels)

    @admin.display(description="advice")
    def advice_labels(self, session):
        return ", ".join(session.advice_labels)


class SessionDateFilter(LatestFirst):
    """By the date of the row's session."""

    field = "session__started_at"

    def first_date(self, model_admin):
        return TreatmentSession.objects.order_by("started_at").values_list("started_at", flat=True).first()


class SessionRowAdmin(SearchesPatients, MarksError, ReadOnly, AuditedAdmin):
    marked_with = ["session"]
    list_select_related = ["session__patient"]
    patient_path = "session__patient"
    ordering = ["-session__started_at", "-pk"]

    @admin.display(ordering="session__patient__family_name")
    def patient(self, row):
        return row.session.patient


@admin.register(Needling)
class NeedlingAdmin(MarksCorrectedRows, SessionRowAdmin):
    list_display = [
        "muscle", "side", "patient", "session", "depth_mm", "technique", "twitch", "needle", "is_corrected", "in_error",
    ]  # fmt: skip
    list_filter = [SessionDateFilter, NearLungFilter, "technique", "side", "twitch"]
    list_select_related = ["session__patient", "muscle", "needle"]
    also_search = ["muscle__name_en", "needle__lot"]


@admin.register(Measurement)
class MeasurementAdmin(MarksCorrectedRows, SessionRowAdmin):
    list_display = [
        "subject", "kind", "side", "patient", "session", "before_in_unit", "after_in_unit", "unit", "is_corrected",
        "in_error",
    ]  # fmt: skip
    list_filter = [SessionDateFilter, "kind", "side"]
    list_select_related = ["session__patient", "muscle"]


@admin.register(FollowUp)
class FollowUpAdmin(SessionRowAdmin):
    marked_with = ["", "session"]
    list_display = ["contacted_at", "patient", "session", "contacted_by", "pain", "soreness", "in_error"]
    list_filter = [InErrorFilter]
    list_select_related = ["session__patient", "contacted_by"]
    ordering = ["-contacted_at", "-pk"]
    dated_by = "contacted_at"


@admin.register(Amendment)
class AmendmentAdmin(SessionRowAdmin):
    list_display = ["signed_at", "patient", "session", "number", "reason", "signed_name", "in_error"]
    also_search = ["text", "reason"]
    ordering = ["-signed_at", "-pk"]
    dated_by = "signed_at"
