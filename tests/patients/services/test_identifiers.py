"""National and insurance numbers, and names by which a patient is also known."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from patients.models import PatientIdentifier, TrailEntry
from patients.models.identifier import KINDS
from patients.search import find_patients
from patients.services import record_identifier, remove_identifier, update_patient
from tests.people import make_patient

pytestmark = pytest.mark.both_engines

NHS = "943 476 5919"


@pytest.fixture
def ruth(front_desk):
    return make_patient(by=front_desk)


@pytest.mark.parametrize(
    ("kind", "typed", "stored"),
    [
        ("gb-nhs", NHS, "9434765919"),
        ("ie-pps", "6433435F", "6433435F"),
        ("nl-bsn", "111222333", "111222333"),
        ("it-cf", "rccmnl83s18d969h", "RCCMNL83S18D969H"),
        ("ch-ahv", "756.9217.0769.85", "7569217076985"),
        ("insurance", "ab 12-34", "AB1234"),
        ("se-pnr", "811228-9874", "198112289874"),
        ("se-pnr", "19811228 9874", "198112289874"),
        ("fi-hetu", "131052-308t", "131052-308T"),  # the sign is the century
    ],
)
def test_a_number_is_stored_in_one_form(kind, typed, stored):
    assert KINDS[kind].stored(typed) == stored


@pytest.mark.parametrize(
    ("kind", "typed", "why"),
    [
        ("gb-nhs", "943 476 5918", "check digit does not match"),
        ("gb-nhs", "943", "too few"),
        ("gb-nhs", "943 476 591x", "not the format"),
        ("insurance", " - ", "Enter the number"),
    ],
)
def test_a_wrong_number_gets_a_sentence(kind, typed, why):
    with pytest.raises(ValidationError, match=why):
        KINDS[kind].stored(typed)


@pytest.mark.parametrize(
    ("kind", "number", "typed"),
    [
        ("gb-nhs", NHS, NHS),
        ("ie-pps", "6433435F", "6433435f"),
        ("se-pnr", "198112289874", "811228-9874"),
        ("fi-hetu", "131052-308T", "131052-308T"),
    ],
)
def test_a_patient_is_found_by_a_number_until_it_is_removed(ruth, front_desk, kind, number, typed):
    identifier = record_identifier(ruth, by=front_desk, kind=kind, number=number)

    assert find_patients(typed) == [ruth]
    remove_identifier(identifier, by=front_desk)
    assert find_patients(typed) == []


def test_a_number_belongs_to_one_patient(ruth, front_desk):
    other = make_patient(by=front_desk, given_name="Paul", family_name="Miller")
    identifier = record_identifier(ruth, by=front_desk, kind="gb-nhs", number=NHS)

    with pytest.raises(ValidationError, match=f"{ruth.record_number} already has this number"):
        record_identifier(other, by=front_desk, kind="gb-nhs", number=NHS)
    with pytest.raises(IntegrityError), transaction.atomic():
        PatientIdentifier.objects.create(
            patient=other,
            kind="gb-nhs",
            identifier_number="9434765919",
            recorded_at=identifier.recorded_at,
            recorded_by=front_desk,
        )


def test_a_number_is_removed_but_never_changed_or_deleted(ruth, front_desk):
    identifier = record_identifier(ruth, by=front_desk, kind="gb-nhs", number=NHS)
    rows = PatientIdentifier.objects.filter(pk=identifier.pk)

    for change in ({"identifier_number": "4010232137"}, {"kind": "other", "issuer": "x"}, {"recorded_by": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**change)
    with pytest.raises(IntegrityError, match="identifier_frozen"), transaction.atomic():
        rows._raw_delete("default")
    remove_identifier(identifier, by=front_desk)
    with pytest.raises(IntegrityError, match="identifier_removed_frozen"), transaction.atomic():
        rows.update(removed_at=None, removed_by=None)


def test_an_insurance_number_needs_the_insurer(ruth, front_desk):
    with pytest.raises(ValidationError, match="who issued the number"):
        record_identifier(ruth, by=front_desk, kind="insurance", number="AB 12")


def test_the_trail_has_only_the_last_characters(ruth, front_desk):
    record_identifier(ruth, by=front_desk, kind="gb-nhs", number=NHS)

    changes = TrailEntry.objects.get(record_type="patientidentifier").changes
    assert changes["identifier_number"] == [None, "…919"]
    assert "9434765919" not in str(changes)


def test_the_page_records_a_number_and_keeps_what_was_typed_wrongly(client, front_desk, ruth):
    client.force_login(front_desk)
    url = f"/patients/{ruth.pk}/numbers/"

    id = client.get(url).context["form"]["id"].value()
    refused = client.post(url, {"kind": "gb-nhs", "number": "943 476 5918", "id": id})
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["number"])
    assert "943 476 5918" in refused.text

    client.post(url, {"kind": "gb-nhs", "number": NHS, "id": id})
    recorded = ruth.identifiers.in_use().get()
    client.post(url, {"remove": recorded.pk})
    assert not ruth.identifiers.in_use().exists()


def test_a_patient_is_found_by_the_name_at_birth(ruth, front_desk):
    update_patient(ruth, by=front_desk, birth_name="Okonjo")

    assert find_patients("okonjo") == [ruth]
    assert find_patients("ruth okonjo 14/3/79") == [ruth]
    assert ruth.born_on == date(1979, 3, 14)
