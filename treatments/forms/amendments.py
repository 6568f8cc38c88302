"""What may be typed about a session that is closed, or is to be closed or handed over."""

import uuid

from django import forms

from patients.forms.once import ChoosesId
from treatments.models import Amendment


class AmendmentForm(ChoosesId, forms.ModelForm):
    id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    password = forms.CharField(
        label="Your password",
        help_text="An amendment is signed: it shows that it is you.",
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        strip=False,
    )

    class Meta:
        model = Amendment
        fields = ["text", "reason"]
        labels = {"text": "Amendment", "reason": "Why"}
        help_texts = {
            "text": "What is to be corrected or added. The signed record stays as it is.",
            "reason": "For example: wrong side entered, remembered later, asked for by the patient.",
        }
        widgets = {"text": forms.Textarea(attrs={"rows": 6})}

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self):
        if not self.user.check_password(self.cleaned_data["password"]):
            raise forms.ValidationError("This is not your password. Type it again.")
        return ""

    def amendment(self):
        """What amend_session asks for."""
        return {name: self.cleaned_data[name] for name in ("id", "text", "reason")}


class WithdrawalForm(forms.Form):
    reason_text = forms.CharField(
        label="Why", max_length=300, help_text="For example: opened for the wrong patient, no treatment took place."
    )

    def reason(self):
        """What withdraw_draft asks for."""
        return {"reason": self.cleaned_data["reason_text"]}


class HandOverForm(forms.Form):
    to = forms.ModelChoiceField(None, label="To", empty_label="Choose a colleague")

    def __init__(self, *args, practitioners, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = practitioners

    def receiver(self):
        """What hand_over_draft asks for."""
        return {"to": self.cleaned_data["to"]}
