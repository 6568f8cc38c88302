"""Forms of the retention report: to place a legal hold and to lift it."""

import uuid

from django import forms

from patients.forms.once import ChoosesId


class PlaceHoldForm(ChoosesId, forms.Form):
    """The page chooses the id of the hold, so that a page sent twice places one."""

    id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    reason = forms.CharField(
        max_length=300,
        label="Why must this record be kept?",
        help_text="For example: claim of 3 March, asked for by the insurer.",
        widget=forms.TextInput(attrs={"size": 60}),
    )


class LiftHoldForm(forms.Form):
    hold = forms.ModelChoiceField(queryset=None, widget=forms.HiddenInput)
    lift_reason = forms.CharField(
        max_length=300,
        label="Why can the hold end?",
        help_text="For example: the claim was settled.",
        widget=forms.TextInput(attrs={"size": 60}),
    )

    def __init__(self, *args, holds, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["hold"].queryset = holds
