from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from clinic.models import Site
from tests import people
from tests.treatments.builders import make_signed
from treatments.services import record_follow_up

# In July, Lord Howe is 10:30 hours ahead of UTC and London one hour.
NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def session(patient, physiotherapist):
    with time_machine.travel(NOON + timedelta(minutes=1)):
        session = make_signed(patient, by=physiotherapist, started_at=NOON)
        record_follow_up(session, by=physiotherapist, contacted_at=NOON, note="Well.")
    return session


def chart_of(client, session):
    return client.get(f"/patients/{session.patient_id}/chart/").content.decode()


def test_a_practitioner_sees_times_in_the_zone_of_the_site(client, physiotherapist, session):
    Site.objects.update(timezone="Australia/Lord_Howe")
    client.force_login(physiotherapist)

    assert "Follow-up Wed 1 Jul 2026, 22:30" in chart_of(client, session)


def test_signing_in_with_a_password_does_the_same(client, physiotherapist, session):
    Site.objects.update(timezone="Australia/Lord_Howe")
    client.post("/login/", {"username": physiotherapist.username, "password": people.PASSWORD})

    assert "22:30" in chart_of(client, session)


def test_entered_times_are_in_the_zone_of_the_site(client, physiotherapist, session):
    Site.objects.update(timezone="Australia/Lord_Howe")
    client.force_login(physiotherapist)

    answer = client.post(
        f"/patients/{session.patient_id}/sessions/{session.pk}/follow-up/",
        {"id": "00000000-0000-4000-8000-000000000001", "contacted_at": "2026-07-02T09:00", "pain": "2", "note": ""},
    )

    assert answer.status_code == 302
    newest = session.follow_ups.latest_first().first()
    assert newest.contacted_at == datetime(2026, 7, 1, 22, 30, tzinfo=UTC)


def test_a_user_without_a_site_sees_times_in_the_zone_of_the_settings(client, admin, session):
    Site.objects.update(timezone="Australia/Lord_Howe")
    client.force_login(admin)

    assert "Follow-up Wed 1 Jul 2026, 13:00" in chart_of(client, session)


def test_one_persons_site_does_not_reach_the_next_request(client, physiotherapist, session):
    Site.objects.update(timezone="Australia/Lord_Howe")
    client.force_login(physiotherapist)

    chart_of(client, session)

    assert timezone.get_current_timezone_name() == "Europe/London"


def test_the_site_costs_no_query(client, physiotherapist, session, django_assert_num_queries):
    client.force_login(physiotherapist)

    with django_assert_num_queries(2):
        client.get("/login/")
