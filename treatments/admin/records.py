"""Edit the catalogue. Its entries are reviewed on the page of published facts."""

from django import forms
from django.contrib import admin
from django.db.models import Count, Q
from django.utils import timezone

from patients.admin import NeverDeleted
from patients.audit.admin import AuditedAdmin
from patients.templatetags.citations import cited
from treatments.admin.free_entries import WithFreeEntries
from treatments.models import (
    Muscle,
    Threshold,
    TriggerPoint,
)

STAMPS = ["edited_at", "edited_by", "reviewed_at", "reviewed_by"]


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
    readonly_fields = STAMPS

    def save_model(self, request, obj, form, change):
        if form.changed_data:
            mark_edited(obj, request.user)
        super().save_model(request, obj, form, change)

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
    list_display = [
        "name_en",
        "display_name",
        "name_latin",
        "kind",
        "region",
        "points",
        "lung",
        "is_active",
        "is_reviewed",
    ]
    list_filter = [ReviewFilter, "kind", "region", "pneumothorax_risk", "restricted", "is_active"]
    search_fields = ["name_en", "display_name", "name_latin", "synonyms", "search_words", "slug"]
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
    list_display += ["is_on_pain_course", "is_reviewed", "retired_because"]
    list_filter = [ReviewFilter, "measure", "kind", ("retired_because", admin.EmptyFieldListFilter)]
    search_fields = ["population", "source", "slug"]

    @admin.display(description="source", ordering="source")
    def cited_source(self, threshold):
        return cited(threshold.source)

    def get_readonly_fields(self, request, obj=None):
        return ["slug", *STAMPS] if obj else STAMPS
