"""Birth dates that are known in part, estimated or not known, and people with one name."""

from datetime import date
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from patients.births import read_birth_date
from patients.duplicates import likely_duplicates, likely_duplicates_of_many
from patients.merging import differences
from patients.models import Patient
from patients.models.birth import BirthDate
from patients.search import find_patients
from patients.services import register_patients, update_patient
from tests.patients.builders import agree
from tests.people import make_patient

NOT_KNOWN = BirthDate(None, "unknown")
YEAR = BirthDate(date(1979, 1, 1), "year")
ABOUT = BirthDate(date(1979, 1, 1), "about")
EXACT = BirthDate(date(1979, 3, 14))


@pytest.mark.parametrize(
    ("typed", "birth"),
    [
        ("14/03/1979", EXACT),
        ("14 Mar 1979", EXACT),
        ("Mar 1979", BirthDate(date(1979, 3, 1), "month")),
        ("03/1979", BirthDate(date(1979, 3, 1), "month")),
        ("1979", YEAR),
        ("about 1979", ABOUT),
        ("c. 1979", ABOUT),
        ("Not known", NOT_KNOWN),
        ("45", None),
        ("Tuesday", None),
        ("", None),
    ],
)
def test_a_birth_date_is_read_as_far_as_it_is_known(typed, birth):
    assert read_birth_date(typed) == birth


@pytest.mark.parametrize("birth", [EXACT, YEAR, ABOUT, NOT_KNOWN, BirthDate(date(1979, 3, 1), "month")])
def test_what_the_form_shows_is_read_back_as_the_same_date(birth):
    assert read_birth_date(birth.typed) == birth


def test_an_age_becomes_an_estimated_year():
    year = timezone.localdate().year - 45

    assert read_birth_date("45 years old") == read_birth_date("about 45") == BirthDate(date(year, 1, 1), "about")


@pytest.mark.parametrize(
    ("birth", "words", "age"),
    [
        (EXACT, "born 14 Mar 1979", "47 y"),
        (YEAR, "born 1979 (only year known)", "about 47 y"),
        (ABOUT, "born about 1979 (estimated)", "about 47 y"),
        (NOT_KNOWN, "birth date not known", "age not known"),
    ],
)
def test_what_is_estimated_is_marked(birth, words, age):
    assert (birth.words, birth.age_words(date(2026, 11, 29))) == (words, age)


@pytest.mark.parametrize(
    ("birth", "is_under"),
    [
        (BirthDate(date(2010, 11, 30)), True),
        (BirthDate(date(2010, 11, 29)), False),
        (BirthDate(date(2010, 1, 1), "year"), None),
        (BirthDate(date(2012, 1, 1), "year"), True),
        (BirthDate(date(2005, 1, 1), "about"), None),
        (BirthDate(date(2004, 1, 1), "about"), False),
        (NOT_KNOWN, None),
    ],
)
def test_whether_somebody_is_under_16_can_be_uncertain(birth, is_under):
    assert birth.is_under(16, on=date(2026, 11, 29)) is is_under


