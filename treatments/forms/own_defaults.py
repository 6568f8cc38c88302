"""The form for the needle and the technique that one's own rows begin with."""

from django import forms
from django.utils import timezone

from patients.forms.people import sections
from treatments.models import Needle, Needling

NONE = ("", "None")


class OwnDefaultsForm(forms.Form):
    helper = sections(("A new row starts with", ["needle", "technique"]))
    needle = forms.ChoiceField(
        required=False, help_text="Only the size is set here. A session uses the lot of this size that you used last."
    )
    technique = forms.ChoiceField(required=False, choices=[NONE, *Needling.Technique.choices])

    def __init__(self, data=None, *, defaults=None):
        """`defaults` are the stored NeedlingDefaults, if there are any; their size remains a choice."""
        self.sizes = _sizes_to_choose(defaults and defaults.needle_size)
        initial = {"technique": defaults.technique if defaults else ""}
        initial["needle"] = _text(*defaults.needle_size) if defaults and defaults.needle_size else ""
        super().__init__(data, initial=initial)
        self.fields["needle"].choices = [NONE, *((text, f"{text} mm") for text in self.sizes)]

    def as_kwargs(self):
        """The arguments of set_own_defaults that the form provides."""
        size = self.sizes.get(self.cleaned_data["needle"])
        return {"needle_size": size, "technique": self.cleaned_data["technique"]}


def _sizes_to_choose(stored):
    """{text: (diameter, length)} of all needles that can be used today, and of the stored size."""
    usable = Needle.objects.usable_on(timezone.localdate()).values_list("diameter_mm", "length_mm")
    sizes = sorted({*usable, *([stored] if stored else [])})
    return {_text(*size): size for size in sizes}


def _text(diameter_mm, length_mm):
    return f"{diameter_mm}×{length_mm}"
