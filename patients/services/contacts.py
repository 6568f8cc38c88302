"""Record, correct and end the contacts of patients: next of kin, parents, guardians and carers."""

from uuid import uuid5

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from patients.audit.recording import add_audit_entry
from patients.contacts import DETAILS, checked_contact
from patients.integrity.authorization import needs
from patients.integrity.changes import changes_between, field_values
from patients.models import Patient, PatientContact, TrailEntry
from patients.permissions import may_change_contacts, may_record_contacts

from .once import OtherContent, record_once


class StaleContact(ValidationError):
    """Somebody else changed the contact after the caller read it."""


@needs(may_record_contacts)
@transaction.atomic
def record_contact(patient, *, by, id=None, phone_country="", **details):
    """Record a contact of a patient and return the PatientContact.

    `details` are fields of PatientContact, those of DETAILS. `phone_country` is the country of phone numbers without a
    country code, as two letters; without it, the country follows from the sites and the user. The page chooses `id`,
    so that a page sent twice records once. Raises ValidationError, with the fields that are wrong.
    """
    patient = Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    contact = checked_contact(by=by, phone_country=phone_country, **details)
    contact.patient, contact.pk = patient, id or contact.pk
    contact.recorded_at, contact.recorded_by = timezone.now(), by
    return record_once(contact, by=by, same=("patient_id", *DETAILS))


def record_first_contact(patient, *, by, registration_token, phone_country="", **details):
    """Record the contact that was typed on the page of the registration; returns the PatientContact.

    The page sent twice records once. With other details, as after going back in the browser, it records another one.
    """
    known = {"by": by, "phone_country": phone_country, **details}
    try:
        return record_contact(patient, id=registration_token and uuid5(registration_token, "contact"), **known)
    except OtherContent:
        return record_contact(patient, **known)


@needs(may_record_contacts)
@transaction.atomic
def record_imported_contact(patient, *, by, id, name, phone, phone_country):
    """Record the next of kin of a file, of whom nothing more is known; returns the PatientContact."""
    details = {"name": name, "phone": phone, "relationship": PatientContact.Relationship.NEXT_OF_KIN}
    details |= {"relationship_words": "", "email": "", "can_consent": False, "notes": ""}
    told = PatientContact.ToldAbout.NOTHING
    return record_contact(patient, by=by, id=id, phone_country=phone_country, told_about=told, **details)


@needs(may_change_contacts)
@transaction.atomic
def change_contact(contact, *, by, phone_country="", **details):
    """Correct details of a contact; returns the PatientContact. Raises ValidationError, with the fields that are wrong.

    `contact` is the row as the caller read it: raises StaleContact if one of these details has changed since, or if
    the contact has ended.
    """
    seen, contact = contact, PatientContact.objects.select_for_update(of=["self"]).get(pk=contact.pk)
    if contact.ended_at:
        raise StaleContact("This contact has ended and cannot be changed. Record a new one.", code="ended")
    if any(getattr(seen, name) != getattr(contact, name) for name in details):
        raise StaleContact("Somebody changed this contact after you opened it. Nothing was saved.", code="stale")
    before = field_values(contact)
    stored = {name: getattr(contact, name) for name in DETAILS}
    checked = checked_contact(by=by, phone_country=phone_country, known_phone=contact.phone, **stored | details)
    for name in details:
        setattr(contact, name, getattr(checked, name))
    contact.full_clean()
    contact.save(update_fields=list(details))
    add_audit_entry(TrailEntry.Action.CHANGE, by=by, record=contact, changes=changes_between(before, contact))
    return contact


@needs(may_change_contacts)
@transaction.atomic
def end_contact(contact, *, by):
    """Record that somebody is no longer a contact of the patient; returns the PatientContact. The row stays."""
    contact = PatientContact.objects.select_for_update(of=["self"]).get(pk=contact.pk)
    if contact.ended_at:
        return contact
    before = field_values(contact)
    contact.ended_at, contact.ended_by = timezone.now(), by
    contact.save(update_fields=["ended_at", "ended_by"])
    add_audit_entry(TrailEntry.Action.WITHDRAW, by=by, record=contact, changes=changes_between(before, contact))
    return contact
