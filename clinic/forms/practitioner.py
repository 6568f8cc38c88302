"""The form of a practitioner in the admin."""

from django import forms

from clinic.models import Practitioner
from clinic.registry import registry
from patients.models import BodyRegion


class PractitionerForm(forms.ModelForm):
    """Lets the admin tick what the practitioner's insurance leaves out."""

    excluded_regions = forms.MultipleChoiceField(
        label="regions without cover",
        choices=BodyRegion,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    excluded_techniques = forms.MultipleChoiceField(
        label="techniques without cover",
        choices=lambda: registry.techniques,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Practitioner
        fields = "__all__"  # noqa: DJ007 - PractitionerAdmin names the fields
