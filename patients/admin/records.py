"""Review patients, episodes and screenings; change patients' details through the services."""

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.utils import timezone

from patients import services
from patients.audit.admin import ALL, AccessReport, AuditedAdmin
from patients.models import BodyMeasure, Episode, Patient, PatientAnswers, Screening, ScreeningAnswer
from patients.search import find_patients
from patients.services.people import checked_patient

from .read_only import MarksError, NeverDeleted, ReadOnly, ReadOnlyInline

# Searches that an index answers, so that they stay fast with many records.
PATIENT_SEARCH_FIELDS = ["patient__family_name__istartswith", "patient__record_number__iexact"]


class PatientForm(forms.ModelForm):
    """Validates with the rules of the service, so that errors are shown in the form."""

    def clean(self):
        cleaned = super().clean()
        if not self.errors:
            checked_patient(**cleaned)
        return cleaned


@admin.register(Patient)
class PatientAdmin(AccessReport, NeverDeleted, AuditedAdmin):
    recorded_by_service = ALL
    form = PatientForm
    list_display = ["record_number", "family_name", "given_name", "born_on", "phone", "is_active"]
    list_display_links = ["record_number", "family_name"]
    list_filter = ["is_active", "sex", "reminder_channel"]
    search_fields = ["record_number"]
    search_help_text = "Search by name, birth date, phone or record number."
    readonly_fields = ["record_number", "merged_into", "external_id", "created_at"]
    show_full_result_count = False

    def get_search_results(self, request, queryset, search_term):
        if not search_term.strip():
            return queryset, False
        found = [patient.pk for patient in find_patients(search_term)]
        return queryset.filter(Q(pk__in=found) | Q(record_number__iexact=search_term.strip())), False

    def save_model(self, request, obj, form, change):
        if change:
            changed = {name: form.cleaned_data[name] for name in form.changed_data}
            services.update_patient(Patient.objects.get(pk=obj.pk), by=request.user, **changed)
        else:
            obj.pk = services.register_patient(by=request.user, **form.cleaned_data).pk
        obj.refresh_from_db()


@admin.register(Episode)
class EpisodeAdmin(MarksError, ReadOnly, AuditedAdmin):
    list_display = ["complaint", "patient", "region", "lead", "opened_on", "closed_on", "in_error"]
    list_filter = ["region", ("closed_on", admin.EmptyFieldListFilter), ("error_mark", admin.EmptyFieldListFilter)]
    list_select_related = ["patient", "lead"]
    search_fields = ["complaint", "diagnosis_code", *PATIENT_SEARCH_FIELDS]
    date_hierarchy = "opened_on"
    show_full_result_count = False


@admin.register(BodyMeasure)
class BodyMeasureAdmin(MarksError, ReadOnly, AuditedAdmin):
    list_display = ["measured_on", "patient", "height_cm", "weight_kg", "recorded_by", "in_error"]
    list_filter = [("error_mark", admin.EmptyFieldListFilter)]
    list_select_related = ["patient", "recorded_by"]
    search_fields = PATIENT_SEARCH_FIELDS
    date_hierarchy = "measured_on"
    show_full_result_count = False


class ScreeningAnswerInline(ReadOnlyInline):
    model = ScreeningAnswer
    fields = ["question_text", "answer_text", "details_text", "place", "patient_said"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("question")


@admin.register(PatientAnswers)
class PatientAnswersAdmin(ReadOnly, AuditedAdmin):
    """What patients answered alone on the tablet, also where no therapist confirmed it."""

    list_display = ["answered_at", "patient", "answered_by_name", "handed_over_by"]
    list_select_related = ["patient", "handed_over_by"]
    search_fields = PATIENT_SEARCH_FIELDS
    date_hierarchy = "answered_at"
    show_full_result_count = False


@admin.register(Screening)
class ScreeningAdmin(MarksError, ReadOnly, AuditedAdmin):
    list_display = ["taken_at", "patient", "taken_by", "valid_until", "is_valid_today", "in_error"]
    list_select_related = ["patient", "taken_by"]
    list_filter = [("error_mark", admin.EmptyFieldListFilter)]
    search_fields = PATIENT_SEARCH_FIELDS
    date_hierarchy = "taken_at"
    show_full_result_count = False
    inlines = [ScreeningAnswerInline]

    @admin.display(description="valid today", boolean=True)
    def is_valid_today(self, screening):
        return screening.error_mark_id is None and screening.valid_until >= timezone.localdate()
