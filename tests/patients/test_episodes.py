import re
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from clinic.models import ClinicSettings
from patients.models import Episode
from patients.models.condition import CodeSystem, conditions
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
    assert answer.headers["Location"] == f"/patients/{patient.pk}/screening/"  # next in a first visit
    assert (episode.patient, episode.lead, episode.diagnosis_code) == (patient, physiotherapist, "M77.1")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"planned_sessions": "0"}, "planned_sessions"),
        ({"diagnosis_code": "elbow"}, "diagnosis_code"),
        ({"condition": "no such condition"}, "condition"),
        ({"diagnosis_code": "M77.10"}, "diagnosis_code"),  # of ICD-10-CM, and the clinic uses the WHO's
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


@pytest.mark.parametrize(("system", "code"), [("who", "M77.1"), ("cm", "M77.10")])
def test_a_condition_is_found_by_another_word_and_brings_the_code_of_the_clinics_classification(
    client, physiotherapist, patient, system, code
):
    ClinicSettings(code_system=system).save()
    client.force_login(physiotherapist)

    client.post(f"/patients/{patient.pk}/episodes/new/", typed(physiotherapist, condition="Tennis  elbow"))

    episode = Episode.objects.get()
    assert (episode.condition, episode.diagnosis_code, episode.code_system) == ("lateral-elbow", code, system)
    assert episode.condition_name == "Lateral elbow tendinopathy"


def test_a_code_from_before_keeps_its_unknown_classification_until_it_is_changed(client, physiotherapist, episode):
    Episode.objects.update(diagnosis_code="M54.59", code_system="")
    url = f"/patients/{episode.patient_id}/episodes/{episode.pk}/edit/"
    client.force_login(physiotherapist)

    client.post(url, typed(physiotherapist, diagnosis_code="M54.59", goals="Sleep"))
    kept = Episode.objects.get()
    client.post(url, typed(physiotherapist, diagnosis_code="M54.5"))
    changed = Episode.objects.get()

    assert (kept.goals, kept.diagnosis_code, kept.code_system) == ("Sleep", "M54.59", "")
    assert (changed.diagnosis_code, changed.code_system) == ("M54.5", "who")


def test_another_condition_replaces_the_code_of_the_one_before(physiotherapist, episode):
    update_episode(episode, by=physiotherapist, condition="neck-pain")
    changed = update_episode(episode, by=physiotherapist, condition="whiplash")

    assert (changed.condition, changed.diagnosis_code, changed.code_system) == ("whiplash", "S13.4", "who")


def test_every_listed_condition_has_a_code_of_both_classifications_and_words_of_its_own():
    pattern = re.compile(Episode._meta.get_field("diagnosis_code").validators[0].regex)
    words = [word for one in conditions().values() for word in one.words]

    assert all(pattern.match(one.code(system)) for one in conditions().values() for system in CodeSystem)
    assert len(words) == len(set(words))


def test_an_open_episode_is_changed(client, physiotherapist, episode):
    client.force_login(physiotherapist)

    client.post(f"/patients/{episode.patient_id}/episodes/{episode.pk}/edit/", typed(physiotherapist, goals="Lift"))

    episode.refresh_from_db()
    assert (episode.complaint, episode.goals) == ("Sore elbow", "Lift")


def test_closing_asks_for_a_reason_and_a_summary(client, physiotherapist, episode):
    client.force_login(physiotherapist)
    address = f"/patients/{episode.patient_id}/episodes/{episode.pk}/close/"
    typed = {"closing_reason": "improved", "closing_summary": "Well", "closed_on": "6 Jan 2026"}

    assert client.post(address, typed | {"closing_summary": " "}).status_code == 422
    assert client.post(address, typed | {"closing_reason": ""}).status_code == 422
    assert client.post(address, typed | {"closing_reason": "unknown"}).status_code == 422
    assert client.post(address, typed).status_code == 302

    episode.refresh_from_db()
    assert (episode.closed_on, episode.closing_reason, episode.closing_summary) == (
        date(2026, 1, 6),
        "improved",
        "Well",
    )


@pytest.mark.parametrize("closed_on", [date(2026, 1, 4), timezone.localdate() + timedelta(days=2)])
def test_the_closing_date_is_between_opening_and_today(physiotherapist, episode, closed_on):
    with pytest.raises(ValidationError) as refusal:
        close_episode(
            episode, by=physiotherapist, closing_reason="goal_reached", closing_summary="Well", closed_on=closed_on
        )

    assert list(refusal.value.message_dict) == ["closed_on"]


def test_a_closed_episode_cannot_be_changed(client, physiotherapist, episode):
    client.force_login(physiotherapist)
    close_episode(episode, by=physiotherapist, closing_reason="goal_reached", closing_summary="Well")

    for page in ("edit", "close"):
        assert client.get(f"/patients/{episode.patient_id}/episodes/{episode.pk}/{page}/").status_code == 404
    with pytest.raises(ValidationError):
        update_episode(episode, by=physiotherapist, complaint="Other")
    with pytest.raises(ValidationError):
        close_episode(episode, by=physiotherapist, closing_reason="goal_reached", closing_summary="Again")


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

    closed = close_episode(seen, by=physiotherapist, closing_reason="goal_reached", closing_summary="Well")

    episode.refresh_from_db()
    assert (closed.goals, episode.goals, episode.closing_summary) == ("Lift the child", "Lift the child", "Well")


def test_a_change_keeps_other_fields_that_others_saved(physiotherapist, episode):
    seen = Episode.objects.get(pk=episode.pk)
    update_episode(episode, by=physiotherapist, goals="Lift the child")

    update_episode(seen, by=physiotherapist, mechanism="Fell")

    episode.refresh_from_db()
    assert (episode.goals, episode.mechanism) == ("Lift the child", "Fell")
