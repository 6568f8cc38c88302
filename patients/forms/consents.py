"""Forms to record a consent or a refusal, and to withdraw a consent."""

import json
from uuid import uuid4

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError

from patients.forms.once import ChoosesId
from patients.models import BodyRegion, Consent
from patients.models.consent import drawing

Method, Signing = Consent.Method, Consent.Signing
# The field that each way of signing requires. The fields of other ways are ignored.
REQUIRED_FOR_SIGNING = {Signing.DRAWN: "signature", Signing.TYPED: "signed_name", Signing.WITNESSED: "witness_name"}
SIGNING_FIELDS = ("signing", "signature", "signed_name", "witness_name")
SENTENCES = {
    Signing.DRAWN: "Sign on the pad, or choose another way to sign.",
    Signing.TYPED: "Enter the name of the person who gives consent.",
    Signing.WITNESSED: "Enter the name of the witness.",
}


class DrawingField(forms.CharField):
    """The strokes on the signature pad as JSON; see `drawing`."""

    widget = forms.HiddenInput

    def to_python(self, value):
        if not (text := super().to_python(value)):
            return None
        try:
            strokes = json.loads(text)
        except (ValueError, RecursionError):
            raise ValidationError("The signature could not be read. Clear it and sign again.") from None
        drawing(strokes)
        return strokes


class AgreementForm(ChoosesId, forms.Form):
    """A consent. `form_id` is the version of the consent form that the page showed.

    `guardians` are the contacts of the patient who may consent. The consent keeps the name and the relationship of the
    one who is chosen, as text, so that it never changes with the contact.
    """

    id_field = "consent_id"
    is_refusal = False
    consent_id = forms.UUIDField(initial=uuid4, widget=forms.HiddenInput)
    form_id = forms.IntegerField(widget=forms.HiddenInput)
    scope = forms.MultipleChoiceField(
        label="Regions", choices=BodyRegion, error_messages={"required": "Choose at least one region."}
    )
    explained = forms.MultipleChoiceField(
        label="Explained and understood",
        choices=Consent.Point,
        error_messages={"required": "Explain and tick each point."},
    )
    method = forms.ChoiceField(
        choices=[(method.value, method.label) for method in Consent.AGREEING],
        error_messages={"required": "Choose whether the consent is written, spoken or both."},
    )
    signing = forms.ChoiceField(label="Signature", choices=Signing, required=False)
    signature = DrawingField(label="Signature", required=False, max_length=200_000)
    signed_name = forms.CharField(label="Name of the person who gives consent", max_length=200, required=False)
    witness_name = forms.CharField(label="Witness", max_length=200, required=False)
    guardian_contact = forms.ChoiceField(label="Who consents for the patient", required=False)
    guardian_name = forms.CharField(label="Parent or guardian", max_length=200, required=False)
    guardian_relationship = forms.CharField(label="Relationship to the patient", max_length=60, required=False)
    judged_old_enough = forms.BooleanField(label="I judge this patient to be 16 or older", required=False)
    refusal_words = forms.CharField(label="In the patient’s words", max_length=500, required=False)
    offered_instead = forms.CharField(label="Offered instead", max_length=500, required=False)

    def __init__(self, *args, patient, text, regions=(), method=Method.WRITTEN, guardians=(), **kwargs):
        self.patient, self.text = patient, text
        initial = {"form_id": text and text.pk, "scope": list(regions), "method": method}
        super().__init__(*args, initial=initial, **kwargs)
        self.guardians = {str(contact.pk): contact for contact in guardians}
        self.fields["guardian_contact"].choices = [
            *((key, str(contact)) for key, contact in self.guardians.items()),
            ("", "Somebody else, or nobody"),
        ]

    def clean_form_id(self):
        if self.text is None or self.cleaned_data["form_id"] != self.text.pk:
            raise ValidationError("There is a newer version of the form. This page now shows it: read it together.")
        return self.cleaned_data["form_id"]

    def clean(self):
        found = self.cleaned_data
        self._take_guardian(found)
        has_name, has_relationship = (bool(found.get(f"guardian_{name}")) for name in ("name", "relationship"))
        if has_name != has_relationship and not self.has_error("guardian_name"):
            self.add_error("guardian_relationship", "Enter both the guardian’s name and their relationship.")
        if not self.is_refusal and found.get("method") in Consent.SIGNED:
            self._check_signing(found)
        return found

    def _take_guardian(self, found):
        """The chosen contact becomes the guardian's name and relationship, as if they were typed."""
        contact = self.guardians.get(found.get("guardian_contact"))
        if contact is None:
            return
        if found.get("guardian_name") not in ("", contact.name):
            self.add_error("guardian_name", "Choose a recorded contact or enter another name, not both.")
            return
        found["guardian_name"] = contact.name
        found["guardian_relationship"] = found.get("guardian_relationship") or contact.in_words

    def _check_signing(self, found):
        signing = found.get("signing")
        if not signing:
            self.add_error("signing", "Choose how the patient signs.")
        elif signing == Signing.DRAWN and self.has_error("signature"):
            pass  # the field already has an error
        elif not found.get(REQUIRED_FOR_SIGNING[signing]):
            self.add_error(REQUIRED_FOR_SIGNING[signing], SENTENCES[signing])

    def as_kwargs(self):
        """The arguments of give_consent, without the fields of other ways of signing."""
        found = self.cleaned_data
        names = [
            "consent_id",
            "scope",
            "explained",
            "method",
            "guardian_name",
            "guardian_relationship",
            "judged_old_enough",
        ]
        kwargs = {name: found[name] for name in names}
        if found["method"] in Consent.SIGNED:
            required = REQUIRED_FOR_SIGNING[found["signing"]]
            kwargs |= {"signing": found["signing"], required: found[required]}
        if found["signing"] == Signing.DRAWN and "signature" in kwargs:
            kwargs["signed_name"] = found["signed_name"] or found["guardian_name"] or self.patient.full_name
        return kwargs


class PatientSigningForm(AgreementForm):
    """The same consent while the patient signs it on the tablet: only what they fill in is judged."""

    @property
    def signing_errors(self):
        return [name for name in SIGNING_FIELDS if name in self.errors]

    @property
    def agreed(self):
        """The regions that the therapist ticked, as text."""
        labels = dict(BodyRegion.choices)
        return ", ".join(labels[region].lower() for region in self["scope"].value() or () if region in labels)


class RefusalForm(AgreementForm):
    """The same page for a patient who declines: no field is required, and those of a consent are ignored."""

    is_refusal = True
    FIELDS = ["consent_id", "explained", "guardian_name", "guardian_relationship", "refusal_words", "offered_instead"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.required = name in ("consent_id", "form_id")

    def as_kwargs(self):
        """The arguments of record_refusal."""
        return {name: self.cleaned_data[name] for name in self.FIELDS}


class WithdrawalForm(forms.Form):
    reason = forms.CharField(
        label="Why the patient withdraws consent",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 500}),
        error_messages={"required": "Enter the reason, in the patient’s words if possible."},
    )
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
