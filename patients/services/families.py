"""Link patients who are relatives of each other, and unlink them."""

from uuid import uuid4

from django.core.exceptions import ValidationError
from django.db import transaction

from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs
from patients.integrity.changes import changes_between, field_values
from patients.models import Patient, TrailEntry
from patients.permissions import may_change_patients


@needs(may_change_patients)
@transaction.atomic
def link_family(patient, relative, *, by):
    """Record that two patients are of the same family. Two families that are linked become one. Returns the patient.

    Linking relatives again changes nothing. Raises ValidationError for a patient and themselves, and for a record that
    was merged into another one.
    """
    if patient.pk == relative.pk:
        raise ValidationError("Choose another patient: nobody is their own relative.", code="same")
    patient, relative = _locked_in_order(patient, relative)
    for one in (patient, relative):
        if one.merged_into_id:
            raise ValidationError(f"{one.name}: {one.why_not_treatable}", code="merged")
    if patient.family and patient.family == relative.family:
        return patient
    family = patient.family or relative.family or uuid4()
    if patient.family and relative.family:
        joining = Patient.objects.select_for_update(no_key=True).filter(family=relative.family).order_by("pk")
    else:
        joining = [one for one in (patient, relative) if one.family is None]
    for member in joining:
        _set_family(member, family, by=by)
    return Patient.objects.get(pk=patient.pk)


@needs(may_change_patients)
@transaction.atomic
def leave_family(patient, *, by):
    """Record that a patient is not of the family after all. A family of one is none. Returns the patient.

    The relatives stay linked to each other.
    """
    family = patient.family
    members = (
        list(Patient.objects.select_for_update(no_key=True).filter(family=family).order_by("pk")) if family else []
    )
    leaving = [member for member in members if member.pk == patient.pk]
    if leaving and len(members) == 2:
        leaving = members
    for member in leaving:
        _set_family(member, None, by=by)
    return Patient.objects.get(pk=patient.pk)


def family_of(relative, *, by):
    """The id of a patient's family, which begins with the first relative."""
    relative = Patient.objects.select_for_update(no_key=True).get(pk=relative.pk)
    if relative.family is None:
        _set_family(relative, uuid4(), by=by)
    return relative.family


def _locked_in_order(*patients):
    """The stored rows, locked in the order of their keys, so that two users who link the same two do not deadlock."""
    pks = [patient.pk for patient in patients]
    rows = {row.pk: row for row in Patient.objects.select_for_update(no_key=True).filter(pk__in=pks).order_by("pk")}
    return [rows[pk] for pk in pks]


def _set_family(patient, family, *, by):
    before = field_values(patient)
    patient.family = family
    patient.save(update_fields=["family"])
    add_audit_entry(TrailEntry.Action.CHANGE, by=by, record=patient, changes=changes_between(before, patient))