@pytest.mark.both_engines
def test_the_database_refuses_a_missing_date_that_is_not_marked_and_a_missing_name(front_desk):
    patient = make_patient(by=front_desk)

    for wrong in ({"born_on": None}, {"birth_precision": "unknown"}, {"family_name": "", "given_name": "Ruth"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Patient.objects.filter(pk=patient.pk).update(**wrong)


@pytest.mark.parametrize("typed", [("Sukarno", ""), ("", "Sukarno")])
def test_one_name_is_shown_searched_and_found_as_duplicate(front_desk, typed):
    patient = make_patient(by=front_desk, given_name=typed[0], family_name=typed[1], birth=EXACT)
    other = make_patient(by=front_desk, given_name="", family_name="Suharto")

    assert (patient.name, patient.full_name, patient.first_name) == ("SUKARNO", "Sukarno", "Sukarno")
    assert find_patients("sukarno")[0] == patient
    assert [found for found, _ in likely_duplicates("Sukarno", "", EXACT, "")] == [patient]
    assert other not in [found for found, _ in likely_duplicates("", "Megawati", EXACT, "")]


@pytest.mark.both_engines
@pytest.mark.parametrize(("typed", "is_found"), [("14/03/1979", True), ("14/03/1983", True), ("14/03/1985", False)])
def test_a_search_by_date_finds_whom_it_can_mean(front_desk, typed, is_found):
    patient = make_patient(by=front_desk, birth=ABOUT)

    assert find_patients(typed) == [patient] * is_found


def test_a_search_for_new_year_does_not_take_a_year_for_a_day(front_desk):
    make_patient(by=front_desk, birth=YEAR)

    assert find_patients("1/1") == []


@pytest.mark.both_engines
@pytest.mark.parametrize(
    ("stored", "new", "why"),
    [
        (YEAR, EXACT, "same name, birth dates match as far as they are known"),
        (EXACT, ABOUT, "same name, birth dates match as far as they are known"),
        (NOT_KNOWN, EXACT, "same name, birth date not known"),
        (EXACT, NOT_KNOWN, "same name, birth date not known"),
        (YEAR, BirthDate(date(1990, 3, 14)), None),
    ],
)
def test_duplicates_are_found_as_far_as_birth_dates_are_known(front_desk, stored, new, why):
    patient = make_patient(by=front_desk, birth=stored)

    found = likely_duplicates("Ruth", "Adeyemi", new, "")

    assert found == ([(patient, why)] if why else [])
    assert likely_duplicates_of_many([("Ruth", "Adeyemi", new, "")]) == [found]


def test_a_merge_compares_birth_dates_with_how_exact_they_are(front_desk):
    one = make_patient(by=front_desk, birth=YEAR)
    other = make_patient(by=front_desk, birth=BirthDate(YEAR.day))

    (difference,), _ = differences(one, other)

    assert (difference.name, difference.suggested) == ("birth", "duplicate")
    assert difference.survivor_text == YEAR


def test_a_consent_without_a_certain_age_needs_a_judgement(front_desk, physiotherapist):
    patient = make_patient(by=front_desk, birth=NOT_KNOWN)

    with pytest.raises(ValidationError, match="Confirm that the patient is 16 or older"):
        agree(patient, by=physiotherapist)

    assert agree(patient, by=physiotherapist, judged_old_enough=True).judged_old_enough


def test_the_page_registers_somebody_with_one_name_and_no_date(client, front_desk):
    client.force_login(front_desk)
    typed = {"given_name": "Sukarno", "sex": "male", "reminder_channel": "none"}

    refused = client.post("/patients/new/", typed | {"given_name": "", "born_on": "45"})
    assert refused.status_code == 422
    assert set(refused.context["form"].errors) == {"family_name", "born_on"}

    client.post("/patients/new/", typed | {"born_on": "not known"})
    patient = Patient.objects.get()
    assert (patient.name, patient.birth) == ("SUKARNO", NOT_KNOWN)
    assert "birth date not known" in client.get(patient.get_absolute_url()).text


@pytest.mark.both_engines
@pytest.mark.parametrize(
    ("day", "precision"),
    [
        (date(1979, 3, 14), "month"),
        (date(1979, 3, 1), "year"),
        (date(1979, 1, 2), "about"),
        (date(1979, 3, 1), "about"),
    ],
)
def test_a_date_known_in_part_is_the_first_day_of_it(front_desk, day, precision):
    patient = make_patient(by=front_desk)

    with pytest.raises(ValidationError, match="first day"):
        update_patient(patient, by=front_desk, birth=BirthDate(day, precision))
    with pytest.raises(ValidationError, match="first day"):
        register_patients([{"family_name": "Wilk", "birth": BirthDate(day, precision)}], by=front_desk)
    with pytest.raises(IntegrityError), transaction.atomic():
        Patient.objects.filter(pk=patient.pk).update(born_on=day, birth_precision=precision)
    first = BirthDate(BirthDate(day, precision).first_day, precision)
    assert update_patient(patient, by=front_desk, birth=first).birth == first


@pytest.mark.both_engines
@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="only on SQLite can a connection leave out the check")
def test_the_migration_takes_the_first_day_of_dates_known_in_part(front_desk):
    migration = import_module("patients.migrations.0037_first_days")
    days = {"month": date(1979, 3, 1), "year": date(1979, 1, 1), "about": date(1979, 1, 1)}
    patients = {name: make_patient(by=front_desk, family_name=name) for name in (*days, "day", "unknown")}
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints = ON")
        try:
            for precision, patient in patients.items():
                day = None if precision == "unknown" else date(1979, 3, 14)
                Patient.objects.filter(pk=patient.pk).update(born_on=day, birth_precision=precision)
        finally:
            cursor.execute("PRAGMA ignore_check_constraints = OFF")

    migration.take_first_days(apps, SimpleNamespace(connection=connection))

    stored = dict(Patient.objects.values_list("birth_precision", "born_on"))
    assert stored == days | {"day": date(1979, 3, 14), "unknown": None}
