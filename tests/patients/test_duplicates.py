import random
from datetime import date

import pytest
from django.db.models.signals import post_init

from patients.duplicates import likely_duplicates, likely_duplicates_of_many
from patients.models import Patient
from patients.models.birth import BirthDate
from tests.people import make_patient

pytestmark = pytest.mark.both_engines


@pytest.fixture
def ruth(front_desk):
    return make_patient(by=front_desk, born_on=date(1979, 3, 4), phone="07700 900123")


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        (("Ruth", "Adeyemi", BirthDate(date(1979, 3, 4)), ""), "same name, same birth date"),
        (("ADEYEMI", "ruth", BirthDate(date(1979, 3, 4)), ""), "same name, same birth date"),
        (("Rut", "Adeyemy", BirthDate(date(1979, 3, 4)), ""), "similar name, same birth date"),
        (("Ruth", "Okafor", BirthDate(date(1979, 3, 4)), ""), "similar name, same birth date"),
        (("Ruth", "Adeyemi", BirthDate(date(1979, 4, 3)), ""), "same name, day and month of birth swapped"),
        (("Ruth", "Adeyemi", BirthDate(date(1978, 3, 4)), ""), "same name, birth date differs in one digit"),
        (("Ruth", "Miller", BirthDate(date(1990, 1, 1)), "+44 7700 900123"), "similar name, same phone number"),
    ],
)
def test_the_same_person_is_a_likely_duplicate(ruth, typed, why):
    assert likely_duplicates(*typed) == [(ruth, why)]


@pytest.mark.parametrize(
    "typed",
    [
        ("Ruth", "Adeyemi", BirthDate(date(1990, 1, 1)), ""),
        ("Paul", "Miller", BirthDate(date(1979, 3, 4)), ""),
        ("Paul", "Adeyemi", BirthDate(date(2010, 9, 9)), "07700 900123"),
    ],
)
def test_a_different_person_is_no_duplicate(ruth, typed):
    assert likely_duplicates(*typed) == []


def test_duplicates_are_found_with_one_query(front_desk, ruth, django_assert_num_queries):
    for _ in range(3):
        make_patient(by=front_desk, born_on=date(1979, 3, 4))

    with django_assert_num_queries(1):
        found = likely_duplicates("Ruth", "Adeyemi", BirthDate(date(1979, 3, 4)), "07700 900123")

    assert len(found) == 4


def test_many_people_are_compared_with_those_who_are_near_them_only(front_desk, ruth):
    far = [make_patient(by=front_desk, given_name="Paul", family_name=name) for name in ("Miller", "Boyle", "Wilk")]
    read = []

    def note(instance, **kwargs):
        read.append(instance.pk)

    post_init.connect(note, sender=Patient)
    try:
        found = likely_duplicates_of_many([("Ruth", "Adeyemi", BirthDate(date(1979, 4, 3)), "")])
    finally:
        post_init.disconnect(note, sender=Patient)

    assert found == [[(ruth, "same name, day and month of birth swapped")]]
    assert not {patient.pk for patient in far} & set(read)


def test_many_people_are_compared_as_one_is(front_desk, physiotherapist):
    """Each person of a file against a register of people who are like them in some way."""
    rng = random.Random(7)
    given, family = ["Ruth", "Rut", "Paul", "Paula", "Ann", "Anne", ""], ["Adeyemi", "Adeyemy", "Miller", "Li", "Lee"]
    phones = ["", "07700 900123", "+44 7700 900123", "900123", "+353 87 123 4567", "87 123 4567"]
    births = [
        BirthDate(date(1979, 3, 4)),
        BirthDate(date(1979, 4, 3)),
        BirthDate(date(1978, 3, 4)),
        BirthDate(date(1979, 3, 1), "month"),
        BirthDate(date(1979, 1, 1), "year"),
        BirthDate(date(1980, 1, 1), "about"),
        BirthDate(None, "unknown"),
    ]

    def somebody():
        return rng.choice(given), rng.choice(family), rng.choice(births), rng.choice(phones)

    for _ in range(60):
        names, birth, phone = (person := somebody())[:2], person[2], person[3]
        make_patient(by=front_desk, given_name=names[0], family_name=names[1], born_on=None, birth=birth, phone=phone)
    people = [somebody() for _ in range(40)]

    assert likely_duplicates_of_many(people) == [likely_duplicates(*person) for person in people]
