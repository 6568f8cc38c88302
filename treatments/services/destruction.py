"""Destroy the record of a patient: one admin asks, another accepts, and somebody at the server carries it out."""

import re
from operator import attrgetter
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from patients.audit.recording import add_audit_entry
from patients.destroying import keys_of_parts
from patients.integrity.authorization import needs
from patients.integrity.changes import changes_between, field_values
from patients.integrity.proof import require_proof
from patients.models import Destruction, DestructionCertificate, Patient, TrailEntry
from patients.models.destruction import DECISION
from patients.permissions import may_ask_for_destructions, may_decide_destructions
from patients.services.destruction import delete_rows, delete_rows_naming, remove_from_trail
from patients.services.once import stored_before
from treatments.models import RetentionCase
from treatments.retention.certificates import certificate_seal
from treatments.retention.due import retention_of

from .destroyed_sums import keep_sums

Action = TrailEntry.Action
NAMES = ["given_name", "family_name", "preferred_name", "birth_name"]


@needs(may_ask_for_destructions)
@transaction.atomic
def ask_for_destruction(patient, *, by, reason, proof, id=None):
    """Ask that the record of a patient, with all that were merged into it, is destroyed; returns the Destruction.

    The page chooses `id`, so that a page sent twice asks once. `proof` says how `by` proved who they are. Raises
    ValidationError while the record must be kept, for a second request, and for a reason that is missing or names the
    patient, because it stays.
    """
    require_proof(proof)
    case = _locked(patient.pk)
    asked = Destruction(id=id or uuid4(), patient_key=case.pk, reason=reason.strip(), asked_by=by)
    same = attrgetter("patient_key", "reason", "asked_by_id")
    stored = stored_before(Destruction.objects.filter(pk=asked.pk), content_of=same, content=same(asked))
    if stored:
        return stored
    _retention(case)
    _refuse_names(case, reason, "reason")
    if Destruction.objects.open().filter(patient_key=case.pk).exists():
        raise ValidationError("The destruction of this record has already been asked for.", code="asked")
    asked.record_number, asked.asked_at, asked.proved_by_means = case.record_number, timezone.now(), proof
    asked.full_clean()
    asked.save(force_insert=True)
    # A Destruction has no foreign key to the patient, so the entry is told whose it is.
    add_audit_entry(Action.CREATE, by=by, patient=case, record=asked, changes=changes_between(None, asked))
    return asked


@needs(may_decide_destructions)
@transaction.atomic
def accept_destruction(destruction, *, by, proof, note=""):
    """Accept a destruction as the second admin; returns the Destruction. Nothing is destroyed yet.

    Raises ValidationError for the admin who asked, for a request that was decided, while the record must be kept, and
    for a note that names the patient.
    """
    require_proof(proof)
    destruction = _waiting(destruction)
    case = _locked(destruction.patient_key)
    _retention(case)
    return _decide(destruction, case, by=by, is_accepted=True, proof=proof, note=note)


@needs(may_decide_destructions)
@transaction.atomic
def refuse_destruction(destruction, *, by, note):
    """Refuse a destruction, or take one's own request back; returns the Destruction.

    Raises ValidationError for a request that was decided, and for a note that is missing or names the patient.
    """
    destruction = _waiting(destruction)
    if not note.strip():
        raise ValidationError({"note": "Say why the record is kept."})
    # It may have been merged into another record since, and even destroyed with that one.
    case = Patient.objects.filter(pk=destruction.patient_key).first()
    return _decide(destruction, case, by=by, is_accepted=False, proof="", note=note)


