"""National and insurance numbers, and next of kin, in columns of an imported file."""

import pytest

from patients.importing.kinds import LATER, NEW, SAME
from patients.models import Patient, PatientContact, PatientIdentifier, TrailEntry
from patients.search import find_patients
from patients.services import record_identifier, remove_identifier
from tests import people

from .test_imports import choose, decide_all_doubts, page, upload

pytestmark = pytest.mark.both_engines

NHS = "943 476 5919"
HEADER = "Surname,First name,Date of birth,NHS number,Next of kin,Next of kin name,NOK phone\n"
FILE = f"""{HEADER}Adeyemi,Ruth,1979-03-14,{NHS},,Femi Adeyemi,07700 900418
Wilk,Ada,1988-01-02,943 476 5918,,,
Boyle,Sean,1990-05-06,,,,
"""
KIND = "identifier_kind"


@pytest.fixture(autouse=True)
def site(db):
    return people.make_site()


def undo(client, file_import):
    return client.post(file_import.get_absolute_url(), {"undo_reason": "An old file"})


def test_the_kind_is_chosen_once_and_a_wrong_check_digit_is_a_doubt(signed_in):
    file_import = upload(signed_in, FILE)

    assert "Choose the kind of the national or insurance numbers." in page(signed_in, file_import).text
    choose(signed_in, file_import, **{KIND: "gb-nhs"})
    checked = page(signed_in, file_import)
    (doubt,) = checked.context["form"].doubts()
    assert (doubt[0], doubt[1], doubt[4]) == ("National or insurance number", "943 476 5918", 1)
    assert "check digit does not match" in doubt[2]
    decide_all_doubts(signed_in, file_import, "empty")
    choose(signed_in, file_import, store=True)

    ruth, ada = Patient.objects.get(given_name="Ruth"), Patient.objects.get(given_name="Ada")
    assert find_patients(NHS) == [ruth]
    assert not ada.identifiers.exists()
    contact = ruth.contacts.get()
    assert (str(contact), contact.phone) == ("Femi Adeyemi, next of kin or partner", "+44 7700 900418")
    assert (contact.can_consent, contact.told_about) == (False, "nothing")
    recorded = TrailEntry.objects.get(record_type="patientidentifier")
    assert (recorded.patient, recorded.changes["identifier_number"]) == (ruth, [None, "…919"])


def test_an_undo_removes_the_numbers_and_ends_the_contacts(signed_in, admin):
    file_import = upload(signed_in, FILE)
    choose(signed_in, file_import, **{KIND: "gb-nhs"})
    decide_all_doubts(signed_in, file_import, "empty")
    choose(signed_in, file_import, store=True)

    undo(signed_in, file_import)

    file_import.refresh_from_db()
    assert file_import.undone_by == admin
    assert PatientIdentifier.objects.get().removed_by == admin
    assert PatientContact.objects.get().ended_by == admin
    other = people.make_patient(by=admin, given_name="Paul", family_name="Miller")
    record_identifier(other, by=admin, kind="gb-nhs", number=NHS)  # the number is free again
    again = upload(signed_in, FILE)
    assert page(signed_in, again).status_code == 200


def test_a_number_that_somebody_removed_since_prevents_the_undo(signed_in, admin):
    file_import = upload(signed_in, FILE)
    choose(signed_in, file_import, **{KIND: "gb-nhs"})
    decide_all_doubts(signed_in, file_import, "empty")
    choose(signed_in, file_import, store=True)
    remove_identifier(PatientIdentifier.objects.get(), by=admin)

    refused = undo(signed_in, file_import)

    assert refused.status_code == 422
    assert "Somebody changed the details" in refused.text


def numbered(client, admin, decision):
    """A file with the number of a patient of the register who has another name, with this decision about the pair."""
    holder = people.make_patient(by=admin, given_name="Rita", family_name="Okonjo")
    record_identifier(holder, by=admin, kind="gb-nhs", number=NHS)
    file_import = upload(client, f"Surname,First name,Date of birth,NHS no\nMiller,Paul,1990-01-02,{NHS}\n")
    choose(client, file_import, **{KIND: "gb-nhs"})
    (row,) = page(client, file_import).context["plan"].pairs
    assert [(each.record, each.why) for each in row.candidates] == [
        (holder, "the same NHS number (England, Wales)"),
    ]
    choose(client, file_import, **{f"pair-{row.number}": f"{decision}:{holder.pk}" if decision != NEW else NEW})
    return holder, file_import


def test_a_patient_with_the_same_number_is_shown_beside_the_row(signed_in, admin):
    holder, file_import = numbered(signed_in, admin, SAME)

    choose(signed_in, file_import, store=True)

    assert Patient.objects.get() == holder
    assert PatientIdentifier.objects.count() == 1


def test_nobody_else_gets_the_number_of_a_registered_patient(signed_in, admin):
    holder, file_import = numbered(signed_in, admin, NEW)

    refused = choose(signed_in, file_import, store=True)

    assert refused.status_code == 422
    assert f"{holder.record_number} already has this national or insurance number" in page(signed_in, file_import).text
    assert Patient.objects.count() == 1


def test_a_pair_to_be_merged_later_leaves_the_number_with_its_holder(signed_in, admin):
    holder, file_import = numbered(signed_in, admin, LATER)

    choose(signed_in, file_import, store=True)

    assert Patient.objects.count() == 2
    assert PatientIdentifier.objects.get().patient == holder


def test_a_registered_patient_gets_the_number_of_the_file_and_loses_it_with_the_undo(signed_in, admin):
    ruth = people.make_patient(by=admin)
    file_import = upload(signed_in, f"{HEADER}Adeyemi,Ruth,1979-03-14,{NHS},,Femi Adeyemi,\n")
    choose(signed_in, file_import, **{KIND: "gb-nhs"})
    choose(signed_in, file_import, **{"pair-2": f"{SAME}:{ruth.pk}"})
    choose(signed_in, file_import, store=True)
    assert find_patients(NHS) == [ruth]
    assert ruth.contacts.current().exists()

    undo(signed_in, file_import)

    assert find_patients(NHS) == []
    assert not ruth.contacts.current().exists()
    assert Patient.objects.get().is_active


def test_two_rows_with_one_number_cannot_both_be_stored(signed_in):
    rows = f"Miller,Paul,1990-01-02,{NHS}\nWilk,Ada,1988-01-02,{NHS}\n"
    file_import = upload(signed_in, f"Surname,First name,Date of birth,NHS no\n{rows}")
    choose(signed_in, file_import, **{KIND: "gb-nhs"})

    assert "the same national or insurance number as in row 2" in page(signed_in, file_import).text


def test_insurance_numbers_need_the_insurer(signed_in):
    file_import = upload(signed_in, "Surname,First name,Date of birth,Insurance no\nMiller,Paul,1990-01-02,ab 12-34\n")
    choose(signed_in, file_import, **{KIND: "insurance"})
    assert "Enter who issued the numbers, such as the insurer." in page(signed_in, file_import).text

    choose(signed_in, file_import, identifier_issuer="Aviva")
    choose(signed_in, file_import, store=True)

    identifier = PatientIdentifier.objects.get()
    assert (identifier.issuer, identifier.identifier_number) == ("Aviva", "AB1234")


def test_a_phone_without_a_name_is_a_doubt(signed_in):
    file_import = upload(signed_in, "Surname,First name,Date of birth,NOK phone\nMiller,Paul,1990-01-02,07700 900418\n")

    assert "no name of the next of kin" in page(signed_in, file_import).text
