from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from patients.models import Episode
from patients.services import close_episode, open_episode, update_episode
from tests.people import make_patient

pytestmark = pytest.mark.both_engines


@pytest.fixture
def episode(physiotherapist, patient):
    return open_episode(patient, by=physiotherapist, complaint="Neck pain", region="neck", opened_on=date(2026, 1, 5))


def typed(physiotherapist, **fields):
    return {
        "complaint": "Sore elbow",
        "region": "forearm",
        "planned_sessions": "6",
        "lead": physiotherapist.pk,
        "opened_on": "5 Jan 2026",
    } | fields


def test_an_episode_is_opened(client, physiotherapist, patient):
    client.force_login(physiotherapist)

    answer = client.post(f"/patients/{patient.pk}/episodes/new/", typed(physiotherapist, diagnosis_code="m77.1"))

    episode = Episode.objects.get()
    assert answer.headers["Location"] == f"/patients/{patient.pk}/"
    assert (episode.patient, episode.lead, episode.diagnosis_code) == (patient, physiotherapist, "M77.1")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"planned_sessions": "0"}, "planned_sessions"),
        ({"diagnosis_code": "elbow"}, "diagnosis_code"),
        ({"opened_on": "1 Jan 2099"}, "opened_on"),
        ({"onset_on": "1 Jan 1900"}, "onset_on"),
        ({"complaint": ""}, "complaint"),
    ],
)
def test_bad_input_gets_an_error_message_beside_its_field(client, physiotherapist, patient, fields, field):
    client.force_login(physiotherapist)

    answer = client.post(f"/patients/{patient.pk}/episodes/new/", typed(physiotherapist, **fields))

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]


def test_an_open_episode_is_changed(client, physiotherapist, episode):
    client.force_login(physiotherapist)

    client.post(f"/patients/{episode.patient_id}/episodes/{episode.pk}/edit/", typed(physiotherapist, goals="Lift"))

    episode.refresh_from_db()
    assert (episode.complaint, episode.goals) == ("Sore elbow", "Lift")


def test_closing_asks_for_a_summary(client, physiotherapist, episode):
    client.force_login(physiotherapist)
    address = f"/patients/{episode.patient_id}/episodes/{episode.pk}/close/"

    assert client.post(address, {"closing_summary": " ", "closed_on": "6 Jan 2026"}).status_code == 422
    assert client.post(address, {"closing_summary": "Well", "closed_on": "6 Jan 2026"}).status_code == 302

    episode.refresh_from_db()
    assert (episode.closed_on, episode.closing_summary) == (date(2026, 1, 6), "Well")


@pytest.mark.parametrize("closed_on", [date(2026, 1, 4), timezone.localdate() + timedelta(days=2)])
def test_the_closing_date_is_between_opening_and_today(physiotherapist, episode, closed_on):
    with pytest.raises(ValidationError) as refusal:
        close_episode(episode, by=physiotherapist, closing_summary="Well", closed_on=closed_on)

    assert list(refusal.value.message_dict) == ["closed_on"]


def test_a_closed_episode_cannot_be_changed(client, physiotherapist, episode):
    client.force_login(physiotherapist)
    close_episode(episode, by=physiotherapist, closing_summary="Well")

    for page in ("edit", "close"):
        assert client.get(f"/patients/{episode.patient_id}/episodes/{episode.pk}/{page}/").status_code == 404
    with pytest.raises(ValidationError):
        update_episode(episode, by=physiotherapist, complaint="Other")
    with pytest.raises(ValidationError):
        close_episode(episode, by=physiotherapist, closing_summary="Again")


def test_an_episode_of_another_patient_is_not_found(client, physiotherapist, front_desk, episode):
    client.force_login(physiotherapist)
    other = make_patient(by=front_desk)

    assert client.get(f"/patients/{other.pk}/episodes/{episode.pk}/edit/").status_code == 404


def test_the_front_desk_cannot_open_an_episode(client, front_desk, patient):
    client.force_login(front_desk)

    assert client.get(f"/patients/{patient.pk}/episodes/new/").status_code == 403


def test_closing_keeps_what_others_saved(physiotherapist, episode):
    seen = Episode.objects.get(pk=episode.pk)
    update_episode(episode, by=physiotherapist, goals="Lift the child")

    closed = close_episode(seen, by=physiotherapist, closing_summary="Well")

    episode.refresh_from_db()
    assert (closed.goals, episode.goals, episode.closing_summary) == ("Lift the child", "Lift the child", "Well")


def test_a_change_keeps_other_fields_that_others_saved(physiotherapist, episode):
    seen = Episode.objects.get(pk=episode.pk)
    update_episode(episode, by=physiotherapist, goals="Lift the child")

    update_episode(seen, by=physiotherapist, mechanism="Fell")

    episode.refresh_from_db()
    assert (episode.goals, episode.mechanism) == ("Lift the child", "Fell")
