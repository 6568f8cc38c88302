"""The clinic's list of exercises, and the prescriptions, which are read-only."""

from django import forms
from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html

from patients.admin import MarksError, NeverDeleted, ReadOnly, SearchesPatients
from patients.admin.read_only import ReadOnlyInline
from patients.audit.admin import ALL, AuditedAdmin
from treatments import services
from treatments.admin.error_marks import InErrorFilter
from treatments.forms.exercises import PictureField
from treatments.models import Exercise, ExercisePrescription, ExerciseReport


class OfferedFilter(admin.SimpleListFilter):
    title = "list"
    parameter_name = "list"

    def lookups(self, request, model_admin):
        return [("offered", "Offered"), ("retired", "Retired")]

    def queryset(self, request, queryset):
        if self.value() in ("offered", "retired"):
            return queryset.filter(retired_at__isnull=self.value() == "offered")
        return queryset


class ExerciseForm(forms.ModelForm):
    """Checks what the service would refuse, so that errors are shown in the form."""

    new_picture = PictureField()
    is_offered = forms.BooleanField(
        label="offered", required=False, initial=True, help_text="Off: retired. It can no longer be prescribed."
    )

    def clean(self):
        cleaned = self.cleaned_data
        others = Exercise.objects.offered().exclude(pk=self.instance.pk)
        if others.filter(name__iexact=cleaned.get("name", "")).exists():
            self.add_error("name", "There is already an exercise with this name. Change that one instead.")
        if not self.instance.pk and not cleaned.get("is_offered"):
            self.add_error("is_offered", "A new exercise is offered. Retire it when it is no longer prescribed.")
        return cleaned

    def _post_clean(self):
        """Leave the instance as it is stored: the service writes changed words as a new row."""


@admin.register(Exercise)
class ExerciseAdmin(NeverDeleted, AuditedAdmin):
    """An exercise is retired and never deleted. New words make a new row, so that prescriptions keep theirs."""

    recorded_by_service = ALL
    form = ExerciseForm
    WORDS = ["name", "usual_dose", "instructions"]
    fields = [*WORDS, "shown_picture", "new_picture", "is_offered"]
    readonly_fields = ["shown_picture"]
    list_display = ["name", "usual_dose", "added_by", "added_at", "offered"]
    list_filter = [OfferedFilter]
    list_select_related = ["added_by"]
    search_fields = ["name", "instructions"]

    def get_object(self, request, object_id, from_field=None):
        """Lock the exercise when saving, so that the second of two people who save at once may change it no more."""
        if request.method == "POST" and object_id.isdecimal():
            list(Exercise.objects.select_for_update(of=["self"]).filter(pk=object_id[:18]))
        return super().get_object(request, object_id, from_field)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and not (obj and obj.retired_at)

    def get_fields(self, request, obj=None):
        if obj and obj.retired_at:
            return [*self.WORDS, "shown_picture", "retired_at", "retired_by"]
        return self.fields

    @admin.display(description="offered", boolean=True, ordering="retired_at")
    def offered(self, exercise):
        return exercise.retired_at is None

    @admin.display(description="picture now")
    def shown_picture(self, exercise):
        if not exercise.picture_id:
            return "None"
        return format_html('<a href="{}">Open</a>', reverse("exercise_picture", args=[exercise.pk]))

    def save_model(self, request, obj, form, change):
        words = {name: form.cleaned_data[name] for name in self.WORDS} | {"picture": form.cleaned_data["new_picture"]}
        if not change:
            obj.pk = services.add_exercise(by=request.user, **words).pk
        elif not form.cleaned_data["is_offered"]:
            services.retire_exercise(obj, by=request.user)
        elif {*self.WORDS, "new_picture"} & set(form.changed_data):
            obj.pk = services.revise_exercise(obj, by=request.user, **words).pk
        obj.refresh_from_db()


class ReportInline(ReadOnlyInline):
    model = ExerciseReport
    fields = ["how", "note", "ends", "recorded_by", "recorded_at"]


@admin.register(ExercisePrescription)
class ExercisePrescriptionAdmin(SearchesPatients, MarksError, ReadOnly, AuditedAdmin):
    list_display = ["prescribed_at", "patient", "exercise", "dose", "prescribed_by", "in_error"]
    list_filter = [InErrorFilter]
    list_select_related = ["patient", "exercise", "prescribed_by"]
    also_search = ["exercise__name"]
    dated_by = "prescribed_at"
    inlines = [ReportInline]
