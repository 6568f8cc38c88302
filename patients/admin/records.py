"""Review patients, episodes and screenings; change patients' details through the services."""

from django import forms
from django.contrib import admin
from django.utils import timezone

from patients import services
from patients.audit.admin import ALL, AccessReport, AuditedAdmin
from patients.contacts import DETAILS
from patients.forms.people import BIRTH_FORMATS, BirthDateField
from patients.models import (
    BodyMeasure,
    Episode,
    ImportedAlert,
    Patient,
    PatientAnswers,
    PatientContact,
    PatientIdentifier,
    Screening,
    ScreeningAnswer,
)
from patients.services.people import checked_patient

from .read_only import MarksError, NeverDeleted, ReadOnly, ReadOnlyInline
from .renewals import ScreeningsToRenewFilter
from .searching import ListsPatients, SearchesPatients


class PatientForm(forms.ModelForm):
    """Validates with the rules of the service, so that errors are shown in the form."""

    born_on = BirthDateField(label="Birth date", help_text=BIRTH_FORMATS)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk and "born_on" in self.fields:
            self.initial["born_on"] = self.instance.birth

    def clean(self):
        cleaned = super().clean()
        # Removed here, so that the form does not put it into the model's date field.
        self.instance.birth = self.birth = cleaned.pop("born_on", self.instance.birth)
        if not self.errors:
            checked_patient(**self.details())
        return cleaned

    def details(self):
        """The details as arguments of the services."""
        return self.cleaned_data | {"birth": self.birth}


class IdentifierInline(ReadOnlyInline):
    model = PatientIdentifier
    fields = ["kind", "issuer", "identifier_number", "recorded_at", "recorded_by", "removed_at", "removed_by"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("recorded_by", "removed_by")


class ContactInline(ReadOnlyInline):
    model = PatientContact
    fields = [*DETAILS, "recorded_at", "recorded_by", "ended_at", "ended_by"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("recorded_by", "ended_by")


class ImportedAlertInline(ReadOnlyInline):
    model = ImportedAlert
    fields = ["kind", "in_words", "noted_on", "file_name", "recorded_at", "confirmed_at", "ended_at", "end_reason"]


@admin.register(Patient)
class PatientAdmin(ListsPatients, AccessReport, NeverDeleted, AuditedAdmin):
    recorded_by_service = ALL
    form = PatientForm
    list_display = ["record_number", "family_name", "given_name", "birth_date", "phone", "is_active"]
    list_display_links = ["record_number", "family_name"]
    list_filter = ["is_active", "sex", "reminder_channel"]
    readonly_fields = ["record_number", "merged_into", "external_id", "created_at"]
    inlines = [IdentifierInline, ContactInline, ImportedAlertInline]

    def save_model(self, request, obj, form, change):
        if change:
            changed = {name: value for name, value in form.details().items() if name in (*form.changed_data, "birth")}
            services.update_patient(Patient.objects.get(pk=obj.pk), by=request.user, **changed)
        else:
            obj.pk = services.register_patient(by=request.user, **form.details()).pk
        obj.refresh_from_db()


@admin.register(Episode)
class EpisodeAdmin(SearchesPatients, MarksError, ReadOnly, AuditedAdmin):
    list_display = ["complaint", "patient", "region", "lead", "opened_on", "closed_on", "closing_reason", "in_error"]
    list_filter = [
        "region",
        ("closed_on", admin.EmptyFieldListFilter),
        "closing_reason",
        ("error_mark", admin.EmptyFieldListFilter),
    ]
    list_select_related = ["patient", "lead"]
    also_search = ["complaint", "diagnosis_code"]
    dated_by = "opened_on"


@admin.register(BodyMeasure)
class BodyMeasureAdmin(SearchesPatients, MarksError, ReadOnly, AuditedAdmin):
    list_display = ["measured_on", "patient", "height_cm", "weight_kg", "recorded_by", "in_error"]
    list_filter = [("error_mark", admin.EmptyFieldListFilter)]
    list_select_related = ["patient", "recorded_by"]
    dated_by = "measured_on"


class ScreeningAnswerInline(ReadOnlyInline):
    model = ScreeningAnswer
    fields = ["question_text", "answer_text", "details_text", "place", "patient_said"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("question")


@admin.register(PatientAnswers)
class PatientAnswersAdmin(SearchesPatients, ReadOnly, AuditedAdmin):
    """What patients answered alone on the tablet, also where no therapist confirmed it."""

    list_display = ["answered_at", "patient", "answered_by_name", "handed_over_by"]
    list_select_related = ["patient", "handed_over_by"]
    dated_by = "answered_at"


@admin.register(Screening)
class ScreeningAdmin(SearchesPatients, MarksError, ReadOnly, AuditedAdmin):
    list_display = ["taken_at", "patient", "taken_by", "valid_until", "is_valid_today", "in_error"]
    list_select_related = ["patient", "taken_by"]
    list_filter = [ScreeningsToRenewFilter, ("error_mark", admin.EmptyFieldListFilter)]
    dated_by = "taken_at"
    inlines = [ScreeningAnswerInline]

    @admin.display(description="valid today", boolean=True)
    def is_valid_today(self, screening):
        return screening.error_mark_id is None and screening.valid_until >= timezone.localdate()
