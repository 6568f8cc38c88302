"""Edit and publish consent forms; review consents."""

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.forms.models import model_to_dict
from django.template.defaultfilters import linebreaksbr
from django.utils.html import format_html

from patients import services
from patients.audit.admin import AuditedAdmin
from patients.consents import last_valid_day
from patients.models import Consent, ConsentForm
from patients.templatetags.citations import cited

from .read_only import MarksError, NeverDeleted, ReadOnly
from .renewals import ConsentsToRenewFilter
from .searching import SearchesPatients


@admin.register(ConsentForm)
class ConsentFormAdmin(NeverDeleted, AuditedAdmin):
    """A new form starts as a draft with the text of the newest version. Publishing cannot be undone."""

    list_display = ["title", "version", "published_at", "published_by"]
    list_select_related = ["published_by"]
    fields = ["version", "title", *[field for field, _ in ConsentForm.SECTIONS], "source"]
    fields += ["published_at", "published_by"]
    readonly_fields = ["version", "cited_source", "published_at", "published_by"]
    actions = ["publish"]
    added_by_service = True

    def has_change_permission(self, request, obj=None):
        is_open = obj is None or obj.published_at is None
        return is_open and super().has_change_permission(request, obj)

    def get_fields(self, request, obj=None):
        """A draft has its sources as text to edit; a published form shows them as links."""
        is_published = obj is not None and obj.published_at is not None
        return ["cited_source" if name == "source" and is_published else name for name in self.fields]

    @admin.display(description="source")
    def cited_source(self, form):
        return linebreaksbr(cited(form.source))

    def get_changeform_initial_data(self, request):
        newest = ConsentForm.objects.newest_first().first()
        typed = [name for name in self.fields if name not in self.readonly_fields]
        return (model_to_dict(newest, typed) if newest else {}) | super().get_changeform_initial_data(request)

    def save_model(self, request, obj, form, change):
        if change:
            obj.save()
        else:
            obj.pk = services.draft_form(by=request.user, **form.cleaned_data).pk
            obj.refresh_from_db()

    @admin.action(description="Publish: patients consent to this version from now on", permissions=["change"])
    def publish(self, request, queryset):
        try:
            if queryset.count() != 1:
                raise ValidationError("Choose one draft to publish.")
            form = services.publish_form(queryset.get(), by=request.user)
        except ValidationError as refusal:
            self.message_user(request, " ".join(refusal.messages), messages.ERROR)
        else:
            self.message_user(request, f"{form} is published. From tomorrow, patients must consent to it.")


@admin.register(Consent)
class ConsentAdmin(SearchesPatients, MarksError, ReadOnly, AuditedAdmin):
    list_display = ["given_at", "patient", "method", "form", "explained_by", "valid_until", "withdrawn_at", "in_error"]
    list_select_related = ["patient", "form", "explained_by"]
    list_filter = [
        "method",
        ConsentsToRenewFilter,
        ("withdrawn_at", admin.EmptyFieldListFilter),
        ("error_mark", admin.EmptyFieldListFilter),
    ]
    dated_by = "given_at"
    exclude = ["signature"]
    readonly_fields = ["content_hash", "document"]

    @admin.display(description="valid until", ordering="given_at")
    def valid_until(self, consent):
        return None if consent.is_declined else last_valid_day(consent)

    @admin.display(description="the patient’s copy")
    def document(self, consent):
        return format_html('<a href="{}">Open the consent</a>', consent.get_absolute_url())
