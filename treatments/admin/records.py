"""Review sessions, read-only; edit and sign off the catalogue."""

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Count, OuterRef, Q, Subquery
from django.utils import timezone

from clinic.admin.diary import PractitionerFilter
from patients.admin import PATIENT_SEARCH_FIELDS, NeverDeleted, ReadOnly, ReadOnlyInline
from patients.audit.admin import AuditedAdmin
from patients.audit.recording import add_audit_entry
from patients.models import TrailEntry
from patients.staff import printed_name
from patients.templatetags.citations import cited
from treatments.admin.amendments import AmendmentInline
from treatments.admin.error_marks import InErrorFilter
from treatments.admin.free_entries import WithFreeEntries
from treatments.admin.late_entries import LateEntryFilter
from treatments.admin.warnings import WarningAnswerInline
from treatments.models import (
    AdverseEvent,
    Amendment,
    FollowUp,
    Measurement,
    Muscle,
    Needling,
    Threshold,
    TreatmentSession,
    TriggerPoint,
)
from treatments.record.fields import NEEDLING

STAMPS = ["edited_at", "edited_by", "reviewed_at", "reviewed_by"]
OF_SESSION = [f"session__{field}" for field in PATIENT_SEARCH_FIELDS]


# The catalogue -----------------------------------------------------------------


class ReviewFilter(admin.SimpleListFilter):
    title = "review"
    parameter_name = "review"

    def lookups(self, request, model_admin):
        return [("reviewed", "Reviewed"), ("open", "Not yet reviewed")]

    def queryset(self, request, queryset):
        if self.value() in ("reviewed", "open"):
            reviewed = Q(reviewed_at__isnull=False) & ~Q(source="")
            return queryset.filter(reviewed if self.value() == "reviewed" else ~reviewed)
        return queryset


def mark_edited(entry, user):
    """Record who edited the entry and when, and remove its review, because the content has changed."""
    entry.edited_at, entry.edited_by = timezone.now(), user
    entry.reviewed_at = entry.reviewed_by = None


class CatalogueAdmin(NeverDeleted, AuditedAdmin):
    actions = ["sign_off"]
    readonly_fields = STAMPS

    def save_model(self, request, obj, form, change):
        if form.changed_data:
            mark_edited(obj, request.user)
        super().save_model(request, obj, form, change)

    @admin.action(description="Sign off the selected rows as reviewed", permissions=["change"])
    @transaction.atomic
    def sign_off(self, request, queryset):
        if without := queryset.filter(source="").count():
            self.message_user(request, f"Not signed off, because the source is missing: {without}.", messages.WARNING)
            queryset = queryset.exclude(source="")
        for row in queryset:
            changes = {"reviewed_by": [row.reviewed_by_id, request.user.pk]}
            add_audit_entry(TrailEntry.Action.CHANGE, by=request.user, record=row, changes=changes, note="Signed off")
        count = queryset.update(reviewed_at=timezone.now(), reviewed_by=request.user)
        self.message_user(request, f"Signed off as reviewed by {printed_name(request.user)}: {count}.")

    @admin.display(description="reviewed", boolean=True, ordering="reviewed_at")
    def is_reviewed(self, entry):
        return entry.is_reviewed


