"""Next of kin, parents, guardians and carers: what is recorded, who may change it, and what stays."""

import uuid

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from patients.contacts import contacts_by_patient
from patients.models import Patient, PatientContact, TrailEntry
from patients.services import (
    ask_for_merge,
    change_contact,
    end_contact,
    record_contact,
    register_patient,
    undo_merge,
)
from patients.services.contacts import StaleContact
from tests import people
from tests.patients.services.test_merges import confirm

pytestmark = pytest.mark.both_engines

MOTHER = {
    "name": "Ola Mensah",
    "relationship": "parent",
    "relationship_words": "mother",
    "phone": "020 7946 0123",
    "can_consent": True,
    "told_about": "health",
}


@pytest.fixture(autouse=True)
def site(db):
    """Phone numbers are read as those of its country."""
    return people.make_site()


@pytest.fixture
def mother(patient, front_desk):
    return record_contact(patient, by=front_desk, **MOTHER)


def test_a_contact_is_recorded_with_its_entry_in_the_trail(mother, patient, front_desk):
    entry = TrailEntry.objects.get(record_type="patientcontact")

    assert str(mother) == "Ola Mensah, mother"
    assert (mother.phone, mother.recorded_by) == ("+44 20 7946 0123", front_desk)
    assert (entry.action, entry.patient, entry.by) == ("create", patient, front_desk)
    assert entry.changes["name"] == [None, "Ola Mensah"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": "  "}, "name"),
        ({"relationship": "uncle"}, "relationship"),
        ({"told_about": ""}, "told_about"),
        ({"told_about": "visits"}, "told_about"),  # nobody consents who is not told about health
        ({"phone": "020 7946 0123, 020 7946 0124"}, "phone"),
        ({"email": "ola at example.org"}, "email"),
    ],
)
def test_a_wrong_detail_gets_a_sentence_beside_its_field(patient, front_desk, fields, field):
    with pytest.raises(ValidationError) as refusal:
        record_contact(patient, by=front_desk, **(MOTHER | fields))

    assert list(refusal.value.error_dict) == [field]
    assert not PatientContact.objects.exists()


def test_a_detail_is_corrected_and_a_stale_correction_is_refused(mother, front_desk):
    change_contact(mother, by=front_desk, phone="020 7946 0999")

    with pytest.raises(StaleContact):
        change_contact(mother, by=front_desk, phone="020 7946 0111")
    entry = TrailEntry.objects.filter(record_type="patientcontact", action="change").get()
    assert entry.changes == {"phone": ["+44 20 7946 0123", "+44 20 7946 0999"]}


def test_a_contact_that_has_ended_stays_as_it_was(mother, patient, front_desk, physiotherapist):
    ended = end_contact(mother, by=physiotherapist)

    assert end_contact(mother, by=front_desk).ended_by == physiotherapist
    assert (ended.ended_by, list(patient.contacts.current())) == (physiotherapist, [])
    with pytest.raises(StaleContact, match="has ended"):
        change_contact(ended, by=front_desk, name="Ola Boateng")
    for change in ({"name": "Ola Boateng"}, {"ended_at": None, "ended_by": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            PatientContact.objects.filter(pk=ended.pk).update(**change)


def test_nobody_deletes_a_contact_or_changes_who_recorded_it(mother, physiotherapist):
    with pytest.raises(IntegrityError), transaction.atomic():
        PatientContact.objects.filter(pk=mother.pk)._raw_delete("default")
    with pytest.raises(IntegrityError), transaction.atomic():
        PatientContact.objects.filter(pk=mother.pk).update(recorded_by=physiotherapist)
    with pytest.raises(IntegrityError), transaction.atomic():
        PatientContact.objects.filter(pk=mother.pk).update(told_about="visits")


def test_whoever_may_consent_is_listed_first_until_the_contact_ends(patient, front_desk):
    neighbour = record_contact(patient, by=front_desk, name="Jo", relationship="other", told_about="nothing")
    mother = record_contact(patient, by=front_desk, **MOTHER)

    assert contacts_by_patient([patient]) == {patient.pk: [mother, neighbour]}
    end_contact(mother, by=front_desk)
    assert contacts_by_patient([patient]) == {patient.pk: [neighbour]}


def test_a_merge_moves_contacts_and_its_undo_moves_them_back(patient, front_desk, physiotherapist):
    other = people.make_patient(by=front_desk, given_name="Rut")
    contact = record_contact(other, by=front_desk, **MOTHER)
    ended = end_contact(record_contact(other, by=front_desk, **(MOTHER | {"name": "Kofi"})), by=front_desk)
    merge = ask_for_merge(patient, other, by=front_desk, reason="Registered twice")

    merge = confirm(merge, physiotherapist)
    moved = set(PatientContact.objects.filter(patient__record=patient.pk))
    assert moved == {contact, ended}
    undo_merge(merge, by=physiotherapist, reason="They are twins", proof="PIN")
    assert set(PatientContact.objects.filter(patient__record=other.pk)) == moved


def test_a_registration_with_a_contact_that_is_sent_twice_records_one_of_each(front_desk):
    page = {
        "given_name": "Tom",
        "family_name": "Mensah",
        "born_on": "2018-05-01",
        "registration_token": uuid.uuid4(),
        "contact": MOTHER,
    }

    for _ in range(2):
        tom = register_patient(by=front_desk, **page)
    register_patient(by=front_desk, **(page | {"contact": MOTHER | {"name": "Kofi Mensah"}}))

    assert Patient.objects.get() == tom
    assert [contact.name for contact in tom.contacts.all()] == ["Ola Mensah", "Kofi Mensah"]


def test_a_registration_with_a_wrong_contact_stores_neither(front_desk):
    with pytest.raises(ValidationError):
        people.make_patient(by=front_desk, contact=MOTHER | {"name": ""})

    assert not Patient.objects.exists()
