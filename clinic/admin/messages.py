"""Admin of the log of messages, and of calendar addresses."""

from django import forms
from django.contrib import admin, messages
from django.template.response import TemplateResponse
from django.urls import reverse

from clinic.models import CalendarFeed, Message, Practitioner, VisitReply
from clinic.permissions import may_revoke_calendar_feeds
from clinic.services import create_calendar_feed, revoke_calendar_feed
from patients.admin import NeverDeleted, ReadOnly, SearchesPatients
from patients.audit.admin import ALL, AuditedAdmin


@admin.register(Message)
class MessageAdmin(SearchesPatients, ReadOnly, AuditedAdmin):
    """The read-only log of the send_reminders command."""

    list_display = ["starts_at", "patient", "kind", "channel", "status", "attempts", "due_at", "sent_at", "error"]
    list_filter = ["status", "kind", "channel"]
    list_select_related = ["appointment__patient"]
    patient_path = "appointment__patient"
    dated_by = "starts_at"

    @admin.display(ordering="appointment__patient__family_name")
    def patient(self, message):
        return message.appointment.patient


@admin.register(VisitReply)
class VisitReplyAdmin(SearchesPatients, ReadOnly, AuditedAdmin):
    """What patients answered through the links in messages."""

    list_display = ["made_at", "patient", "kind", "starts_at", "wishes", "withdrawn_at", "closed_at", "closed_by"]
    list_filter = ["kind"]
    list_select_related = ["appointment__patient", "closed_by"]
    patient_path = "appointment__patient"

    @admin.display(ordering="appointment__patient__family_name")
    def patient(self, reply):
        return reply.appointment.patient


class CalendarFeedForm(forms.ModelForm):
    def clean_practitioner(self):
        practitioner = self.cleaned_data["practitioner"]
        if CalendarFeed.objects.not_revoked().filter(practitioner=practitioner).exists():
            raise forms.ValidationError(
                "This practitioner already has a calendar address. Revoke it in the list before you create another."
            )
        return practitioner


@admin.register(CalendarFeed)
class CalendarFeedAdmin(NeverDeleted, AuditedAdmin):
    """Create a calendar address, which is shown once, and revoke it with an action of the list."""

    recorded_by_service = ALL
    form = CalendarFeedForm
    fields = ["practitioner"]
    list_display = ["practitioner", "created_at", "created_by", "last_read_at", "revoked_at", "revoked_by"]
    list_filter = [("revoked_at", admin.EmptyFieldListFilter)]
    list_select_related = ["practitioner__user", "created_by", "revoked_by"]
    search_fields = ["practitioner__user__last_name", "practitioner__user__username"]
    actions = ["revoke"]

    def has_change_permission(self, request, obj=None):
        return False

    def has_revoke_permission(self, request):
        return may_revoke_calendar_feeds(request.user)

    def get_fields(self, request, obj=None):
        return self.list_display if obj else self.fields

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "practitioner":
            kwargs["queryset"] = Practitioner.objects.active().select_related("user")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request, obj, form, change):
        feed, obj.token = create_calendar_feed(obj.practitioner, by=request.user)
        obj.pk = feed.pk

    def response_add(self, request, obj, post_url_continue=None):
        """Show the address now, because it is not stored."""
        address = request.build_absolute_uri(reverse("calendar_feed", args=[obj.token]))
        context = admin.site.each_context(request) | {"title": "Calendar address", "feed": obj, "address": address}
        return TemplateResponse(request, "admin/calendar_feed_created.html", context)

    @admin.action(description="Revoke the address", permissions=["revoke"])
    def revoke(self, request, queryset):
        feeds = list(queryset.not_revoked())
        for feed in feeds:
            revoke_calendar_feed(feed, by=request.user)
        self.message_user(
            request, f"Revoked: {len(feeds)}. Calendar apps can no longer read these addresses.", messages.SUCCESS
        )
