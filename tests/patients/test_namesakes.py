"""Patients whose names are alike are told apart wherever their names are shown."""

from datetime import date
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection
from django.utils.html import strip_tags
from hypothesis import given
from hypothesis import strategies as st

from patients.models import NameGram
from patients.name_keys import MARK, name_keys
from patients.namesakes import with_namesakes
from patients.services import open_episode
from tests.markup import on_one_line
from tests.people import make_patient, make_physiotherapist

pytestmark = pytest.mark.both_engines


@pytest.fixture
def ingrid(front_desk):
    return make_patient(by=front_desk, given_name="Ingrid", family_name="Holloway")


def register(desk, given_name, family_name, **fields):
    born_on = {"born_on": date(2014, 5, 3)}
    return make_patient(by=desk, given_name=given_name, family_name=family_name, **(born_on | fields))


def found(patient):
    [patient] = with_namesakes([patient])
    return [(other.pk, other.is_same) for other in patient.namesakes]


@pytest.mark.parametrize(
    ("given_name", "family_name", "is_same"),
    [
        ("Ingrid", "Holloway", True),
        ("INGRID", "Hólloway", True),
        ("Holloway", "Ingrid", True),
        ("Ingrit", "Holloway", False),
        ("Ingrid", "Halloway", False),
        ("Ingrid", "Hollowey", False),
        ("Yngrid", "Holloway", False),
    ],
)
def test_the_same_and_very_similar_names_are_found(front_desk, ingrid, given_name, family_name, is_same):
    other = register(front_desk, given_name, family_name)

    assert found(ingrid) == [(other.pk, is_same)]
    assert found(other) == [(ingrid.pk, is_same)]


@pytest.mark.parametrize(
    ("one", "other"), [(("Jon", "Smith"), ("Jan", "Smith")), (("Ada", "Rowe"), ("Ida", "Rowe")), (("伟", "王"),) * 2]
)
def test_short_names_are_compared_too(front_desk, one, other):
    first = register(front_desk, *one)
    second = register(front_desk, *other, born_on=date(1990, 1, 1))

    assert [pk for pk, _ in found(first)] == [second.pk]


def test_names_that_were_indexed_before_get_their_keys_from_the_migration(front_desk, ingrid):
    other = register(front_desk, "Ingrid", "Holloway")
    indexed = set(NameGram.objects.values_list("patient", "gram"))
    NameGram.objects.filter(gram__startswith=MARK).delete()
    assert found(ingrid) == []

    import_module("patients.migrations.0028_keys_of_names").add_keys(apps, SimpleNamespace(connection=connection))

    assert found(ingrid) == [(other.pk, True)]
    assert set(NameGram.objects.values_list("patient", "gram")) == indexed


LETTERS = st.text("abcdefgh", min_size=3, max_size=9)


@given(LETTERS, LETTERS, st.integers(0), st.sampled_from("abcdefgh"))
def test_one_wrong_letter_hides_no_namesake(given_name, family_name, place, letter):
    at = place % len(given_name)
    changed = given_name[:at] + letter + given_name[at + 1 :]

    assert name_keys([given_name], [family_name]) & name_keys([changed], [family_name])
    assert name_keys([given_name], [family_name]) & name_keys([family_name], [changed])


@pytest.mark.parametrize(("given_name", "family_name"), [("Astrid", "Holloway"), ("Ingrid", "Adeyemi"), ("Li", "Wu")])
def test_other_names_are_not(front_desk, ingrid, given_name, family_name):
    register(front_desk, given_name, family_name)

    assert found(ingrid) == []


@pytest.mark.parametrize("left", [{"is_active": False}, {"died_on": date(2020, 1, 1)}])
def test_patients_who_left_or_died_are_not(front_desk, ingrid, left):
    other = register(front_desk, "Ingrid", "Holloway")
    for name, value in left.items():
        setattr(other, name, value)
    other.save()

    assert found(ingrid) == []


def test_the_same_name_comes_before_similar_ones(front_desk, ingrid):
    similar = register(front_desk, "Ingrid", "Halloway")
    same = register(front_desk, "Ingrid", "Holloway")

    assert found(ingrid) == [(same.pk, True), (similar.pk, False)]


@pytest.mark.parametrize("count", [1, 3])
def test_one_query_however_many_patients(front_desk, django_assert_num_queries, count):
    patients = [register(front_desk, name, "Rowe") for name in ("Ada", "Ida", "Ben")[:count]]

    with django_assert_num_queries(1):
        with_namesakes(patients)


def test_nobody_asks_nothing(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert with_namesakes([]) == []


@pytest.mark.parametrize("url", ["/patients/{0.pk}/", "/patients/?q=holloway"])
def test_the_pages_of_the_desk_show_the_alert(client, front_desk, ingrid, url):
    register(front_desk, "Ingrid", "Holloway")
    client.force_login(front_desk)

    page = on_one_line(client.get(url.format(ingrid)))

    assert "Name alert: another HOLLOWAY, Ingrid, born 3 May 2014" in strip_tags(page)


def test_a_page_without_namesakes_shows_none(client, front_desk, ingrid):
    client.force_login(front_desk)

    assert "Name alert" not in client.get(f"/patients/{ingrid.pk}/").content.decode()


def test_registration_says_who_has_the_same_name(client, front_desk, ingrid):
    client.force_login(front_desk)
    typed = {"given_name": "Ingrid", "family_name": "Holloway", "born_on": "3 May 2014", "sex": "female"}

    page = client.post("/patients/new/", typed | {"reminder_channel": "none"}, follow=True).content.decode()

    assert "is registered as" in page
    facts = f"HOLLOWAY, Ingrid, born 14 Mar 1979, {ingrid.record_number}"
    assert f"Name alert: {facts}, has the same name." in page


def test_lists_of_the_admin_tell_namesakes_apart(as_admin, front_desk, ingrid):
    open_episode(ingrid, by=make_physiotherapist(), complaint="Neck pain", region="neck")

    html = as_admin.get("/admin/patients/episode/").content.decode()

    assert f"HOLLOWAY, Ingrid, 14 Mar 1979 ({ingrid.record_number})" in html
