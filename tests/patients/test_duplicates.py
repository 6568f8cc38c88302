from datetime import date

import pytest

from patients.duplicates import likely_duplicates
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
