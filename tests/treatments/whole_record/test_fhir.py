"""The whole record as FHIR R4: every row is there, every resource is valid, and every reference leads somewhere."""

import json
import uuid
from datetime import date

import pytest
from django.db import transaction
from django.utils import timezone
from fhir.resources.R4B import get_fhir_model_class

from patients.models import Patient, PatientContact
from patients.models.birth import BirthDate
from treatments.models import Amendment, Measurement, Needling
from treatments.services import amend_session, mark_in_error
from treatments.whole_record.fhir import people
from treatments.whole_record.fhir.building import LOCAL, Builder, url_of
from treatments.whole_record.fhir.bundle import RESOURCES, WITHOUT_RESOURCE, bundle_of
from treatments.whole_record.fhir.needling import UNITS
from treatments.whole_record.fhir.summary import summary_of
from treatments.whole_record.kinds import kinds

PARTS = {Measurement: ("before", "after")}


def references_in(value):
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        for part in value.values():
            yield from references_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from references_in(part)


def check(bundle):
    """Every resource is valid, has an id of its own, and refers only to resources of the bundle."""
    urls = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(urls) == len(set(urls))
    for entry in bundle["entry"]:
        get_fhir_model_class(entry["resource"]["resourceType"]).model_validate(entry["resource"])
    assert set(references_in(bundle)) <= set(urls)
    return {entry["fullUrl"]: entry["resource"] for entry in bundle["entry"]}


@pytest.fixture(scope="module")
def bundle(kept_clinic_fixture, django_db_blocker):
    """The bundle of a patient with something of every kind, and the rows that are in it."""
    made = kept_clinic_fixture
    with django_db_blocker.unblock(), transaction.atomic():
        amended = {"text": "It was the left side.", "reason": "Typed wrong", "proof": "PIN", "id": uuid.uuid4()}
        amend_session(made.sessions[0], by=made.physiotherapist, **amended)
        score = made.patient.outcome_scores.current().first()
        mark_in_error(score, by=score.recorded_by, reason="Of somebody else", proof="PIN")
        found = json.loads(b"".join(bundle_of(made.patient, made_at=timezone.now())))
        found["rows"] = [row for kind in kinds() for row in kind.rows_with_links(made.patient)]
        transaction.set_rollback(True)
    return found


def test_every_row_of_the_record_is_a_resource(bundle):
    resources = check({name: part for name, part in bundle.items() if name != "rows"})

    missing = [
        row
        for row in bundle["rows"]
        if type(row) not in WITHOUT_RESOURCE
        and not any(url_of(row, part) in resources for part in PARTS.get(type(row), ("",)))
    ]
    assert missing == []
    assert len(bundle["rows"]) > 100
    assert {kind.model for kind in kinds()} == RESOURCES.keys() | WITHOUT_RESOURCE.keys()


def test_resources_say_what_the_rows_say(bundle):
    resources = {entry["fullUrl"]: entry["resource"] for entry in bundle["entry"]}
    for row in bundle["rows"]:
        if type(row) is Needling:
            procedure = resources[url_of(row)]
            assert procedure["bodySite"][0]["text"].startswith(row.target_name)
            details = resources.get(url_of(row, "details"), {"component": []})
            said = {part["code"]["coding"][0]["code"]: part for part in details["component"]}
            for name, unit in UNITS.items():
                value, part = getattr(row, name), said.get(f"needling.{name}", {}).get("valueQuantity", {})
                assert (part.get("value"), part.get("code")) == (
                    (float(value), unit) if value is not None else (None, None)
                )
        elif type(row) is Measurement:
            for part in PARTS[Measurement]:
                if (value := getattr(row, part)) is not None:
                    assert resources[url_of(row, part)]["valueQuantity"]["value"] == float(value)
        elif type(row) is Amendment:
            assert row.text in json.dumps(resources[url_of(row)]["activity"])
    wrong = [row for row in bundle["rows"] if getattr(row, "error_mark_id", None)]
    assert wrong
    assert all("entered-in-error" in json.dumps(resources[url_of(row)]) for row in wrong)


def test_every_local_code_is_explained_in_the_bundle(bundle):
    *_, last = (entry["resource"] for entry in bundle["entry"])
    explained = {concept["code"] for concept in last["concept"]}

    def local_codes(value):
        if isinstance(value, dict):
            if value.get("system") == LOCAL:
                yield value["code"]
            for part in value.values():
                yield from local_codes(part)
        elif isinstance(value, list):
            for part in value:
                yield from local_codes(part)

    assert (last["resourceType"], last["url"]) == ("CodeSystem", LOCAL)
    assert set(local_codes(bundle["entry"])) == explained


@pytest.mark.parametrize(
    ("birth", "written"),
    [
        (BirthDate(date(1979, 3, 14)), {"birthDate": "1979-03-14"}),
        (BirthDate(date(1979, 3, 1), "month"), {"birthDate": "1979-03"}),
        (BirthDate(date(1979, 1, 1), "about"), {"birthDate": "1979"}),
        (BirthDate(None, "unknown"), {}),
    ],
)
def test_a_patient_with_one_name_and_a_birth_date_known_in_part(birth, written):
    row = Patient(pk=7, record_number="P000007", family_name="Sukarno", birth=birth)

    (resource,) = people.patient(Builder(row), row)

    get_fhir_model_class("Patient").model_validate(resource)
    assert resource["name"] == [{"use": "official", "text": "Sukarno"}]
    assert {name: value for name, value in resource.items() if name == "birthDate"} == written
    assert ("_birthDate" in resource) != birth.is_exact


def test_a_parent_is_a_related_person_until_the_contact_ends():
    now = timezone.now()
    details = {"name": "Ola Mensah", "relationship": "parent", "relationship_words": "mother", "phone": "020 7946 0123"}
    row = PatientContact(patient=Patient(pk=7), recorded_at=now, ended_at=now, **details)

    (resource,) = people.contact(Builder(row.patient), row)

    get_fhir_model_class("RelatedPerson").model_validate(resource)
    codes = [code["code"] for each in resource["relationship"] for code in each["coding"]]
    assert codes == ["patientcontact.relationship.parent", "PRN"]
    assert (resource["active"], resource["name"]) == (False, [{"text": "Ola Mensah"}])
    assert resource["relationship"][0]["text"] == "mother"


def test_the_summary_is_a_valid_document_that_says_what_is_not_recorded(clinic_fixture):
    summary = summary_of(clinic_fixture.patient, made_at=timezone.now(), made_by="Ada Berg")

    resources = check(summary)
    composition = summary["entry"][0]["resource"]
    assert composition["resourceType"] == "Composition"
    sections = {section["title"]: section for section in composition["section"]}
    (problem,) = sections["Problems"]["entry"]
    assert resources[problem["reference"]]["code"]["text"] == "Neck pain, right"
    assert sections["Medicines"]["emptyReason"]["coding"][0]["code"] == "unavailable"
    assert (
        len(sections["Procedures"]["entry"])
        == Needling.objects.needled().filter(session__patient=clinic_fixture.patient, session__status="signed").count()
    )
