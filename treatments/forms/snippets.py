"""The form for a snippet of text."""

from uuid import uuid4

from django import forms

from patients.forms.once import ChoosesId
from patients.forms.people import sections
from treatments.models import Snippet
from treatments.record.snippets import PLACEHOLDERS, refuse_unknown_placeholders


class SnippetForm(ChoosesId, forms.ModelForm):
    id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    helper = sections(("Text", ["id", "name", "field", "text", "is_shared"]))

    class Meta:
        model = Snippet
        fields = ["name", "field", "text", "is_shared"]
        widgets = {"text": forms.Textarea(attrs={"rows": 5})}
        error_messages = {"name": {"required": "Enter a name."}, "text": {"required": "Enter the text."}}
        help_texts = {
            "name": "The words on its button in a session.",
            "text": f"A session fills in {', '.join(f'{{{name}}}' for name in PLACEHOLDERS)}.",
            "is_shared": "Colleagues can use it. Only you can change it.",
        }

    def clean(self):
        super().clean()
        refuse_unknown_placeholders(self.cleaned_data.get("text", ""))


class SnippetChangeForm(SnippetForm):
    id = None
    helper = sections(("Text", ["name", "field", "text", "is_shared"]))
