"""The next visit is booked from a session, before and after it is signed."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone

from clinic.models import Appointment, ClinicSettings
from patients.services import update_episode
from tests.clinic.builders import make_hours, make_type
from tests.clinic_fixture import make_clinic_fixture
from treatments.record.next_visit import next_visit_on
from treatments.templatetags.session_tags import next_visit_query


@pytest.fixture
def made(db):
    made = make_clinic_fixture()
    make_hours(made.physiotherapist)
    return made


def test_the_next_visit_is_due_after_the_interval_of_the_plan(made):
    session = made.sessions[0]
    day = timezone.localdate(session.started_at)
    without_a_plan = next_visit_on(session)

    update_episode(session.episode, by=made.physiotherapist, planned_interval_days=10)
    session.episode.refresh_from_db()

    assert (without_a_plan, next_visit_on(session)) == (day + timedelta(days=7), day + timedelta(days=10))


@pytest.mark.parametrize("number", [0, 1])
def test_a_session_leads_to_the_next_visit_and_back(client, made, number):
    session = made.sessions[number]
    make_type()
    client.force_login(made.physiotherapist)
    link = f"{reverse('appointment_create')}?{next_visit_query(session)}"

    page = client.get(session.get_absolute_url())
    form = client.get(link)
    slot = form.context["slots"][0]
    token = form.context["form"]["token"].value()
    sent = {"patient": session.patient_id, "type": form.context["kind"].pk, "slot": slot.value, "token": token}
    answer = client.post(reverse("appointment_create"), sent | {"then": form.context["asked"]["then"]})

    assert link.replace("&", "&amp;") in page.text
    booked = Appointment.objects.latest("pk")
    assert (booked.starts_at.date(), booked.practitioner) == (next_visit_on(session), session.practitioner)
    assert answer.url == session.get_absolute_url()


def test_who_may_not_book_sees_no_link(client, made):
    ClinicSettings(practitioners_book=False).save()
    client.force_login(made.physiotherapist)

    page = client.get(made.sessions[0].get_absolute_url())

    assert reverse("appointment_create") not in page.text


def test_a_colleague_books_with_themselves(client, made):
    make_hours(made.other_physiotherapist)
    client.force_login(made.other_physiotherapist)

    page = client.get(f"{reverse('appointment_create')}?{next_visit_query(made.sessions[0])}")

    assert parse_qs(urlsplit(next_visit_query(made.sessions[0])).path)["then"] == [made.sessions[0].get_absolute_url()]
    assert {offer.practitioner.user for offer in page.context["slots"]} == {made.other_physiotherapist}
