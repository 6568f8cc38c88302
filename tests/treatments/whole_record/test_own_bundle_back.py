"""What Filiform writes as FHIR R4 can be imported again."""

import json
from datetime import date

import pytest
from django.utils import timezone

from clinic.models import Appointment
from patients.importing import bundle_rows, bundles
from patients.importing.bundles import Bundle, read_bundle
from patients.importing.plan import Choices, Plan
from patients.models import Patient
from patients.models.birth import BirthDate
from patients.registry import registry
from treatments.whole_record.fhir import people
from treatments.whole_record.fhir.building import LOCAL, Builder
from treatments.whole_record.fhir.bundle import bundle_of


@pytest.fixture
def raw(clinic_fixture):
    return b"".join(bundle_of(clinic_fixture.patient, made_at=timezone.now()))


def plan_for(kind, raw, **choices):
    kind = registry.import_kinds[kind]
    return Plan(kind, read_bundle(raw, kind), Choices(**choices))


def test_the_systems_are_those_of_the_export():
    assert (f"{LOCAL}.1", people.PRECISION) == (bundles.RECORD_NUMBERS, bundle_rows.PRECISION)


def test_a_patient_comes_back(clinic_fixture, raw):
    patient = clinic_fixture.patient

    (row,) = plan_for("patients", raw).rows

    assert row.values | {"external_id": patient.record_number} == row.values
    for name in ("given_name", "family_name", "born_on", "sex", "phone"):
        assert row.values[name] == getattr(patient, name)
    assert [candidate.record for candidate in row.candidates][0] == patient


@pytest.mark.parametrize(
    "birth",
    [
        BirthDate(date(1979, 3, 14)),
        BirthDate(date(1979, 3, 1), "month"),
        BirthDate(date(1979, 1, 1), "year"),
        BirthDate(date(1979, 1, 1), "about"),
        BirthDate(None, "unknown"),
    ],
)
def test_a_birth_date_comes_back_as_exactly_as_it_was_known(db, birth):
    row = Patient(pk=7, record_number="P000007", given_name="Ida", family_name="Roy", birth=birth)
    (resource,) = people.patient(Builder(row), row)
    raw = json.dumps({"resourceType": "Bundle", "entry": [{"resource": resource}]}).encode()

    (read,) = plan_for("patients", raw, phone_country="GB").rows

    assert read.birth == birth


def test_episodes_come_back_with_region_lead_and_start(clinic_fixture, raw):
    episode = clinic_fixture.patient.episodes.get()

    plan = plan_for("episodes", raw)

    assert plan.questions == []
    (row,) = plan.ready
    assert (row.episode.complaint, row.episode.region) == (episode.complaint, episode.region)
    assert (row.episode.lead, row.episode.opened_on) == (episode.lead, episode.opened_on)
    assert row.episode.patient == clinic_fixture.patient


def test_visits_come_back_with_time_and_therapist(clinic_fixture, raw):
    booked = Appointment.objects.filter(patient=clinic_fixture.patient, is_booking_undone=False).order_by("pk")

    plan = plan_for("visits", raw)

    assert [name for name, _, _, value in plan.words if not value] == []
    assert sorted((row.values["starts"], row.values["practitioner"]) for row in plan.rows) == sorted(
        (visit.starts_at.replace(microsecond=visit.starts_at.microsecond // 1000 * 1000), str(visit.practitioner_id))
        for visit in booked
    )


def test_allergies_are_recognised_and_answers_of_a_screening_become_alerts(clinic_fixture, raw):
    (allergy,) = plan_for("allergies", raw).rows
    alerts = plan_for("alerts", raw).rows

    assert allergy.matched == clinic_fixture.patient.imported_alerts.get()
    assert {row.values["words"] for row in alerts} <= {
        flag["code"]["text"] for _, flag in Bundle(json.loads(raw)).of_type("Flag")
    }
