"""Admin of the texts of messages to patients, with a preview."""

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import AdminForm
from django.core.exceptions import ValidationError

from clinic.diary.message_texts import DEFAULTS, PLACEHOLDERS, check_text, example
from clinic.models import Message, MessageText, Site
from patients.admin import NeverDeleted
from patients.audit.admin import AuditedAdmin


class MessageTextForm(forms.ModelForm):
    """A text with placeholders. An unknown placeholder is refused at its field."""

    class Meta:
        widgets = {
            "text": forms.Textarea(attrs={"rows": 14, "cols": 80}),
            "subject": forms.TextInput(attrs={"size": 80}),
        }

    def which(self):
        """(kind, channel), also of a text that is being added."""
        typed = self.cleaned_data
        return typed.get("kind") or self.instance.kind, typed.get("channel") or self.instance.channel

    def clean(self):
        kind, channel = self.which()
        if not kind or not channel:
            return
        for name in ("subject", "text"):
            try:
                check_text(self.cleaned_data.get(name) or "", kind, is_subject=name == "subject")
            except ValidationError as refusal:
                if name in self.cleaned_data:
                    self.add_error(name, refusal)
        if channel == Message.Channel.EMAIL and not self.cleaned_data.get("subject") and "subject" not in self.errors:
            self.add_error("subject", "Enter the subject of the e-mail.")


@admin.register(MessageText)
class MessageTextAdmin(NeverDeleted, AuditedAdmin):
    """The clinic's own texts. The default text can be taken again."""

    form = MessageTextForm
    list_display = ["kind", "channel", "subject", "text"]
    change_form_template = "admin/clinic/messagetext/change_form.html"
    change_list_template = "admin/clinic/messagetext/change_list.html"

    def get_fields(self, request, obj=None):
        return ["kind", "channel", "subject", "text"]

    def get_readonly_fields(self, request, obj=None):
        return ["kind", "channel"] if obj else []

    def get_changeform_initial_data(self, request):
        """The default text of the kind and channel in the URL."""
        initial = super().get_changeform_initial_data(request)
        if default := DEFAULTS.get((initial.get("kind"), initial.get("channel"))):
            initial |= {"subject": default[0], "text": default[1]}
        return initial

    def changelist_view(self, request, extra_context=None):
        """The list also offers each text that is still the default."""
        own = set(MessageText.objects.values_list("kind", "channel"))
        kinds, channels = Message.Kind, Message.Channel
        defaults = [
            {"kind": kinds(kind), "channel": channels(channel), "subject": subject, "text": text}
            for (kind, channel), (subject, text) in DEFAULTS.items()
            if (kind, channel) not in own
        ]
        return super().changelist_view(request, {"defaults": defaults} | (extra_context or {}))

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        if request.method == "POST" and ("_preview" in request.POST or "_default" in request.POST):
            return self._unsaved(request, object_id)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        form = context["adminform"].form
        values = form.cleaned_data if form.is_bound and form.is_valid() else None
        if not form.is_bound and (obj or form.initial.get("text")):
            values = {name: form.get_initial_for_field(form.fields[name], name) for name in ("subject", "text")}
        kind = obj.kind if obj else form["kind"].value()
        channel = obj.channel if obj else form["channel"].value()
        if kind in Message.Kind and channel in Message.Channel:
            context["placeholders"] = PLACEHOLDERS[kind].items()
            if values and (values["subject"] or channel == Message.Channel.SMS):
                site = Site.objects.order_by("pk").first()
                subject, text = example(kind, channel, values["subject"], values["text"], site=site)
                context |= {"preview_subject": subject, "preview_text": text}
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _unsaved(self, request, object_id):
        """The page again with a preview of what was typed, or with the default text. Nothing is saved."""
        obj = self.get_object(request, object_id) if object_id else None
        typed = request.POST.copy()
        kind, channel = (obj.kind, obj.channel) if obj else (typed.get("kind"), typed.get("channel"))
        if "_default" in typed and (kind, channel) in DEFAULTS:
            typed["subject"], typed["text"] = DEFAULTS[kind, channel]
        form = self.get_form(request, obj, change=bool(obj))(typed, instance=obj)
        fieldsets = self.get_fieldsets(request, obj)
        readonly = self.get_readonly_fields(request, obj)
        adminform = AdminForm(form, list(fieldsets), {}, readonly, model_admin=self)
        context = self.admin_site.each_context(request) | {
            "title": f"Preview: {obj}" if obj else "Preview of a text of a message",
            "adminform": adminform,
            "object_id": object_id,
            "original": obj,
            "is_popup": False,
            "media": self.media + adminform.media,
            "inline_admin_formsets": [],
            "errors": form.errors and [error for errors in form.errors.values() for error in errors],
            "preserved_filters": self.get_preserved_filters(request),
            "is_preview": True,
        }
        return self.render_change_form(request, context, add=obj is None, change=obj is not None, obj=obj)
