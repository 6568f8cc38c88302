"""Forms to review a fact, and to take over reviews from a file."""

from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError

from patients.forms.once import ChoosesId
from patients.forms.people import sections
from treatments.evidence.exchange import LONGEST
from treatments.models import FactReview

Verdict = FactReview.Verdict
ONES = [(Verdict.AGREED, "Agree"), (Verdict.CORRECTED, "Correct"), (Verdict.WITHDRAWN, "Withdraw")]

LONGEST_CORRECTION = 600


class FactReviewForm(ChoosesId, forms.Form):
    id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    fingerprint = forms.CharField(widget=forms.HiddenInput, max_length=16)
    verdict = forms.ChoiceField(
        label="Your decision",
        choices=ONES,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose whether you agree, correct or withdraw."},
    )
    correction = forms.CharField(
        label="The fact as it should be",
        help_text="Only if you correct it.",
        required=False,
        max_length=LONGEST_CORRECTION,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    basis = forms.CharField(
        label="Source or reason",
        help_text="Needed to correct or withdraw. A source of the list is cited like [@seol-2014].",
        required=False,
        max_length=300,
    )
    qualification = forms.CharField(
        label="Your qualification",
        help_text="It is shown with your name, such as “Physiotherapist, MSc”.",
        max_length=150,
        error_messages={"required": "Give your qualification. It is shown with your name."},
    )
    helper = sections(("Review", ["verdict", "correction", "basis", "qualification", "id", "fingerprint"]))


class ReviewFileForm(forms.Form):
    file = forms.FileField(
        label="File",
        help_text="The JSON file that another clinic exported.",
        required=False,
        widget=forms.FileInput(attrs={"accept": ".json,application/json"}),
    )
    content = forms.CharField(required=False, widget=forms.HiddenInput, max_length=LONGEST, strip=False)
    helper = sections(("Reviews of another clinic", ["file", "content"]))

    def text(self):
        """The text of the file that was chosen now, or of the one that the page showed before. Call is_valid() first.

        Raises ValidationError if it is no text.
        """
        chosen = self.cleaned_data.get("file")
        if chosen is None:
            if not self.cleaned_data.get("content"):
                raise ValidationError({"file": "Choose a file."})
            return self.cleaned_data["content"]
        if chosen.size > LONGEST:
            raise ValidationError({"file": "This file is too large for reviews."})
        try:
            return chosen.read().decode("utf-8")
        except UnicodeDecodeError:
            raise ValidationError({"file": "This is not a text file. Choose the file that was exported."}) from None
