"""What is ticked and signed when a patient agrees, what is kept of one who declines, and why one no longer agrees."""

import json
from uuid import uuid4

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError

from patients.forms.once import ChoosesId
from patients.models import BodyRegion, Consent
from patients.models.consent import drawing

Method, Signing = Consent.Method, Consent.Signing
# What each way of signing needs besides; the rest of what was typed is left out.
NEEDED = {Signing.DRAWN: "signature", Signing.TYPED: "signed_name", Signing.WITNESSED: "witness_name"}
SENTENCES = {
    Signing.DRAWN: "Sign on the pad, or choose another way.",
    Signing.TYPED: "Type the name of the person who agrees.",
    Signing.WITNESSED: "Give the name of the witness.",
}


class DrawingField(forms.CharField):
    """The strokes of the pad as JSON."""

    widget = forms.HiddenInput

    def to_python(self, value):
        if not (text := super().to_python(value)):
            return None
        try:
            strokes = json.loads(text)
        except (ValueError, RecursionError):
            raise ValidationError("The signature arrived damaged. Clear it and sign again.") from None
        drawing(strokes)
        return strokes


class AgreementForm(ChoosesId, forms.Form):
    """One consent. `form_id` is the version of the text that the page showed."""

    id_field = "consent_id"
    declines = False
    consent_id = forms.UUIDField(initial=uuid4, widget=forms.HiddenInput)
    form_id = forms.IntegerField(widget=forms.HiddenInput)
    scope = forms.MultipleChoiceField(
        label="Regions", choices=BodyRegion, error_messages={"required": "Choose at least one region."}
    )
    explained = forms.MultipleChoiceField(
        label="Explained and understood",
        choices=Consent.Point,
        error_messages={"required": "Explain each point, and tick it."},
    )
    method = forms.ChoiceField(
        choices=[(method.value, method.label) for method in Consent.AGREEING],
        error_messages={"required": "Say whether the consent is written or spoken."},
    )
    signing = forms.ChoiceField(label="Signature", choices=Signing, required=False)
    signature = DrawingField(label="Signature", required=False, max_length=200_000)
    signed_name = forms.CharField(label="Name of the person who agrees", max_length=200, required=False)
    witness_name = forms.CharField(label="Witness", max_length=200, required=False)
    guardian_name = forms.CharField(label="Parent or guardian", max_length=200, required=False)
    guardian_relationship = forms.CharField(label="Related how", max_length=60, required=False)
    refusal_words = forms.CharField(label="In the patient’s words", max_length=500, required=False)
    offered_instead = forms.CharField(label="Offered instead", max_length=500, required=False)

    def __init__(self, *args, patient, text, regions=(), **kwargs):
        self.patient, self.text = patient, text
        initial = {"form_id": text and text.pk, "scope": list(regions), "method": Method.WRITTEN}
        super().__init__(*args, initial=initial, **kwargs)

    def clean_form_id(self):
        if self.text is None or self.cleaned_data["form_id"] != self.text.pk:
            raise ValidationError("There is a newer version of the form. It is shown now: read it together.")
        return self.cleaned_data["form_id"]

    def clean(self):
        found = self.cleaned_data
        if bool(found.get("guardian_name")) != bool(found.get("guardian_relationship")):
            self.add_error("guardian_relationship", "Give both the guardian’s name and how they are related.")
        if not self.declines and found.get("method") == Method.WRITTEN:
            self._check_signing(found)
        return found

    def _check_signing(self, found):
        signing = found.get("signing")
        if not signing:
            self.add_error("signing", "Choose how the patient signs.")
        elif signing == Signing.DRAWN and self.has_error("signature"):
            pass  # said already
        elif not found.get(NEEDED[signing]):
            self.add_error(NEEDED[signing], SENTENCES[signing])

    def said(self):
        """The fields of give_consent; what belongs to another way of signing, or of answering, is left out."""
        found = self.cleaned_data
        names = ["consent_id", "scope", "explained", "method", "guardian_name", "guardian_relationship"]
        kept = {name: found[name] for name in names}
        if found["method"] == Method.WRITTEN:
            kept |= {"signing": found["signing"], NEEDED[found["signing"]]: found[NEEDED[found["signing"]]]}
        if found["signing"] == Signing.DRAWN and "signature" in kept:
            kept["signed_name"] = found["signed_name"] or found["guardian_name"] or self.patient.full_name
        return kept


class RefusalForm(AgreementForm):
    """The same page when the patient declines: nothing but what was explained, and what was said, is kept."""

    declines = True
    KEPT = ["consent_id", "explained", "guardian_name", "guardian_relationship", "refusal_words", "offered_instead"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.required = name in ("consent_id", "form_id")

    def said(self):
        """The fields of record_refusal."""
        return {name: self.cleaned_data[name] for name in self.KEPT}


class WithdrawalForm(forms.Form):
    reason = forms.CharField(
        label="Why the patient no longer agrees",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 500}),
        error_messages={"required": "Say why, in the patient’s words if you can."},
    )
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
