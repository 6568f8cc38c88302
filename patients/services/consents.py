"""Agree, decline, take a consent back, and publish the form that is agreed to."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from patients.audit.recording import record_trail
from patients.consents import GUARDIAN_UNDER, consent_hash, current_form, needs_guardian
from patients.integrity.authorization import needs
from patients.integrity.changes import differences, state_of
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


@needs(may_record_consents)
@transaction.atomic
def give_consent(patient, *, by, form, method, scope, **fields):
    """Keep what the patient, or a guardian, agreed to after `by` explained it. Agreeing twice with one id agrees once.

    Raises ValidationError, by field where one is to blame, and OtherContent when the id is that of another patient's
    consent or of a refusal. `fields` are the other fields of Consent, and its id as
    `consent_id`.
    """
    return _keep(patient, explained_by=by, form=form, method=method, scope=list(scope), **fields)


@needs(may_record_consents)
@transaction.atomic
def record_refusal(patient, *, by, form, **fields):
    """Keep an informed refusal: told by `by`, the patient declines. From its day on nothing may be needled.

    Nobody signs it, and no region is needed; `explained` are the points that were explained before the patient
    declined, all or some. Recording it twice with one id records it once. Raises ValidationError like give_consent.
    """
    return _keep(patient, explained_by=by, form=form, method=Consent.Method.DECLINED, scope=[], **fields)


def _keep(patient, *, consent_id=None, given_at=None, **fields):
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
        raise ValidationError("There is a newer version of the form. Read that one together.", code="stale")


def _refuse_agreement(consent, patient):
    day = timezone.localdate(consent.given_at)
    if not consent.scope:
        raise ValidationError({"scope": "Choose at least one region."})
    if lacking := set(Consent.NEEDED_POINTS) - set(consent.explained):
        labels = [label for value, label in Consent.Point.choices if value in lacking]
        raise ValidationError({"explained": f"Explain this too, and tick it: {', '.join(labels)}."})
    if needs_guardian(patient, on=day) and not consent.guardian_name:
        raise ValidationError(
            {"guardian_name": f"Under {GUARDIAN_UNDER} a parent or guardian consents. Give the name."}
        )
    if consent.method == Consent.Method.VERBAL and _is_pregnant(patient, day):
        # [@goldfields-hub], contraindications.
        raise ValidationError({"method": "In pregnancy consent is given in writing as well as spoken."})


def _is_pregnant(patient, day):
    return any(precaution.key == "pregnancy" for precaution in precautions_for(patient, on=day))


@needs(may_withdraw_consents)
@transaction.atomic
def withdraw_consent(consent, *, by, reason, withdrawn_at=None):
    """The patient no longer agrees: from now on nothing may be needled. Refused when it is so already."""
    consent = Consent.objects.select_for_update().get(pk=consent.pk)
    if consent.is_declined:
        raise ValidationError("This is a refusal. There is no consent to withdraw.")
    if consent.withdrawn_at:
        raise ValidationError("This consent was withdrawn already.")
    if not reason.strip():
        raise ValidationError({"reason": "Say why, in the patient’s words if you can."})
    before = state_of(consent)
    consent.withdrawn_at = withdrawn_at or timezone.now()
    consent.withdrawn_by = by
    consent.withdrawal_reason = reason.strip()
    consent.full_clean()
    consent.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawal_reason"])
    record_trail(Action.WITHDRAW, by=by, record=consent, changes=differences(before, consent))
    return consent


@needs(may_publish_consent_forms, allow_system=True)
@transaction.atomic
def publish_form(form, *, by, published_at=None):
    """From now on patients agree to this version; it never changes again. `by` is None for the form of the file."""
    form = ConsentForm.objects.select_for_update().get(pk=form.pk)
    if form.published_at:
        raise ValidationError("This version is published already.")
    if ConsentForm.objects.published().filter(version__gt=form.version).exists():
        raise ValidationError("A newer version is published already. Write the next one.")
    before = state_of(form)
    form.published_at, form.published_by = published_at or timezone.now(), by
    form.full_clean()
    form.save()
    record_trail(Action.CHANGE, by=by, record=form, changes=differences(before, form))
    return form


@needs(may_draft_consent_forms)
@transaction.atomic
def draft_form(*, by, **fields):
    """The next version of the form, to be edited until it is published."""
    newest = ConsentForm.objects.newest_first().first()
    form = ConsentForm(version=newest.version + 1 if newest else 1, **fields)
    form.full_clean()
    form.save()
    record_trail(Action.CREATE, by=by, record=form, changes=differences(None, form))
    return form
