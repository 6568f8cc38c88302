"""The reason for opening the record of a patient of another site."""

from django import forms

from clinic.models import OtherSiteAccess


class ReasonForm(forms.ModelForm):
    class Meta:
        model = OtherSiteAccess
        fields = ["reason", "explanation"]
        labels = {"reason": "Why do you need this record?", "explanation": "Explain the reason"}
        help_texts = {"explanation": "In one sentence. The clinic’s admins read it."}
        widgets = {"reason": forms.RadioSelect(attrs={"class": "form-check-input"})}
        error_messages = {
            "reason": {"required": "Choose a reason."},
            "explanation": {"required": "Explain the reason in one sentence."},
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = OtherSiteAccess.Reason.choices

    def _post_clean(self):
        """Do not make or validate the row: the service does both."""
