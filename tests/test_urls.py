"""Ids in URLs: unknown ids, ids that are too large and ids of another patient's record are 'not found'."""

import uuid
from urllib.parse import quote

import pytest

from clinic.models import Appointment
from treatments.models import TreatmentSession

from .clinic_fixture import addresses
from .treatments.pages import save

OF_ADMINS = {"case_report_export", "episode_report_export", "whole_record"}
ABOUT_PATIENTS = {name for name, parts in addresses().items() if "patient_id" in parts}
OF_A_PATIENT = sorted(ABOUT_PATIENTS - OF_ADMINS)
OF_NO_PATIENT = {"patient_id", "slug", "kind", "protocol_id", "snippet_id"}
OF_A_RECORD = [(n, part) for n in OF_A_PATIENT for part in addresses()[n] if part not in OF_NO_PATIENT]
LARGEST = 10**18 - 1
NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def clinic_fixture(client, clinic_fixture):
    client.force_login(clinic_fixture.physiotherapist)
    return clinic_fixture


def _found(client, urls):
    """The addresses that answer GET or POST otherwise than 'not found'; a wrong method is no answer."""
    statuses = {url: {client.get(url).status_code, client.post(url).status_code} - {405} for url in urls}
    return {url: answers for url, answers in statuses.items() if answers != {404}}


@pytest.mark.parametrize("number", [0, LARGEST])
def test_an_unknown_patient_is_not_found(client, clinic_fixture, number):
    assert _found(client, [clinic_fixture.url(name, patient_id=number) for name in OF_A_PATIENT]) == {}


def test_a_number_too_large_for_the_database_is_not_found(client, clinic_fixture):
    urls = [clinic_fixture.url(name, patient_id=LARGEST).replace(str(LARGEST), str(2**63)) for name in OF_A_PATIENT]

    assert _found(client, urls) == {}


def test_an_unknown_record_of_the_patient_is_not_found(client, clinic_fixture):
    unknown = {
        "session_id": NOBODY,
        "assessment_id": NOBODY,
        "letter_id": NOBODY,
        "event_id": NOBODY,
        "contact_id": NOBODY,
        "consent_id": NOBODY,
        "episode_id": LARGEST,
        "score_id": NOBODY,
        "record_id": NOBODY,
        "mark_id": NOBODY,
        "merge_id": NOBODY,
        "prescription_id": NOBODY,
        "attachment_id": NOBODY,
        "report_id": NOBODY,
        "use_id": NOBODY,
    }

    assert _found(client, [clinic_fixture.url(name, **{part: unknown[part]}) for name, part in OF_A_RECORD]) == {}


def test_a_record_of_another_patient_is_not_found(client, clinic_fixture):
    assert (
        _found(
            client,
            [clinic_fixture.url(name, **{part: clinic_fixture.stranger_ids[part]}) for name, part in OF_A_RECORD],
        )
        == {}
    )


@pytest.mark.parametrize("ids", [{"patient_id": 0}, {"session_id": NOBODY, "episode_id": LARGEST}])
def test_an_export_of_an_unknown_record_is_not_found(client, clinic_fixture, ids):
    client.force_login(clinic_fixture.admin)

    names = [name for name in OF_ADMINS if ids.keys() & set(addresses()[name])]

    assert _found(client, [clinic_fixture.url(name, **ids) for name in names]) == {}


def test_an_unknown_muscle_is_not_found(client, clinic_fixture):
    assert _found(client, [clinic_fixture.url("muscle_history", slug="no-such-muscle")]) == {}


@pytest.mark.parametrize("url", ["/patients/ruth/", "/patients/-1/", "/patients/1/sessions/1/", "/nowhere/"])
def test_an_address_that_is_none_is_not_found(client, clinic_fixture, url):
    assert client.get(url).status_code == 404


# Every address with an id, whatever its kind ----------------------------------

NUMBERS = ["0", str(2**63)]
OTHER_KINDS = ["-1", "ruth", "..", "9" * 200]
# The version of a script is no id: every version answers with the script of today.
NO_ID = {"uidb36", "key", "version"}
WITH_AN_ID = [(name, part) for name, parts in addresses().items() for part in parts if part not in NO_ID]


@pytest.mark.parametrize("role", ["front_desk", "physiotherapist", "admin"])
def test_a_number_of_nothing_is_not_found_and_no_failure(client, clinic_fixture, role):
    """404, or the refusal that this role meets at the address anyway; a page of allauth asks who one is first."""
    client.force_login(getattr(clinic_fixture, role))

    for name, part in WITH_AN_ID:
        for url in _with_ids(clinic_fixture, name, part, NUMBERS):
            assert {client.get(url).status_code, client.post(url).status_code} <= _refusals(name), url


def test_an_id_of_another_kind_is_not_found_and_no_failure(client, clinic_fixture):
    client.force_login(clinic_fixture.admin)

    for name, part in WITH_AN_ID:
        for url in _with_ids(clinic_fixture, name, part, OTHER_KINDS):
            assert client.get(url).status_code in _refusals(name), url


