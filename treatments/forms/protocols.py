"""The form for a protocol's name, what it is for, and whether colleagues may use it."""

from django import forms

from patients.forms.people import sections
from patients.models.condition import conditions
from treatments.models import Protocol


class ProtocolForm(forms.ModelForm):
    helper = sections(("Protocol", ["name", "condition", "region", "is_shared"]))
    condition = forms.ChoiceField(
        required=False,
        help_text="It is offered for episodes with this condition.",
        choices=lambda: [("", "No particular one"), *((one.slug, one.name) for one in conditions().values())],
    )

    class Meta:
        model = Protocol
        fields = ["name", "condition", "region", "is_shared"]
        error_messages = {"name": {"required": "Enter a name."}}
        help_texts = {
            "region": "Without a condition, it is offered for every episode of this region.",
            "is_shared": "Colleagues can use it. Only you can change it.",
        }
