"""Forms to sign, amend, withdraw or hand over a session, and to agree to a stop. Each is proved."""

import uuid

from django import forms

from clinic.forms.proof import ProvesIdentity
from patients.forms.once import ChoosesId
from treatments.forms.fields import ProseField
from treatments.models import Amendment


class SigningForm(ProvesIdentity):
    """Sign a session as it is stored. The repeat visit stays short: a proof of some minutes ago is accepted."""

    takes_held_proof = True


class AgreementForm(ProvesIdentity):
    """Agree to a stop. A second person always proves afresh who they are, also on their own device."""


class AmendmentForm(ChoosesId, ProvesIdentity, forms.ModelForm):
    """Asks for free text or a correction; both are possible.

    `corrections` are the CorrectionForms of a session, or the CorrectedAssessmentForm.
    """

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
        """The arguments of amend_session and amend_assessment that the form provides."""
        return {name: self.cleaned_data[name] for name in ("id", "text", "reason")} | {
            "changes": self.corrections.changes(),
            "proof": self.proof,
        }


class WithdrawalForm(ProvesIdentity):
    reason_text = forms.CharField(
        label="Why", max_length=300, help_text="For example: opened for the wrong patient, no treatment took place."
    )

    def as_kwargs(self):
        """The arguments of withdraw_draft that the form provides."""
        return {"reason": self.cleaned_data["reason_text"], "proof": self.proof}


class HandOverForm(ProvesIdentity):
    to = forms.ModelChoiceField(None, label="To", empty_label="Choose a colleague")

    def __init__(self, *args, practitioners, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = practitioners

    def as_kwargs(self):
        """The arguments of hand_over_draft that the form provides."""
        return {"to": self.cleaned_data["to"], "proof": self.proof}
