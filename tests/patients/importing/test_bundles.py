"""FHIR bundles of other systems become the rows of a file. What is no bundle gets a sentence."""

import json

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from patients.importing.bundles import Bundle, looks_like_json, read_bundle
from patients.importing.files import read_file
from patients.importing.plan import Choices, Plan
from patients.registry import registry
from patients.services.alert_files import ALERTS, ALLERGIES
from patients.services.episode_files import EPISODES
from patients.services.patient_files import PATIENTS

RUTH = {
    "resourceType": "Patient",
    "id": "p1",
    "identifier": [
        {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9434765919"},
        {"type": {"coding": [{"code": "MR"}]}, "value": "X-17"},
    ],
    "name": [
        {"use": "maiden", "family": "Obi"},
        {"use": "usual", "given": ["Ruthie"]},
        {"use": "official", "family": "Adeyemi", "given": ["Ruth", "Ann"], "prefix": ["Dr"]},
    ],
    "telecom": [
        {"system": "phone", "value": "020 7946 0000", "use": "old"},
        {"system": "phone", "value": "020 7946 0111", "use": "home"},
        {"system": "phone", "value": "07700 900118", "use": "mobile"},
        {"system": "email", "value": "ruth@example.org"},
    ],
    "gender": "female",
    "birthDate": "1979-03",
    "address": [{"line": ["12 High Street", "Flat 3"], "city": "Leeds", "postalCode": "LS1 1AA", "country": "GB"}],
    "contact": [{"name": {"text": "Femi Adeyemi"}, "telecom": [{"system": "phone", "value": "07700 900222"}]}],
}


def bundle(*resources, **more):
    entries = [{"fullUrl": f"urn:uuid:{one.get('id', n)}", "resource": one} for n, one in enumerate(resources)]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries} | more).encode()


def read(raw, kind):
    """[{column: text} of each row], without what is empty."""
    table = read_bundle(raw, kind)
    return [{n: v for n, v in zip(table.header, cells, strict=True) if v} for _, cells in table.rows]


def test_a_patient_becomes_a_row():
    (row,) = read(bundle(RUTH), PATIENTS)

    assert row == {
        "Number in the other system": "X-17",
        "Family name": "Adeyemi",
        "Given name": "Ruth Ann",
        "Name at birth": "Obi",
        "Title": "Dr",
        "Preferred name": "Ruthie",
        "Birth date": "1979-03",
        "Sex": "female",
        "Phone": "07700 900118",
        "E-mail": "ruth@example.org",
        "Street": "12 High Street, Flat 3",
        "City": "Leeds",
        "Postcode": "LS1 1AA",
        "Country": "GB",
        "Emergency contact": "Femi Adeyemi",
        "Phone of the emergency contact": "07700 900222",
        "National or insurance number": "9434765919",
    }


@pytest.mark.django_db
def test_the_columns_of_a_bundle_are_assigned_without_questions():
    plan = Plan(PATIENTS, read_bundle(bundle(RUTH), PATIENTS), Choices(identifier_kind="gb-nhs", phone_country="GB"))

    assert plan.questions == []
    (row,) = plan.ready
    assert (row.name, str(row.birth)) == ("ADEYEMI, Ruth Ann", "Mar 1979 (day not known)")
    assert str(row.values["identifier"]) == "9434765919"


def test_names_without_parts_are_split_or_are_single_names():
    whole = {"resourceType": "Patient", "id": "2", "name": [{"text": "Ivo Roy"}]}

    assert read(bundle(whole), PATIENTS)[0]["Whole name, to be split"] == "Ivo Roy"
    assert read(bundle(RUTH, whole), PATIENTS)[1]["Family name"] == "Ivo Roy"


def test_a_death_without_a_day_is_a_doubtful_cell():
    (row,) = read(bundle(RUTH | {"deceasedBoolean": True}), PATIENTS)

    assert row["Date of death"] == "not given"


def test_records_in_error_and_replaced_ones_are_counted_and_not_imported():
    gone = {
        "resourceType": "Patient",
        "id": "p0",
        "link": [{"type": "replaced-by", "other": {"reference": "Patient/p1"}}],
    }
    flag = {"resourceType": "Flag", "status": "entered-in-error", "code": {"text": "x"}}
    allergy = {
        "resourceType": "AllergyIntolerance",
        "code": {"text": "Latex"},
        "patient": {"reference": "Patient/p0"},
    }

    table = read_bundle(bundle(RUTH, gone, flag, allergy, {"no": "type"}), PATIENTS)

    assert table.bundle == {
        "Patient (replaced by another record)": 1,
        "Flag (entered in error)": 1,
        "AllergyIntolerance": 1,
        "entries without a resource": 1,
    }
    assert read(bundle(RUTH, gone, allergy), ALLERGIES)[0]["Number of the patient"] == "X-17"