def _refusals(name):
    return {404, 405, 403, 302} if name.startswith("mfa_") else {404, 405, 403}


def _with_ids(clinic_fixture, name, part, ids):
    sample = str(clinic_fixture.ids[part])
    if sample in ("1", "2"):  # too short to be recognised in a URL
        return [_exchanged(clinic_fixture, name, part, kind) for kind in ids]
    return [clinic_fixture.url(name).replace(sample, kind, 1) for kind in ids]


def _exchanged(clinic_fixture, name, part, kind):
    marked = 987654321
    return clinic_fixture.url(name, **{part: marked}).replace(str(marked), kind)


# Ids inside a form ------------------------------------------------------------


@pytest.fixture
def draft(clinic_fixture):
    return TreatmentSession.objects.get(pk=clinic_fixture.ids["session_id"])


@pytest.fixture
def strange_draft(clinic_fixture):
    return TreatmentSession.objects.get(pk=clinic_fixture.stranger_ids["session_id"])


STRANGE_IDS = ["0", "-1", str(2**63), "ruth", "", NOBODY, "1 OR 1=1"]


def rows_of(session):
    return sorted(session.needlings.values_list("pk", "muscle_id", "depth_mm"))


def test_an_appointment_of_another_patient_starts_no_session(client, clinic_fixture):
    before = TreatmentSession.objects.count()
    ids = {"appointment": Appointment.objects.get().pk, "session_id": uuid.uuid4()}

    answer = client.post(f"/patients/{clinic_fixture.stranger.pk}/sessions/start/", ids)

    assert answer.status_code == 404
    assert TreatmentSession.objects.count() == before


def test_a_session_of_another_patient_is_not_started_again_as_this_ones(client, clinic_fixture):
    ids = {"session_id": clinic_fixture.stranger_ids["session_id"]}

    client.post(clinic_fixture.url("session_start"), ids, follow=True)

    assert TreatmentSession.objects.get(pk=clinic_fixture.stranger_ids["session_id"]).patient == clinic_fixture.stranger


def test_an_episode_of_another_patient_is_refused(client, clinic_fixture, draft):
    answer = save(client, draft, episode=clinic_fixture.stranger_ids["episode_id"])

    draft.refresh_from_db()
    assert answer.status_code in (400, 422)
    assert draft.episode_id == clinic_fixture.ids["episode_id"]


def test_needlings_of_another_patient_are_not_taken_over(client, clinic_fixture, draft, strange_draft):
    theirs, mine = rows_of(strange_draft), rows_of(draft)
    taken = strange_draft.needlings.first()
    fields = {f"needling-{taken.pk}-muscle": taken.muscle_id, f"needling-{taken.pk}-side": "left"}

    answer = save(client, draft, **({"needling": [str(taken.pk)]} | fields))

    assert answer.status_code < 500
    assert rows_of(strange_draft) == theirs
    assert taken.pk not in [row[0] for row in rows_of(draft)]
    assert mine


@pytest.mark.parametrize("strange", STRANGE_IDS)
@pytest.mark.parametrize("field", ["muscle", "needle", "trigger_point"])
def test_a_needle_muscle_or_point_that_is_none_is_refused_beside_the_field(client, draft, field, strange):
    row_id = uuid.UUID(int=7)
    fields = {"muscle": draft.needlings.first().muscle_id, "side": "left", field: strange}

    answer = save(client, draft, needling=[str(row_id)], **{f"needling-{row_id}-{n}": v for n, v in fields.items()})

    assert answer.status_code in (200, 400, 422)
    assert set(draft.needlings.filter(pk=row_id).values_list(f"{field}_id", flat=True)) <= {None}


@pytest.mark.parametrize("strange", STRANGE_IDS)
@pytest.mark.parametrize("field", ["patient", "practitioner", "type", "site", "room"])
def test_a_booking_for_what_is_none_is_refused(client, clinic_fixture, field, strange):
    client.force_login(clinic_fixture.front_desk)
    booked = Appointment.objects.get()
    body = {
        "patient": clinic_fixture.patient.pk,
        "practitioner": booked.practitioner_id,
        "type": booked.type_id,
        "site": booked.practitioner.site_id,
        "token": uuid.uuid4(),
    }

    answer = client.post(clinic_fixture.url("appointment_create"), body | {field: strange})

    assert answer.status_code in (200, 400, 404, 409, 422)
    assert Appointment.objects.count() == 1


@pytest.mark.parametrize("strange", STRANGE_IDS)
def test_a_link_to_a_password_of_nobody_is_used_up(client, clinic_fixture, strange):
    number = strange.strip("-") or "0"
    answer = client.get(f"/account/password/choose/{quote(number)}-abc-def/")

    assert answer.status_code in (200, 404)
    assert b"id_password1" not in answer.content
