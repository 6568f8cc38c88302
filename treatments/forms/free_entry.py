"""The form that adds a row for a target that the catalogue does not list. With JavaScript, the browser adds the row."""

from django import forms

from patients.models import BodyRegion
from treatments.catalogue.free_entries import LONGEST, free_text, read_free_entry
from treatments.models import Muscle, Needling


class FreeEntryForm(forms.Form):
    add_words = forms.CharField(required=False, max_length=LONGEST, label="In your own words")
    add_base = forms.ChoiceField(required=False, label="What it is")
    add_region = forms.ChoiceField(choices=BodyRegion.choices, required=False, label="Region")
    free_side = forms.ChoiceField(choices=Needling.Side.choices, initial="right", label="Side")

    def __init__(self, data=None, *, bases=None):
        """`bases` are the entries without a region, if they are loaded."""
        super().__init__(data)
        self.bases = bases if bases is not None else list(Muscle.objects.active().filter(region=""))
        self.fields["add_base"].choices = [(base.slug, str(base)) for base in self.bases]
        self.fields["add_base"].initial = "other-structure"

    @property
    def text(self):
        """The text that stands for the target in a row, as the browser sends it."""
        return free_text(*(self.cleaned_data.get(name, "") for name in ("add_base", "add_region", "add_words")))

    def clean(self):
        if "add_words" not in self.errors:
            try:
                read_free_entry(self.text, self.bases)
            except forms.ValidationError as refusal:
                self.add_error("add_words", refusal)
