"""Signing in and out is in the audit trail; a chart is not shown if that cannot be recorded."""

import pytest
from django.db import connection

from patients.models import TrailEntry
from tests import people
from tests.clinic_fixture import make_clinic_fixture

pytestmark = pytest.mark.both_engines


def test_signing_in_and_out_is_recorded(client, front_desk):
    client.post("/login/", {"username": front_desk.username, "password": people.PASSWORD}, REMOTE_ADDR="192.0.2.7")
    client.post("/logout/", REMOTE_ADDR="192.0.2.7")

    entries = TrailEntry.objects.order_by("pk")
    assert [(e.action, e.by, e.address, e.page) for e in entries] == [
        ("login", front_desk, "192.0.2.7", "login"),
        ("logout", front_desk, "192.0.2.7", "logout"),
    ]


def test_a_failed_sign_in_is_recorded_with_the_user_name_and_without_the_password(client, front_desk):
    client.post("/login/", {"username": "j.whelan", "password": "a-secret-4711"})

    entry = TrailEntry.objects.get()
    assert (entry.action, entry.by, entry.by_name) == ("failed_login", None, "j.whelan")
    assert "4711" not in str([getattr(entry, field.attname) for field in entry._meta.concrete_fields])


# What cannot be recorded is not shown -----------------------------------------------------


@pytest.fixture
def clinic_fixture(transactional_db):
    return make_clinic_fixture()


@pytest.fixture
def no_trail(transactional_db):
    """The audit trail cannot be written inside this context."""
    table = TrailEntry._meta.db_table

    def rename(old, new):
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {old} RENAME TO {new}")

    yield lambda: rename(table, "away")

    if "away" in connection.introspection.table_names():
        rename("away", table)


def test_a_chart_is_not_shown_if_that_cannot_be_recorded(client, clinic_fixture, no_trail):
    client.force_login(clinic_fixture.physiotherapist)
    no_trail()

    answer = client.get(clinic_fixture.url("patient_chart"))

    assert answer.status_code == 503
    assert b"Adeyemi" not in answer.content
    assert b"ADEYEMI" not in answer.content
    assert answer.headers["X-Request-ID"].encode() in answer.content
    assert "no-store" in answer.headers["Cache-Control"]
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


def test_a_refusal_stays_a_refusal_if_it_cannot_be_recorded(client, clinic_fixture, no_trail):
    client.force_login(clinic_fixture.front_desk)
    no_trail()

    assert client.get(clinic_fixture.url("patient_chart")).status_code == 403


def test_pages_without_patients_still_work(client, clinic_fixture, no_trail):
    client.force_login(clinic_fixture.front_desk)
    no_trail()

    assert client.get(clinic_fixture.url("account")).status_code == 200
