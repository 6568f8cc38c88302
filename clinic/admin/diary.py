"""Admin of sites, practitioners and appointment types, a read-only diary, and the titles of the admin."""

from django.conf import settings
from django.contrib import admin
from django.urls import reverse_lazy
from django.utils import timezone

from clinic.diary import local_time
from clinic.forms.practitioner import PractitionerForm
from clinic.forms.time_off import SiteClockForm
from clinic.models import (
    Appointment,
    AppointmentChange,
    AppointmentType,
    CallAttempt,
    Practitioner,
    Room,
    Site,
    TimeOff,
    TrainingCourse,
    WaitingListEntry,
    WorkingHours,
)
from clinic.models.practitioner import EXPIRES_SOON_DAYS
from patients.admin import ReadOnly, ReadOnlyInline, SearchesPatients
from patients.audit.admin import AuditedAdmin
from patients.staff import printed_name
from patients.web.posted import key_in_address

from .accounts import AsksSecondAdmin, hold_back_clinical_rights

admin.site.site_header = "Filiform"
admin.site.site_title = "Filiform"
admin.site.index_title = "Clinic administration"
admin.site.site_url = reverse_lazy("patient_search")


class PractitionerFilter(admin.SimpleListFilter):
    """Filter by practitioner with one query. Django's filter would make one for each practitioner's name."""

    title = "practitioner"
    parameter_name = "practitioner"
    field = "practitioner"

    def lookups(self, request, model_admin):
        return [(practitioner.pk, str(practitioner)) for practitioner in Practitioner.objects.select_related("user")]

    def queryset(self, request, queryset):
        key = key_in_address(self.value())
        return queryset.filter(**{self.field: key}) if key else queryset


class ExpiryFilter(admin.SimpleListFilter):
    title = "certificate or cover"
    parameter_name = "expires"

    def lookups(self, request, model_admin):
        return [("soon", f"Expired, or expires within {EXPIRES_SOON_DAYS} days")]

    def queryset(self, request, queryset):
        return queryset.expiring(on=timezone.localdate()) if self.value() == "soon" else queryset


class RoomInline(admin.TabularInline):
    model = Room
    extra = 0


class TimeOffInline(admin.TabularInline):
    """Current and future time off of a practitioner or a site. Past rows are only in the list of time off."""

    model = TimeOff
    form = SiteClockForm
    fields = ["starts_at", "ends_at", "reason"]
    extra = 0

    def get_queryset(self, request):
        rows = super().get_queryset(request).filter(cancelled_at=None, ends_at__gte=timezone.now())
        return rows.select_related("practitioner__site", "site", "room__site")


class ClosingTimeInline(TimeOffInline):
    verbose_name = "closing time"
    verbose_name_plural = "closing times from today"


class TrainingCourseInline(admin.TabularInline):
    model = TrainingCourse
    extra = 0


class WorkingHoursInline(admin.TabularInline):
    model = WorkingHours
    extra = 0
    ordering = ["weekday", "starts"]

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        """Offer active rooms only."""
        if db_field.name == "room":
            kwargs["queryset"] = Room.objects.filter(is_active=True)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Site)
class SiteAdmin(AuditedAdmin):
    list_display = ["name", "address", "phone", "timezone"]
    search_fields = ["name", "address"]
    exclude = ["people"]  # on the page of each user
    inlines = [RoomInline, ClosingTimeInline]

    def get_changeform_initial_data(self, request):
        return {"timezone": settings.TIME_ZONE} | super().get_changeform_initial_data(request)


@admin.register(Practitioner)
class PractitionerAdmin(AsksSecondAdmin, AuditedAdmin):
    """What gives a practitioner clinical rights waits for a second admin. Its user never changes."""

    list_display = ["user_name", "site", "registration_number", "certificate_expires_on", "in_date"]
    list_display += ["cover_expires_on", "is_active"]
    list_filter = ["site", ExpiryFilter, "is_active"]
    list_select_related = ["user", "site"]
    search_fields = ["user__last_name", "user__first_name", "user__username", "registration_number"]
    inlines = [TrainingCourseInline, WorkingHoursInline, TimeOffInline]
    form = PractitionerForm

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        """Offer users by their names."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "user":
            field.label_from_instance = printed_name
            if not request.user.is_superuser:
                field.queryset = field.queryset.filter(is_superuser=False).exclude(pk=request.user.pk)
                field.help_text = "Another admin can add you."
        return field

    def get_readonly_fields(self, request, obj=None):
        return ["user"] if obj else []

    def save_model(self, request, obj, form, change):
        hold_back_clinical_rights(self, request, form)
        super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        self.ask_second_admin(request, form.instance.user)

    @admin.display(description="name", ordering="user__last_name")
    def user_name(self, practitioner):
        return str(practitioner)

    @admin.display(description="certificate in date", boolean=True)
    def in_date(self, practitioner):
        expires_on = practitioner.certificate_expires_on
        return expires_on and expires_on >= timezone.localdate()


@admin.register(AppointmentType)
class AppointmentTypeAdmin(AuditedAdmin):
    list_display = ["name", "minutes", "colour", "needs_certificate", "is_active"]
    list_filter = ["is_active", "needs_certificate"]
    search_fields = ["name"]


@admin.register(TimeOff)
class TimeOffAdmin(AuditedAdmin):
    form = SiteClockForm
    list_display = ["who", "days", "reason", "cancelled_at"]
    list_filter = [PractitionerFilter, "site", ("cancelled_at", admin.EmptyFieldListFilter)]
    list_select_related = ["practitioner__user", "practitioner__site", "site", "room__site"]
    date_hierarchy = "starts_at"

    @admin.display(description="who is away, or what is closed")
    def who(self, time_off):
        return time_off.subject

    @admin.display(description="when, in the time of the site", ordering="starts_at")
    def days(self, time_off):
        return local_time.days_text(time_off.starts_at, time_off.ends_at, time_off.zone)


@admin.register(WaitingListEntry)
class WaitingListEntryAdmin(SearchesPatients, ReadOnly, AuditedAdmin):
    """Read-only: the front desk adds and closes entries in the diary."""

    list_display = ["patient", "type", "practitioner", "priority", "created_at", "closed_at"]
    list_filter = [("closed_at", admin.EmptyFieldListFilter), "priority"]
    list_select_related = ["patient", "practitioner__user", "type"]


class AppointmentChangeInline(ReadOnlyInline):
    model = AppointmentChange
    fields = ["made_at", "made_by", "kind", "before", "after"]


class CallAttemptInline(ReadOnlyInline):
    model = CallAttempt
    fields = ["called_at", "called_by"]
    verbose_name_plural = "calls that nobody answered"

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("called_by")


@admin.register(Appointment)
class AppointmentAdmin(SearchesPatients, ReadOnly, AuditedAdmin):
    """Read-only: appointments are booked, moved and cancelled in the diary, which checks who is free."""

    list_display = ["site_time", "patient", "practitioner", "room", "type", "status"]
    list_filter = ["status", PractitionerFilter, "type"]
    list_select_related = ["patient", "practitioner__user", "practitioner__site", "room", "type"]
    dated_by = "starts_at"
    ordering = ["-starts_at", "-pk"]
    inlines = [AppointmentChangeInline, CallAttemptInline]

    @admin.display(description="start, in the time of the site", ordering="starts_at")
    def site_time(self, appointment):
        return f"{appointment.wall:%a %-d %b %Y, %H:%M}"
