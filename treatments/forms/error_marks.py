"""Forms to mark a record as entered in error, and to confirm or decline such a mark."""

import uuid

from django import forms

from clinic.forms.proof import ProvesIdentity
from patients.forms.once import ChoosesId
from patients.staff import printed_name


class PersonField(forms.ModelChoiceField):
    def label_from_instance(self, user):
        return printed_name(user)


class ErrorMarkForm(ChoosesId, ProvesIdentity, forms.Form):
    """`people` are the users who could confirm; None if the mark of this record needs no second person."""

    id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    reason = forms.CharField(
        label="Why is it wrong?",
        max_length=300,
        help_text="For example: I treated somebody else at 14:30 and wrote into this chart.",
    )
    asked = PersonField(None, label="Who confirms it?", empty_label="Choose a colleague", required=False)
    alone_reason = forms.CharField(
        label="Why without a second person?",
        max_length=300,
        required=False,
        help_text="Nobody else here can confirm it. Your reason is shown to the owner of the clinic.",
    )
    field_order = ["reason", "asked", "alone_reason", "pin", "password"]

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        if people:
            self.fields["asked"].queryset = people
            del self.fields["alone_reason"]
        else:
            del self.fields["asked"]
            if people is None:
                del self.fields["alone_reason"]

    def as_kwargs(self):
        """The arguments of mark_in_error that the form provides."""
        names = [name for name in ("id", "reason", "asked", "alone_reason") if name in self.fields]
        return {name: self.cleaned_data[name] for name in names} | {"proof": self.proof}


class DecisionForm(ProvesIdentity, forms.Form):
    decline_reason = forms.CharField(
        label="If the record is right: why?", max_length=300, required=False, help_text="Needed only to decline."
    )
    field_order = ["decline_reason", "pin", "password"]
