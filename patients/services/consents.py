"""Record consents and refusals, withdraw a consent, and draft and publish versions of the form."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from patients.audit.recording import add_audit_entry
from patients.consents import GUARDIAN_UNDER, consent_hash, current_form, may_need_guardian, needs_guardian
from patients.integrity.authorization import needs
from patients.integrity.changes import changes_between, field_values
from patients.integrity.proof import require_proof
from patients.models import Consent, ConsentForm, Patient, TrailEntry
from patients.permissions import (
    may_draft_consent_forms,
    may_publish_consent_forms,
    may_record_consents,
    may_withdraw_consents,
)
from patients.precautions import precautions_for
from patients.services.once import record_once

Action = TrailEntry.Action
MAY_BE_TOO_YOUNG = (
    f"The birth date is not known well enough. Confirm that the patient is {GUARDIAN_UNDER} or older, or enter the"
    " parent or guardian who consents."
)


@needs(may_record_consents)
@transaction.atomic
def give_consent(patient, *, by, form, method, scope, **fields):
    """Record the consent that the patient or a guardian gave after `by` explained the treatment; return the Consent.

    `fields` are other fields of Consent, and `consent_id`: a consent that is sent twice with one id is stored once.
    Raises ValidationError, with the field where one is wrong. Raises OtherContent if the id belongs to a consent of
    another patient or to a refusal.
    """
    return _record(patient, explained_by=by, form=form, method=method, scope=list(scope), **fields)


@needs(may_record_consents)
@transaction.atomic
def record_refusal(patient, *, by, form, **fields):
    """Record that the patient declined after `by` explained the treatment; return the Consent with method "declined".

    From that day on, no needling is allowed. A refusal has no signature and no regions. `explained` lists the points
    that were explained before the patient declined. `fields` and errors are those of give_consent.
    """
    return _record(patient, explained_by=by, form=form, method=Consent.Method.DECLINED, scope=[], **fields)


def _record(patient, *, consent_id=None, given_at=None, **fields):
    patient = Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    key = {"pk": consent_id} if consent_id else {}
    consent = Consent(patient=patient, given_at=given_at or timezone.now(), **key, **fields)
    return record_once(consent, by=consent.explained_by, same=["patient_id", "is_declined"], prepare=_check_and_seal)


def _check_and_seal(consent):
    _refuse_answer(consent, consent.patient)
    if not consent.is_declined:
        _refuse_agreement(consent, consent.patient)
    consent.content_hash = consent_hash(consent)


def _refuse_answer(consent, patient):
    if sentence := patient.why_not_treatable:
        raise ValidationError(sentence)
    if consent.given_at > timezone.now():
        raise ValidationError("Consent cannot be given in the future.")
    if consent.form != current_form():
        raise ValidationError("There is a newer version of the form. Reload the page to read it.", code="stale")


def _refuse_agreement(consent, patient):
    day = timezone.localdate(consent.given_at)
    if not consent.scope:
        raise ValidationError({"scope": "Choose at least one region."})
    if missing := set(Consent.NEEDED_POINTS) - set(consent.explained):
        labels = [label for value, label in Consent.Point.choices if value in missing]
        raise ValidationError({"explained": f"Explain and tick these points too: {', '.join(labels)}."})
    if needs_guardian(patient, on=day) and not consent.guardian_name:
        raise ValidationError(
            {"guardian_name": f"Under {GUARDIAN_UNDER}, a parent or guardian must consent. Enter their name."}
        )
    if may_need_guardian(patient, on=day) and not (consent.guardian_name or consent.judged_old_enough):
        raise ValidationError({"judged_old_enough": MAY_BE_TOO_YOUNG})
    is_both = consent.method == Consent.Method.BOTH
    if not is_both and any(precaution.key == "pregnancy" for precaution in precautions_for(patient, on=day)):
        # A rule of this software without a clinical source.
        raise ValidationError({"method": "During pregnancy, consent must be in writing as well as spoken."})


@needs(may_withdraw_consents)
@transaction.atomic
def withdraw_consent(consent, *, by, reason, proof, withdrawn_at=None):
    """Withdraw a consent: from now on no needling is allowed. Raises ValidationError, also if it is withdrawn.

    `proof` says how `by` proved who they are, such as "PIN".
    """
    consent = Consent.objects.select_for_update().get(pk=consent.pk)
    if consent.is_declined:
        raise ValidationError("This is a refusal, so there is no consent to withdraw.")
    if consent.withdrawn_at:
        raise ValidationError("This consent has already been withdrawn.")
    if not reason.strip():
        raise ValidationError({"reason": "Enter the reason, in the patient’s words if possible."})
    require_proof(proof)
    before = field_values(consent)
    consent.withdrawn_at = withdrawn_at or timezone.now()
    consent.withdrawn_by = by
    consent.withdrawal_reason, consent.withdrawal_proved_by_means = reason.strip(), proof
    consent.full_clean()
    consent.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawal_reason", "withdrawal_proved_by_means"])
    add_audit_entry(Action.WITHDRAW, by=by, record=consent, changes=changes_between(before, consent))
    return consent


@needs(may_publish_consent_forms, allow_system=True)
@transaction.atomic
def publish_form(form, *, by, published_at=None):
    """Publish a draft: patients consent to this version from now on. `by` is None for the form in patients/data.

    Raises ValidationError if this or a newer version is published.
    """
    form = ConsentForm.objects.select_for_update().get(pk=form.pk)
    if form.published_at:
        raise ValidationError("This version is already published.")
    if ConsentForm.objects.published().filter(version__gt=form.version).exists():
        raise ValidationError("A newer version is already published. Write the next version instead.")
    before = field_values(form)
    form.published_at, form.published_by = published_at or timezone.now(), by
    form.full_clean()
    form.save()
    add_audit_entry(Action.CHANGE, by=by, record=form, changes=changes_between(before, form))
    return form


@needs(may_draft_consent_forms)
@transaction.atomic
def draft_form(*, by, **fields):
    """Add the next version of the form as a draft. It can be edited until it is published."""
    newest = ConsentForm.objects.newest_first().first()
    form = ConsentForm(version=newest.version + 1 if newest else 1, **fields)
    form.full_clean()
    form.save()
    add_audit_entry(Action.CREATE, by=by, record=form, changes=changes_between(None, form))
    return form