@needs(may_decide_destructions, allow_system=True)
@transaction.atomic
def carry_out_destruction(destruction, *, by=None):
    """Destroy the record of an accepted Destruction, for ever; returns the DestructionCertificate.

    The command `destroy_record` calls it, as the owner of the tables. All rows of the person's records are deleted,
    the entries of the audit trail lose their content, and what the sessions add to the summaries is kept without the
    person. Raises ValidationError if it was not accepted by a second admin in the last days, or if the record must be
    kept by now.
    """
    destruction = Destruction.objects.select_for_update().get(pk=destruction.pk)
    if not destruction.can_be_carried_out:
        raise ValidationError("A second admin must accept this destruction first, at most 30 days before.")
    case = _locked(destruction.patient_key)
    retention = _retention(case)
    records = Patient.objects.filter(Q(pk=case.pk) | Q(merged_into=case.pk)).order_by("pk")
    numbers = dict(sorted(records.values_list("pk", "record_number"), key=lambda pair: pair[0] != case.pk))
    parts = keys_of_parts(list(numbers))
    certificate = DestructionCertificate(
        id=uuid4(),
        number=(DestructionCertificate.objects.aggregate(last=Max("number"))["last"] or 0) + 1,
        destroyed_at=timezone.now(),
        record_number=case.record_number,
        record_numbers=list(numbers.values()),
        patient_keys=list(numbers),
        rule=f"{retention.rule.name}: {retention.rule.in_words}"[:300],
        last_entry_on=retention.last_entry_on,
        kept_until=retention.keep_until,
        counts={model._meta.label: len(keys) for model, keys in parts.items() if keys},
    )
    keep_sums(list(numbers))
    # From here on the database lets the rows of this record be deleted, until the certificate is stored.
    destruction.certificate_id = certificate.pk
    destruction.save(update_fields=["certificate"])
    _delete(parts, list(numbers))
    remove_from_trail(list(numbers), certificate)
    delete_rows(Patient, numbers)
    certificate.seal = certificate_seal(certificate, destruction)
    certificate.save(force_insert=True)
    add_audit_entry(
        Action.DELETE, by=by, record=destruction, changes=changes_between(None, certificate), note=str(certificate)
    )
    return certificate


def _delete(parts, patient_keys):
    for model, keys in [*parts.items(), (Patient, patient_keys)]:
        delete_rows_naming(model, keys)
    for model, keys in parts.items():
        delete_rows(model, keys)


def _locked(patient_key):
    """The RetentionCase of a record that stands for its person, locked. Raises ValidationError if there is none."""
    Patient.objects.lock_people([patient_key])
    case = RetentionCase.objects.registered().filter(pk=patient_key, merged_into=None).first()
    if case is None:
        raise ValidationError("There is no such record, or it was merged into another one.", code="no_record")
    return case


def _retention(case):
    """The Retention of a record that may be destroyed. Raises ValidationError with the reasons why it must be kept."""
    retention = retention_of([case], today=timezone.localdate())[case.pk]
    if not retention.may_be_destroyed:
        raise ValidationError([ValidationError(sentence, code="kept") for sentence in retention.obstacles])
    return retention


def _waiting(destruction):
    """The Destruction, locked. Raises ValidationError if it was decided."""
    destruction = Destruction.objects.select_for_update().get(pk=destruction.pk)
    if not destruction.is_waiting:
        raise ValidationError("This has already been decided. Reload the page.", code="decided")
    return destruction


def _decide(destruction, case, *, by, is_accepted, proof, note):
    _refuse_names(case, note, "note")
    before = field_values(destruction)
    destruction.decided_at, destruction.decided_by, destruction.is_accepted = timezone.now(), by, is_accepted
    destruction.decision_note, destruction.decision_proved_by_means = note.strip(), proof
    destruction.full_clean()
    destruction.save(update_fields=DECISION)  # the web application may change no other column
    changes = changes_between(before, destruction)
    add_audit_entry(Action.CHANGE, by=by, patient=case, record=destruction, changes=changes)
    return destruction


def _refuse_names(case, text, field):
    """Raise ValidationError if a text that outlives the record has a name of the patient as a word."""
    if case is None:
        return
    records = Patient.objects.filter(Q(pk=case.pk) | Q(merged_into=case.pk)).values_list(*NAMES)
    names = {word.casefold() for record in records for name in record for word in re.findall(r"\w+", name)}
    if names & set(re.findall(r"\w+", text.casefold())):
        raise ValidationError({field: "Do not name the patient: this text is kept after the record is destroyed."})
