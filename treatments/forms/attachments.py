"""The form to attach a document or photo to a patient's record."""

from uuid import uuid4

from django import forms
from django.utils import timezone

from patients.forms.once import ChoosesId
from patients.forms.people import WrittenDateField, sections
from treatments.forms.documents import checked_file
from treatments.models import Attachment

AGAIN = "Choose the file again. The browser has not kept it."


class DocumentField(forms.FileField):
    """An uploaded document or photo. Its cleaned value is a CheckedFile, or None."""

    def __init__(self, *, accept, **kwargs):
        attrs = {"accept": accept} | ({"capture": "environment"} if kwargs.pop("camera", False) else {})
        super().__init__(required=False, widget=forms.FileInput(attrs=attrs), **kwargs)

    def clean(self, data, initial=None):
        upload = super().clean(data, initial)
        return checked_file(upload) if upload else None


class AttachmentForm(ChoosesId, forms.Form):
    id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    document = DocumentField(
        label="File",
        accept="image/jpeg,image/png,image/webp,application/pdf",
        help_text="A JPEG, PNG, WebP or PDF file of up to 10 MB.",
    )
    photo = DocumentField(
        label="Or take a photo",
        accept="image/*",
        camera=True,
        help_text="Opens the camera. The location and the device are not stored.",
    )
    kind = forms.ChoiceField(
        label="Type of document",
        choices=[("", "Choose"), *Attachment.Kind.choices],
        error_messages={"required": "Choose the type of document."},
    )
    title = forms.CharField(
        required=False,
        max_length=120,
        help_text="For example: MRI of the lumbar spine.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    dated_on = WrittenDateField(label="Date of the document", initial=timezone.localdate)
    episode = forms.ModelChoiceField(None, required=False, empty_label="No episode")
    helper = sections(("Add", ["document", "photo", "kind", "title", "dated_on", "episode", "id"]))

    def __init__(self, *args, patient, **kwargs):
        super().__init__(*args, **kwargs)
        episodes = patient.episodes.counting()
        self.fields["episode"].queryset = episodes
        if not self.is_bound:
            self.initial["episode"] = next((episode.pk for episode in episodes if episode.is_open), None)

    def clean(self):
        chosen = [name for name in ("document", "photo") if self.cleaned_data.get(name)]
        if not self.errors.keys() & {"document", "photo"}:
            if not chosen:
                self.add_error("document", "Choose a file, or take a photo.")
            elif len(chosen) > 1:
                self.add_error("document", "Choose either a file or a photo. Add the other one afterwards.")
        return self.cleaned_data

    def ask_for_file_again(self):
        """Say beside its field that a file that was accepted has to be chosen again, because something else was not."""
        for name in ("document", "photo"):
            if self.files.get(name) and not self.has_error(name):
                self.add_error(name, AGAIN)

    def as_kwargs(self):
        """The arguments of add_attachment that the form provides."""
        names = ("id", "kind", "title", "dated_on", "episode")
        file = self.cleaned_data["document"] or self.cleaned_data["photo"]
        return {name: self.cleaned_data[name] for name in names} | {"file": file}
