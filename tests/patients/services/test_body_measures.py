from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.utils import timezone

from patients.build import build_of
from patients.models import BodyMeasure, TrailEntry
from patients.services import record_body_measure

pytestmark = pytest.mark.both_engines

LAST_YEAR, TODAY = date(2025, 5, 3), timezone.localdate


ID = "b1d8c1de-4b0b-4b0b-8b0b-2b0b4b0b4b0b"


def page(patient):
    return f"/patients/{patient.pk}/body-measures/"


def test_the_body_mass_index_uses_the_last_height_and_the_last_weight(patient, physiotherapist):
    record_body_measure(patient, by=physiotherapist, measured_on=LAST_YEAR, height_cm=170, weight_kg=80)
    record_body_measure(patient, by=physiotherapist, weight_kg=Decimal("63.5"))

    build = build_of(patient, on=TODAY())
    before = build_of(patient, on=LAST_YEAR)

    assert (build.bmi, build.bmi_on, build.height_on) == (Decimal("22.0"), TODAY(), LAST_YEAR)
    assert before.bmi == Decimal("27.7")
    assert build_of(patient, on=LAST_YEAR - timedelta(days=1)).bmi is None


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, "__all__"),
        ({"height_cm": Decimal("1.72")}, "height_cm"),
        ({"height_cm": 251}, "height_cm"),
        ({"weight_kg": 401}, "weight_kg"),
        ({"weight_kg": 70, "measured_on": date(2100, 1, 1)}, "measured_on"),
        ({"weight_kg": 70, "measured_on": date(1900, 1, 1)}, "measured_on"),
    ],
)
def test_an_impossible_measurement_is_refused(patient, physiotherapist, fields, wrong):
    with pytest.raises(ValidationError) as refusal:
        record_body_measure(patient, by=physiotherapist, **fields)

    assert wrong in refusal.value.error_dict
    assert not BodyMeasure.objects.exists()


def test_the_database_refuses_to_change_a_measurement(patient, physiotherapist):
    measure = record_body_measure(patient, by=physiotherapist, weight_kg=70)
    rows = BodyMeasure.objects.filter(pk=measure.pk)

    for write in (rows.delete, lambda: rows.update(weight_kg=71)):
        with pytest.raises(DatabaseError), transaction.atomic():
            write()


def test_a_physiotherapist_records_it_on_the_way_to_the_session(client, patient, physiotherapist):
    client.force_login(physiotherapist)
    typed = {"id": ID, "measured_on": "3 May 2025", "height_cm": "172", "weight_kg": "62,5", "next": "/today/"}

    answer = client.post(page(patient), typed)

    measure = BodyMeasure.objects.get()
    assert answer.headers["Location"] == "/today/"
    assert (measure.weight_kg, measure.recorded_by) == (Decimal("62.5"), physiotherapist)
    assert TrailEntry.objects.filter(patient=patient, record_id=str(measure.pk), action="create").count() == 1


def test_a_page_sent_twice_records_once(client, patient, physiotherapist):
    client.force_login(physiotherapist)
    typed = {"id": ID, "measured_on": "3 May 2025", "weight_kg": "62"}

    for _ in range(2):
        client.post(page(patient), typed)

    assert BodyMeasure.objects.count() == 1


def test_a_wrong_value_is_kept_on_the_page(client, patient, physiotherapist):
    client.force_login(physiotherapist)

    answer = client.post(
        page(patient), {"id": ID, "measured_on": "3 May 2025", "height_cm": "1,72", "weight_kg": "a lot"}
    )

    form = answer.context["form"]
    assert answer.status_code == 422
    assert set(form.errors) == {"height_cm", "weight_kg"}
    assert form["weight_kg"].value() == "a lot"


def test_only_clinicians_see_it_on_the_patients_page(client, patient, physiotherapist, front_desk):
    record_body_measure(patient, by=physiotherapist, height_cm=172, weight_kg=62)

    seen = []
    for user in (physiotherapist, front_desk):
        client.force_login(user)
        seen.append(client.get(f"/patients/{patient.pk}/").context.get("build"))

    assert (seen[0].weight_kg, seen[1]) == (62, None)
