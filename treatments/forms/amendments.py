"""Forms to amend, withdraw or hand over a session."""

import uuid

from django import forms

from clinic.forms.proof import ProvesIdentity
from patients.forms.once import ChoosesId
from treatments.forms.fields import ProseField
from treatments.models import Amendment


class AmendmentForm(ChoosesId, ProvesIdentity, forms.ModelForm):
    """Asks for free text or a correction; both are possible. `corrections` are the CorrectionForms of the page."""

    id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    text = ProseField(
        label="Free text",
        required=False,
        max_length=10_000,
        help_text="What to correct or add in words. The signed record does not change.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    class Meta:
        model = Amendment
        fields = ["text", "reason"]
        labels = {"reason": "Why"}
        help_texts = {
            "reason": "For example: wrong side entered, detail remembered later, requested by the patient.",
        }

    field_order = ["text", "reason", "password"]

    def __init__(self, *args, corrections, **kwargs):
        super().__init__(*args, **kwargs)
        self.corrections = corrections

    def clean(self):
        cleaned = super().clean()
        if not self.corrections.is_valid():
            self.add_error(None, "A corrected value is not possible. It is marked above.")
        elif not self.corrections.changed and not self.cleaned_data.get("text", "").strip():
            sentence = "Write what to add, or correct a value above."
            self.add_error("text", forms.ValidationError(sentence, code="required"))
        return cleaned

    def as_kwargs(self):
        """The arguments of amend_session that the form provides."""
        return {name: self.cleaned_data[name] for name in ("id", "text", "reason")} | {
            "changes": self.corrections.changes()
        }


class WithdrawalForm(forms.Form):
    reason_text = forms.CharField(
        label="Why", max_length=300, help_text="For example: opened for the wrong patient, no treatment took place."
    )

    def as_kwargs(self):
        """The arguments of withdraw_draft that the form provides."""
        return {"reason": self.cleaned_data["reason_text"]}


class HandOverForm(forms.Form):
    to = forms.ModelChoiceField(None, label="To", empty_label="Choose a colleague")

    def __init__(self, *args, practitioners, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = practitioners

    def as_kwargs(self):
        """The arguments of hand_over_draft that the form provides."""
        return {"to": self.cleaned_data["to"]}
