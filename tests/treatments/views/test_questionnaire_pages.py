"""Questionnaires item by item: answered here, or by the patient on the tablet and confirmed by the therapist."""

import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from patients.services import open_episode
from tests import people
from tests.refusals import is_refused
from treatments.models import OutcomeScore
from treatments.questionnaires.definitions import questionnaires
from treatments.services import record_outcome_score

pytestmark = pytest.mark.both_engines

FIQR = {f"fiqr_{item.key}": "5" for item in questionnaires()["fiqr"].items}


@pytest.fixture
def episode(patient, physiotherapist):
    return open_episode(patient, by=physiotherapist, complaint="Neck pain", region="neck")


@pytest.fixture
def page(client, patient, physiotherapist, episode):
    """The addresses of the pages, for a therapist who is signed in."""
    client.force_login(physiotherapist)
    names = "create hand_over by_patient take_back".split()
    return {name: reverse(f"questionnaire_{name}", args=[patient.pk]) for name in names}


def posted(episode, *measures, **fields):
    usual = {"id": uuid.uuid4(), "scored_on": timezone.localdate(), "episode": episode.pk, "measure": measures}
    return usual | fields


def on_tablet(client, page, episode, *measures, **fields):
    client.post(page["hand_over"], {"measure": measures, "episode": episode.pk})
    return client.post(page["by_patient"], {"answered_by_name": "Ruth Adeyemi"} | fields)


def test_questionnaires_are_chosen_and_answered_here(client, page, patient, episode):
    chosen = client.post(page["hand_over"], {"measure": ["psfs", "fiqr"], "episode": episode.pk, "here": "yes"})
    shown = client.get(chosen.headers["Location"])

    answer = client.post(
        page["create"],
        posted(episode, "psfs", "fiqr", psfs_activity_0=" Climbing  stairs", psfs_0="4", **FIQR),
    )

    assert [one.measure for one in shown.context["form"].chosen] == ["psfs", "fiqr"]
    assert answer.headers["Location"] == f"{reverse('patient_outcomes', args=[patient.pk])}?episode={episode.pk}"
    stored = OutcomeScore.objects.oldest_first().values_list("measure", "item", "value", "answered_by_name")
    assert sorted(stored) == [("fiqr", "", 50, ""), ("psfs", "Climbing stairs", 4, "")]


@pytest.mark.parametrize(
    ("typed", "field", "why"),
    [
        ({}, "__all__", "Nothing is answered yet."),
        ({"fiqr_1": "5"}, "__all__", "8 of the 9 answers"),
        ({"fiqr_1": "11"}, "fiqr_1", "invalid_choice"),
        ({"psfs_0": "4"}, "psfs_activity_0", "Name the activity"),
        ({"psfs_activity_0": "Stairs", "psfs_activity_1": "stairs"}, "psfs_activity_1", "named twice"),
        ({"headache_0": "29"}, "headache_0", "max_value"),
        ({"headache_0": "some"}, "headache_0", "invalid"),
        ({"groc_0": "-8"}, "groc_0", "invalid_choice"),
        ({"nprs_now": "4", "scored_on": "2999-01-01"}, "scored_on", "in the future"),
    ],
)
def test_a_wrong_answer_gets_a_sentence_and_nothing_is_recorded(client, page, episode, typed, field, why):
    answer = client.post(page["create"], posted(episode, *questionnaires()) | typed)

    assert answer.status_code == 422
    assert is_refused(answer, field, why)
    assert not OutcomeScore.objects.exists()


@pytest.mark.parametrize("measure", ["ndi", "nonsense"])
def test_only_questionnaires_that_may_be_shown_can_be_chosen(client, page, episode, measure):
    answer = client.post(page["hand_over"], {"measure": [measure], "episode": episode.pk})

    assert answer.status_code == 422
    assert is_refused(answer, "measure", "invalid_choice")


def test_the_patient_answers_on_the_tablet_and_the_therapist_confirms(client, page, episode):
    sent = on_tablet(client, page, episode, "nprs", "fiqr", nprs_now="7", **FIQR)
    locked = client.get(page["create"])
    taken = client.post(page["take_back"], {"password": people.PASSWORD})
    confirm = client.get(taken.headers["Location"])
    before = OutcomeScore.objects.count()

    client.post(page["create"], posted(episode, "nprs", "fiqr", nprs_now="6", **FIQR))

    assert (sent.headers["Location"], locked.headers["Location"]) == (page["take_back"], page["by_patient"])
    assert confirm.context["form"]["nprs_now"].value() == "7"
    assert before == 0
    now, fiqr = (OutcomeScore.objects.get(measure=measure) for measure in ("nprs", "fiqr"))
    assert (now.value, now.patient_answers, now.answered_by_name) == (6, [["now", "Now", 7]], "Ruth Adeyemi")
    assert (fiqr.value, len(fiqr.patient_answers), fiqr.recorded_by.username) == (50, 21, "m.solberg")


def test_answers_from_the_tablet_are_used_once(client, page, episode):
    on_tablet(client, page, episode, "nprs", nprs_now="7")
    client.post(page["take_back"], {"password": people.PASSWORD})
    client.post(page["create"], posted(episode, "nprs", nprs_now="7"))

    client.post(page["create"], posted(episode, "nprs", nprs_now="5"))

    later = OutcomeScore.objects.get(value=5)
    assert (later.patient_answers, later.answered_by_name) == ([], "")


def test_the_patient_leaves_a_question_out_only_on_purpose(client, page, episode):
    asked = on_tablet(client, page, episode, "fiqr", fiqr_1="4")
    again = client.get(page["by_patient"])

    sent = client.post(page["by_patient"], {"answered_by_name": "Ruth", "fiqr_1": "4", "leave_out": "yes"})

    assert asked.status_code == 422
    assert again.context["form"]["fiqr_1"].value() == "4"
    assert sent.headers["Location"] == page["take_back"]


def test_the_patient_rates_the_activities_of_the_first_day_again(client, page, episode, physiotherapist):
    for activity in ("Teaching", "Sleeping"):
        record_outcome_score(
            episode, by=physiotherapist, measure="psfs", item=activity, value=3, scored_on=timezone.localdate()
        )

    shown = client.get(page["create"], {"measure": "psfs", "episode": episode.pk})

    form = shown.context["form"]
    assert [form[f"psfs_activity_{number}"].value() for number in range(3)] == ["Teaching", "Sleeping", None]


def test_the_outcomes_show_each_answer_and_where_the_patient_answered_otherwise(client, page, patient, episode):
    on_tablet(client, page, episode, "fiqr", **FIQR)
    client.post(page["take_back"], {"password": people.PASSWORD})
    client.post(page["create"], posted(episode, "fiqr", **(FIQR | {"fiqr_1": "9"})))

    shown = client.get(reverse("patient_outcomes", args=[patient.pk]), {"episode": episode.pk})

    (course,) = (course for course, _ in shown.context["progress"].measures)
    rows = course.latest.score.shown_answers
    assert [(row["value"], row["entered"]) for row in rows if row["differs"]] == [(9, 5)]
    assert rows[0]["words"] in shown.content.decode()
