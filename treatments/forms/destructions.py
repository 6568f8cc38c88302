"""Forms of a destruction: to ask for it and to decide it. The pages ask for a proof of identity afterwards."""

import uuid

from django import forms

from patients.forms.once import ChoosesId


class AskForDestructionForm(ChoosesId, forms.Form):
    """The page chooses the id, so that a page sent twice asks once."""

    prefix = "destruction"

    id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    reason = forms.CharField(
        max_length=300,
        label="Why is this record destroyed?",
        help_text="This text is kept for ever. Do not name the patient.",
        widget=forms.TextInput(attrs={"size": 60}),
    )


class DecisionForm(forms.Form):
    note = forms.CharField(
        max_length=300,
        required=False,
        label="Note",
        help_text="Needed if you refuse. This text is kept for ever. Do not name the patient.",
        widget=forms.TextInput(attrs={"size": 60}),
    )
