"""Edit the screening questions. New words make a new version; the page shows all versions."""

from django import forms
from django.contrib import admin
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.timezone import localtime

from patients import services
from patients.audit.admin import ALL, AuditedAdmin
from patients.models import BodyRegion, ScreeningQuestion
from patients.models.question_details import read_detail_fields, write_detail_fields
from patients.services.questions import check_newest
from patients.staff import printed_name
from patients.templatetags.citations import cited

from .read_only import NeverDeleted


class SlugsField(forms.CharField):
    """A list of slugs, separated by commas."""

    widget = forms.TextInput(attrs={"size": 60})

    def prepare_value(self, value):
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value):
        return super().to_python(value).replace(",", " ").split()


class DetailsField(forms.CharField):
    """The fields that a yes asks for, as one line."""

    widget = forms.TextInput(attrs={"size": 100})

    def prepare_value(self, value):
        return write_detail_fields(value) if isinstance(value, list) else value

    def to_python(self, value):
        return read_detail_fields(super().to_python(value))


class QuestionForm(forms.ModelForm):
    """Validates with the rules of the service, so that errors are shown in the form."""

    regions = forms.MultipleChoiceField(
        choices=BodyRegion,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Empty for the whole body.",
    )
    muscles = SlugsField(required=False, help_text="Slugs of muscles, such as psoas-major, separated by commas.")
    details = DetailsField(
        label="details of a yes",
        required=False,
        help_text="Separated by |, each with the answers that it proposes: Which one: warfarin, heparin | Last INR",
    )

    def clean(self):
        cleaned = super().clean()
        if self.instance.pk:
            # Validate it as a new row, because the stored version must not change.
            self.instance._state.adding = True
            check_newest(self.instance)
        elif ScreeningQuestion.objects.filter(key=cleaned.get("key")).exists():
            self.add_error("key", "There is already a question with this key.")
        return cleaned


class Newest(admin.SimpleListFilter):
    """Lists the newest version of each question, or all versions."""

    title = "versions"
    parameter_name = "versions"

    def lookups(self, request, model_admin):
        return [("all", "All versions")]

    def choices(self, changelist):
        yield {"selected": self.value() is None, "query_string": "?", "display": "Newest only"}
        yield from list(super().choices(changelist))[1:]

    def queryset(self, request, queryset):
        return queryset if self.value() == "all" else queryset.newest()


@admin.register(ScreeningQuestion)
class ScreeningQuestionAdmin(NeverDeleted, AuditedAdmin):
    """A question is retired and never deleted, so that old answers keep its words."""

    recorded_by_service = ALL
    form = QuestionForm
    list_display = ["text", "alert", "category", "cited_source", "sort_order", "version", "is_active"]
    list_filter = [Newest, "is_active", "category"]
    search_fields = ["text", "alert", "key", "source"]
    fields = [
        "key",
        "text",
        "alert",
        "asked_of",
        "category",
        "scope",
        "regions",
        "muscles",
        "technique",
        "scope_category",
    ]
    fields += ["needs_side", "details", "source", "sort_order", "is_active", "versions"]

    def get_object(self, request, object_id, from_field=None):
        """Lock the question when saving, so that the second of two people who save at once gets an error."""
        if request.method == "POST" and object_id.isdecimal():
            list(ScreeningQuestion.objects.select_for_update().filter(pk=object_id[:18]))
        return super().get_object(request, object_id, from_field)

    def get_readonly_fields(self, request, obj=None):
        if obj and not obj.is_newest and request.method != "POST":
            return self.fields
        return ["key", "versions"] if obj else ["versions"]

    def save_model(self, request, obj, form, change):
        typed = form.cleaned_data
        if change:
            obj.pk = services.revise_question(obj, by=request.user, **typed).pk
        else:
            obj.pk = services.add_question(by=request.user, **typed).pk
        obj.refresh_from_db()

    @admin.display(description="source", ordering="source")
    def cited_source(self, question):
        return cited(question.source)

    @admin.display(description="versions")
    def versions(self, question):
        """All versions of the question, newest first."""
        rows = ScreeningQuestion.objects.filter(key=question.key).select_related("edited_by").order_by("-version")
        lines = ((_link(row), _edited(row), row.text, row.get_category_display(), _scope(row)) for row in rows)
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}, {}: {} <b>{}</b>{}</li>", lines))


def _link(question):
    url = reverse("admin:patients_screeningquestion_change", args=[question.pk])
    return format_html('<a href="{}">Version {}</a>', url, question.version)


def _edited(question):
    if not question.edited_at:
        return "as supplied"
    return f"{date_format(localtime(question.edited_at), 'j M Y, H:i')} by {printed_name(question.edited_by)}"


def _scope(question):
    parts = [question.scope, ", ".join([*question.regions, *question.muscles]), question.technique]
    shown = [*parts, cited(question.source)]
    return format_html_join("", " · {}", ((part,) for part in shown if part))
