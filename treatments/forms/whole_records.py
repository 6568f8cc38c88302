"""The form for a copy of a patient's whole record."""

from django import forms

from clinic.forms.proof import ProvesIdentity


class WholeRecordForm(ProvesIdentity, forms.Form):
    recipient = forms.CharField(
        label="Who receives it?",
        max_length=200,
        help_text="For example: the patient, who asked for a copy; or the name of the new clinic.",
    )

    def as_kwargs(self):
        """The arguments of record_whole_export that the form provides."""
        return {"recipient": self.cleaned_data["recipient"], "proof": self.proof}
