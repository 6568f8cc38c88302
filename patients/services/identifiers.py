"""Record and remove national and insurance numbers of patients."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs
from patients.integrity.changes import changes_between, field_values
from patients.models import Patient, PatientIdentifier, TrailEntry
from patients.models.identifier import KINDS, patients_with_numbers
from patients.permissions import may_record_identifiers, may_remove_identifiers

from .once import record_once

FROM_PAGE = ("patient_id", "kind", "issuer", "identifier_number")


@needs(may_record_identifiers)
@transaction.atomic
def record_identifier(patient, *, by, kind, number, issuer="", id=None):
    """Record a number of this kind, one of KINDS, and return the PatientIdentifier.

    The page chooses `id`, so that a page sent twice records once. Raises ValidationError, with the field where one is
    wrong, also if another patient has the number.
    """
    patient = Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    known = KINDS[kind]
    try:
        number = known.stored(number)
    except ValidationError as refusal:
        raise ValidationError({"number": refusal.messages}) from None
    if known.needs_issuer and not issuer.strip():
        raise ValidationError({"issuer": "Enter who issued the number, such as the insurer."})
    identifier = PatientIdentifier(
        **({"id": id} if id else {}),
        patient=patient,
        kind=kind,
        issuer=issuer.strip() if known.needs_issuer else "",
        identifier_number=number,
        recorded_at=timezone.now(),
        recorded_by=by,
    )
    return record_once(identifier, by=by, same=FROM_PAGE, prepare=_refuse_number_of_another)


@needs(may_record_identifiers)
@transaction.atomic
def record_imported_identifiers(numbers, *, by):
    """Record many numbers of a file: each (id, patient, ImportedNumber). Returns the PatientIdentifiers.

    Raises ValidationError, and records none, if a patient of the register has one of the numbers.
    """
    identifiers = [
        PatientIdentifier(
            pk=id,
            patient=patient,
            kind=number.kind,
            issuer=number.issuer,
            identifier_number=number.number,
            recorded_at=timezone.now(),
            recorded_by=by,
        )
        for id, patient, number in numbers
    ]
    if holders := patients_with_numbers([number for _, _, number in numbers]):
        taken = ", ".join(sorted(patient.record_number for patient in holders.values()))
        raise ValidationError(f"Patients of the register have numbers of this file: {taken}. Check the rows again.")
    PatientIdentifier.objects.bulk_create(identifiers, batch_size=500)
    for identifier in identifiers:
        changes = changes_between(None, identifier)
        add_audit_entry(TrailEntry.Action.CREATE, by=by, record=identifier, changes=changes)
    return identifiers


@needs(may_remove_identifiers)
@transaction.atomic
def remove_identifier(identifier, *, by):
    """Remove a number that was wrong or is no longer the patient's; returns the PatientIdentifier. The row stays."""
    identifier = PatientIdentifier.objects.select_for_update().get(pk=identifier.pk)
    if identifier.removed_at:
        return identifier
    before = field_values(identifier)
    identifier.removed_at, identifier.removed_by = timezone.now(), by
    identifier.save(update_fields=["removed_at", "removed_by"])
    add_audit_entry(TrailEntry.Action.WITHDRAW, by=by, record=identifier, changes=changes_between(before, identifier))
    return identifier


def _refuse_number_of_another(identifier):
    """Name the patient who has the number. A number that was entered wrongly is removed there first."""
    same = PatientIdentifier.objects.in_use().filter(
        kind=identifier.kind, issuer__iexact=identifier.issuer, identifier_number=identifier.identifier_number
    )
    if other := same.select_related("patient__merged_into").first():
        number = other.patient.surviving.record_number
        whose = "This patient" if other.patient.person_id == identifier.patient.person_id else f"Patient {number}"
        raise ValidationError({"number": f"{whose} already has this number."})