class TriggerPointForm(forms.ModelForm):
    """The muscle and label of a stored point cannot be changed, because signed records use them."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in {"muscle", "label"} & set(self.fields) if self.instance.pk else ():
            self.fields[name].disabled = True


class TriggerPointInline(NeverDeleted, admin.StackedInline):
    model = TriggerPoint
    form = TriggerPointForm
    extra = 0
    fields = [
        ("label", "label_kind", "sort_order"), "location", "referred_pain", "source", ("view", "x", "y", "sides"),
    ]  # fmt: skip
    show_change_link = True


@admin.register(Muscle)
class MuscleAdmin(WithFreeEntries, CatalogueAdmin):
    list_display = ["name_en", "name_latin", "kind", "region", "points", "lung", "is_active", "is_reviewed"]
    list_filter = [ReviewFilter, "kind", "region", "pneumothorax_risk", "restricted", "is_active"]
    search_fields = ["name_en", "name_latin", "synonyms", "slug"]
    inlines = [TriggerPointInline]

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(points=Count("trigger_points"))

    @admin.display(description="trigger points", ordering="points")
    def points(self, muscle):
        return muscle.points

    @admin.display(description="lung", ordering="pneumothorax_risk")
    def lung(self, muscle):
        return "Risk of pneumothorax" if muscle.pneumothorax_risk else ""

    def save_formset(self, request, form, formset, change):
        for point in formset.save(commit=False):
            mark_edited(point, request.user)
            point.save()


@admin.register(TriggerPoint)
class TriggerPointAdmin(CatalogueAdmin):
    form = TriggerPointForm
    list_display = ["label", "muscle", "location", "referred_pain", "view", "is_reviewed"]
    list_filter = [ReviewFilter, "view", "label_kind"]
    list_select_related = ["muscle"]
    search_fields = ["label", "muscle__name_en", "location", "referred_pain"]


@admin.register(Threshold)
class ThresholdAdmin(CatalogueAdmin):
    list_display = ["measure", "kind", "value", "unit", "population", "cited_source"]
    list_display += ["is_on_pain_course", "is_reviewed"]
    list_filter = [ReviewFilter, "measure", "kind"]
    search_fields = ["population", "source", "slug"]

    @admin.display(description="source", ordering="source")
    def cited_source(self, threshold):
        return cited(threshold.source)

    def get_readonly_fields(self, request, obj=None):
        return ["slug", *STAMPS] if obj else STAMPS


# What was done -----------------------------------------------------------------


class NeedlingInline(ReadOnlyInline):
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

    @admin.display(description="corrected", boolean=True)
    def is_corrected(self, needling):
        return needling.is_corrected


class MeasurementInline(ReadOnlyInline):
    model = Measurement
    fields = ["kind", "subject", "side", "before_value", "after_value", "unit"]

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
    fields = ["type", "grade", "onset_at", "action", "outcome", "resolved_on", "recorded_by"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("recorded_by")


class FollowUpInline(ReadOnlyInline):
    model = FollowUp
    fields = ["contacted_at", "contacted_by", "pain", "soreness", "note"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("contacted_by")


@admin.register(TreatmentSession)
class TreatmentSessionAdmin(ReadOnly, AuditedAdmin):
    list_display = "started_at patient practitioner status visit_kind rows pain_before pain_after signed_at".split()
    list_filter = ["status", "visit_kind", LateEntryFilter, InErrorFilter, PractitionerFilter]
    list_select_related = ["patient", "practitioner__user"]
    search_fields = PATIENT_SEARCH_FIELDS
    date_hierarchy = "started_at"
    show_full_result_count = False
    exclude = ["co_treatments", "advice"]
    readonly_fields = [
        "co_treatment_labels", "advice_labels", "copied_from", "version", "saved_at", "saved_by", "status",
        "signed_at", "signed_by", "signed_name", "signed_meaning", "proved_by_means", "content_hash", "screening",
        "handed_over_from", "withdrawn_at", "withdrawn_by", "withdrawal_reason", "opened_at",
    ]  # fmt: skip
    inlines = [
        NeedlingInline,
        WarningAnswerInline,
        MeasurementInline,
        AdverseEventInline,
        FollowUpInline,
        AmendmentInline,
    ]

    def get_queryset(self, request):
        rows = Needling.objects.filter(session=OuterRef("pk")).order_by().values("session").annotate(n=Count("pk"))
        return super().get_queryset(request).annotate(rows=Subquery(rows.values("n")))

    @admin.display(description="muscles needled")
    def rows(self, session):
        return session.rows or 0

    @admin.display(description="co-treatments")
    def co_treatment_labels(self, session):
        return ", ".join(session.co_treatment_labels)

    @admin.display(description="advice")
    def advice_labels(self, session):
        return ", ".join(session.advice_labels)


class SessionRowAdmin(ReadOnly, AuditedAdmin):
    list_select_related = ["session__patient"]
    search_fields = OF_SESSION
    show_full_result_count = False

    @admin.display(ordering="session__patient__family_name")
    def patient(self, row):
        return row.session.patient


@admin.register(Needling)
class NeedlingAdmin(SessionRowAdmin):
    list_display = ["muscle", "side", "patient", "session", "depth_mm", "technique", "twitch", "needle"]
    list_filter = ["technique", "side", "twitch"]
    list_select_related = ["session__patient", "muscle", "needle"]
    search_fields = ["muscle__name_en", *OF_SESSION]


@admin.register(Measurement)
class MeasurementAdmin(SessionRowAdmin):
    list_display = ["subject", "kind", "side", "patient", "session", "before_in_unit", "after_in_unit", "unit"]
    list_filter = ["kind", "side"]
    list_select_related = ["session__patient", "muscle"]


@admin.register(FollowUp)
class FollowUpAdmin(SessionRowAdmin):
    list_display = ["contacted_at", "patient", "session", "contacted_by", "pain", "soreness"]
    list_filter = [InErrorFilter]
    list_select_related = ["session__patient", "contacted_by"]
    date_hierarchy = "contacted_at"


@admin.register(Amendment)
class AmendmentAdmin(SessionRowAdmin):
    list_display = ["signed_at", "patient", "session", "number", "reason", "signed_name"]
    search_fields = ["text", "reason", *OF_SESSION]
    date_hierarchy = "signed_at"
