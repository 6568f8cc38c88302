"""Ids in addresses: nobody's, too large, or of another patient's record are all 'not found'."""

import pytest

from .world import addresses, make_world

OF_A_PATIENT = [name for name, parts in addresses().items() if "patient_id" in parts]
OF_A_RECORD = [(n, part) for n in OF_A_PATIENT for part in addresses()[n] if part not in ("patient_id", "slug")]
LARGEST = 10**18 - 1
NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def world(client, db):
    world = make_world()
    client.force_login(world.physiotherapist)
    return world


def _found(client, urls):
    """The addresses that answer GET or POST otherwise than 'not found'; a wrong method is no answer."""
    statuses = {url: {client.get(url).status_code, client.post(url).status_code} - {405} for url in urls}
    return {url: answers for url, answers in statuses.items() if answers != {404}}


@pytest.mark.parametrize("number", [0, LARGEST])
def test_an_unknown_patient_is_not_found(client, world, number):
    assert _found(client, [world.url(name, patient_id=number) for name in OF_A_PATIENT]) == {}


def test_a_number_too_large_for_the_database_is_not_found(client, world):
    urls = [world.url(name, patient_id=LARGEST).replace(str(LARGEST), str(2**63)) for name in OF_A_PATIENT]

    assert _found(client, urls) == {}


def test_an_unknown_record_of_the_patient_is_not_found(client, world):
    unknown = {"session_id": NOBODY, "event_id": NOBODY, "consent_id": NOBODY, "episode_id": LARGEST}

    assert _found(client, [world.url(name, **{part: unknown[part]}) for name, part in OF_A_RECORD]) == {}


def test_a_record_of_another_patient_is_not_found(client, world):
    assert _found(client, [world.url(name, **{part: world.stranger_ids[part]}) for name, part in OF_A_RECORD]) == {}


def test_an_unknown_muscle_is_not_found(client, world):
    assert _found(client, [world.url("muscle_history", slug="no-such-muscle")]) == {}


@pytest.mark.parametrize("url", ["/patients/ruth/", "/patients/-1/", "/patients/1/sessions/1/", "/nowhere/"])
def test_an_address_that_is_none_is_not_found(client, world, url):
    assert client.get(url).status_code == 404