def test_episodes_come_with_their_conditions_and_conditions_alone():
    neck = {
        "resourceType": "Condition",
        "id": "c1",
        "code": {"text": "Neck pain", "coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "M54.2"}]},
        "bodySite": [{"text": "Neck", "coding": [{"code": "24028007"}]}],
        "onsetDateTime": "2019",
        "subject": {"reference": "urn:uuid:p1"},
    }
    care = {
        "resourceType": "EpisodeOfCare",
        "id": "e1",
        "status": "finished",
        "patient": {"reference": "urn:uuid:p1"},
        "careManager": {"reference": "Practitioner/d1"},
        "diagnosis": [{"condition": {"reference": "Condition/c1"}}],
        "period": {"start": "2024-03-14T10:00:00+00:00"},
    }
    doctor = {"resourceType": "Practitioner", "id": "d1", "name": [{"family": "Solberg", "given": ["Marit"]}]}
    knee = {
        "resourceType": "Condition",
        "code": {"coding": [{"display": "Knee pain"}]},
        "subject": {"reference": "Patient/77"},
        "recordedDate": "2023-05",
    }

    assert read(bundle(RUTH, neck, care, doctor, knee), EPISODES) == [
        {
            "Number of the patient": "X-17",
            "Lead": "Marit Solberg",
            "Opened": "2024-03-14T10:00:00+00:00",
            "Closed": "not given",
            "Complaint": "Neck pain",
            "Body region": "Neck",
            "Side": "right",
            "Since when": "2019",
            "ICD-10 code": "M54.2",
        },
        {"Number of the patient": "77", "Opened": "2023-05", "Complaint": "Knee pain"},
    ]


def test_allergies_and_flags_that_no_longer_hold_are_left_out():
    latex = {
        "resourceType": "AllergyIntolerance",
        "code": {"coding": [{"display": "Latex"}]},
        "patient": {"reference": "Patient/p1"},
        "reaction": [{"manifestation": [{"text": "rash"}, {"text": "wheeze"}], "severity": "severe"}],
        "onsetDateTime": "2019",
    }
    old = latex | {"clinicalStatus": {"coding": [{"code": "resolved"}]}}
    flag = {
        "resourceType": "Flag",
        "status": "active",
        "code": {"text": "On warfarin"},
        "subject": {"reference": "Patient/p1"},
    }

    assert read(bundle(RUTH, latex, old), ALLERGIES) == [
        {
            "Number of the patient": "X-17",
            "Substance": "Latex",
            "Reaction": "rash, wheeze",
            "Severity": "severe",
            "Known since": "2019",
        }
    ]
    assert read(bundle(flag, flag | {"status": "inactive"}), ALERTS) == [
        {"Number of the patient": "p1", "Alert": "On warfarin"}
    ]


def test_visits_with_a_time_become_rows():
    visit = {
        "resourceType": "Appointment",
        "status": "fulfilled",
        "start": "2026-03-15T14:30:00Z",
        "end": "2026-03-15T15:15:00Z",
        "serviceType": [{"text": "Follow-up"}],
        "participant": [
            {"actor": {"reference": "Patient/p1"}},
            {"actor": {"reference": "Practitioner/9", "display": "M. Solberg"}},
        ],
    }

    rows = read(
        bundle(RUTH, visit, {"resourceType": "Appointment", "status": "waitlist"}), registry.import_kinds["visits"]
    )

    assert rows == [
        {
            "Number of the patient": "X-17",
            "Start, day and time": "2026-03-15T14:30:00Z",
            "Length in minutes": "45",
            "Physiotherapist": "M. Solberg",
            "Type of visit": "Follow-up",
            "Status": "fulfilled",
        }
    ]


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b'{"resourceType": "Bundle", "entry": [', "cut off or not correct: line 1, column 38"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b'{"a": NaN}', "not correct JSON"),
        (b'{"a": ' + b"9" * 5000 + b"}", "not correct JSON"),
        (b'{"a": "\xff"}', "not correct JSON"),
        (b"{}", "This is JSON, but not a FHIR bundle"),
        (b'[{"resourceType": "Patient"}]', "This is JSON, but not a FHIR bundle"),
        (json.dumps(RUTH).encode(), "This is a FHIR Patient, but not a FHIR bundle"),
        (b'{"resourceType": {"a": 1}}', "not a FHIR bundle"),
        (b'{"resourceType": "Bundle"}', "has no entries"),
        (b'{"resourceType": "Bundle", "entry": {"resource": 1}}', "has no entries"),
        (b'{"resourceType": "Bundle", "entry": []}', "has no Patient that can be imported. It has: nothing."),
        (bundle({"resourceType": "Observation"}), "It has: 1 Observation."),
        (bundle(RUTH | {"gender": "a\u0000b"}), "Entry 1 contains a NUL character"),
        (bundle(RUTH | {"gender": "x" * 3000}), "Entry 1 has a text of more than 2000 characters"),
    ],
)
def test_what_is_no_bundle_gets_a_sentence(raw, sentence):
    with pytest.raises(ValidationError, match=sentence):
        read_file(raw, PATIENTS)


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf", b"\n  "])
def test_a_bundle_is_recognised_and_a_csv_file_with_brackets_is_none(mark):
    assert looks_like_json(mark + bundle(RUTH))
    assert looks_like_json(bundle(RUTH).decode().encode("utf-16"))
    assert not looks_like_json(mark + b"[Patient ID],[Surname]\n1,Roy\n")


def test_half_of_a_character_becomes_a_doubtful_cell():
    (row,) = read(bundle(RUTH | {"gender": "\ud800"}), PATIENTS)

    assert row["Sex"] == "\ufffd"


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [*RUTH, *RUTH["name"][2], "coding", "code", "text", "reference", "patient", "period", "start"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
TYPES = ["Patient", "Condition", "EpisodeOfCare", "AllergyIntolerance", "Flag", "Appointment"]


@given(st.lists(st.dictionaries(st.sampled_from([*RUTH, "subject", "patient", "code", "participant"]), anything)))
@settings(max_examples=60, deadline=None)
def test_values_of_any_type_never_make_the_reading_fail(resources):
    for kind in registry.import_kinds.values():
        entries = [{"resource": {**one, "resourceType": kind.resources[0]}} for one in resources]
        rows = kind.from_bundle(Bundle({"entry": entries}))
        assert all(isinstance(cell, str) for _, cells in rows for cell in cells.values())
