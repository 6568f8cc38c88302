import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from patients.models import TrailEntry
from patients.services import close_episode, open_episode
from tests.reference_data import have_catalogue
from tests.refusals import is_refused
from tests.treatments.builders import make_muscle, make_needling, make_signed
from treatments.models import OutcomeScore
from treatments.services import mark_in_error, record_outcome_score

NPRS = {"measure": "nprs", "window": "now", "value": "4"}


@pytest.fixture
def signed_in(client, physiotherapist):
    client.force_login(physiotherapist)
    return client


@pytest.fixture
def episode(patient, physiotherapist):
    return open_episode(patient, by=physiotherapist, complaint="Neck pain", region="neck", planned_sessions=2)


@pytest.fixture
def score(episode, physiotherapist):
    return record_outcome_score(episode, by=physiotherapist, measure="ndi", value=44, scored_on=timezone.localdate())


def url(patient, page="outcomes/"):
    return f"/patients/{patient.pk}/{page}"


def posted(episode, **fields):
    usual = {"id": uuid.uuid4(), "scored_on": timezone.localdate(), "episode": episode.pk}
    return usual | fields


def text(answer):
    return " ".join(answer.content.decode().split())


# The outcomes -----------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 3, 12])
def test_outcomes_ask_the_database_twelve_times(
    signed_in, patient, physiotherapist, episode, count, django_assert_num_queries
):
    have_catalogue()
    for number in range(count):
        make_signed(
            patient,
            by=physiotherapist,
            days_ago=number + 1,
            episode=episode,
            needlings=[make_needling(make_muscle(f"m-{number}", f"Muscle {number}"))],
        )
        day = timezone.localdate() - timedelta(days=number)
        record_outcome_score(episode, by=physiotherapist, measure="ndi", value=44 + number, scored_on=day)

    with django_assert_num_queries(16):  # one each for past events, similar names, contacts and scores entered in error
        assert signed_in.get(url(patient)).status_code == 200


def test_outcomes_without_anything_say_so(signed_in, patient, episode):
    page = text(signed_in.get(url(patient)))

    assert "No pain scores yet" in page
    assert "No score recorded for this complaint yet" in page
    assert "No signed session with needles yet" in page
    assert "No signed session has measurements yet" in page
    assert "no data" in page
    assert "have no control group" in page


def test_outcomes_open_on_the_newest_complaint_that_has_any(signed_in, patient, physiotherapist, episode, score):
    newer = open_episode(patient, by=physiotherapist, complaint="Knee pain", region="leg")

    assert signed_in.get(url(patient)).context["episode"] == episode
    assert signed_in.get(url(patient, f"outcomes/?episode={newer.pk}")).context["episode"] == newer


def test_outcomes_without_an_episode_say_so(signed_in, patient):
    assert "This patient has no episode yet" in text(signed_in.get(url(patient)))


def test_outcomes_name_the_population_and_the_source_of_a_threshold(signed_in, patient, score):
    have_catalogue()

    page = text(signed_in.get(url(patient)))

    assert 'Mechanical neck pain. <a class="fl-cite" href="/sources/#young-2009"' in page
    assert '</a>, abstract. <span class="fl-todo">Not yet reviewed' in page
    assert "Thresholds that no clinician has reviewed yet: 7 of 7." in page
    assert "not drawn: its unit does not fit the scale" in page


def test_outcomes_ask_for_reassessment_until_a_score_is_recorded(signed_in, patient, physiotherapist, episode):
    make_signed(patient, by=physiotherapist, episode=episode)
    pages = [url(patient), url(patient, "chart/")]
    assert all("Half of the planned sessions are done" in text(signed_in.get(page)) for page in pages)

    record_outcome_score(episode, by=physiotherapist, measure="ndi", value=44, scored_on=timezone.localdate())

    assert not any("planned sessions are done" in text(signed_in.get(page)) for page in pages)


def test_outcomes_are_those_of_one_complaint(signed_in, patient, physiotherapist, episode, score):
    close_episode(episode, by=physiotherapist, closing_reason="goal_reached", closing_summary="Better.")
    knee = open_episode(patient, by=physiotherapist, complaint="Knee pain", region="leg")

    assert "over time" not in text(signed_in.get(url(patient, f"outcomes/?episode={knee.pk}")))
    assert "NDI over time" in text(signed_in.get(url(patient, f"outcomes/?episode={episode.pk}")))
    assert signed_in.get(url(patient, f"outcomes/?episode={knee.pk + 10**6}")).status_code == 404


def test_the_front_desk_is_refused_and_reading_is_told(client, front_desk, physiotherapist, patient, score):
    client.force_login(front_desk)
    assert client.get(url(patient)).status_code == 403
    client.force_login(physiotherapist)
    client.get(url(patient))

    told = TrailEntry.objects.filter(page="patient_outcomes").order_by("pk")
    assert list(told.values_list("action", "patient_id")) == [("refused", patient.pk), ("read", patient.pk)]


# The form ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ({"measure": "ndi", "typed_in": "percent", "value": "35,5"}, ("ndi", "", 35.5)),
        ({"measure": "ndi", "typed_in": "of_50", "value": "18"}, ("ndi", "", 36)),
        ({"measure": "psfs", "activity": " Climbing  stairs", "value": "4"}, ("psfs", "Climbing stairs", 4)),
        ({"measure": "groc", "value": "−3", "activity": "left over"}, ("groc", "", -3)),
        (NPRS, ("nprs", "now", 4)),
    ],
)
def test_a_score_is_recorded(signed_in, patient, episode, typed, stored):
    answer = signed_in.post(url(patient, "scores/new/"), posted(episode, **typed))

    assert answer.headers["Location"] == url(patient, f"outcomes/?episode={episode.pk}")
    assert list(OutcomeScore.objects.values_list("measure", "item", "value")) == [stored]


def test_a_score_sent_twice_is_one_and_another_may_follow(signed_in, patient, episode):
    sent = posted(episode, **NPRS, again="yes")

    answers = [signed_in.post(url(patient, "scores/new/"), sent) for _ in range(2)]

    assert {answer.headers["Location"] for answer in answers} == {url(patient, f"scores/new/?episode={episode.pk}")}
    assert OutcomeScore.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "field", "why"),
    [
        ({}, "measure", "required"),
        (NPRS | {"value": ""}, "value", "Give the score: a whole number from 0 to 10."),
        (NPRS | {"value": "11"}, "value", "Pain, NPRS 0 to 10: give a whole number from 0 to 10."),
        (NPRS | {"value": "four"}, "value", "invalid"),
        (NPRS | {"window": ""}, "window", "Choose whether the score is for pain now or in the last 24 hours."),
        ({"measure": "psfs", "activity": " ", "value": "4"}, "activity", "Name the activity that was scored."),
        (
            {"measure": "ndi", "value": "18"},
            "typed_in",
            "Choose whether the score is in percent or in points out of 50.",
        ),
        (
            {"measure": "ndi", "value": "51", "typed_in": "of_50"},
            "value",
            "a whole number from 0 to 50",
        ),
        ({"measure": "hit6", "value": "30"}, "value", "HIT-6: give a whole number from 36 to 78."),
        (NPRS | {"scored_on": "2999-01-01"}, "scored_on", "This day is in the future."),
        (NPRS | {"scored_on": "soon"}, "scored_on", "invalid"),
        (NPRS | {"episode": "0"}, "episode", "invalid_choice"),
    ],
)
def test_a_wrong_score_gets_a_sentence_and_stays_typed(signed_in, patient, episode, typed, field, why):
    answer = signed_in.post(url(patient, "scores/new/"), posted(episode) | {"activity": "Stairs"} | typed)

    page = text(answer)
    assert answer.status_code == 422
    assert is_refused(answer, field, why)
    sent = {"activity": "Stairs"} | typed
    assert [
        sent[name] for name in ("activity", "value") if f'value="{sent.get(name)}"' not in page and sent.get(name)
    ] == []
    assert not OutcomeScore.objects.exists()


def test_a_score_is_corrected(signed_in, patient, episode, score):
    page = url(patient, f"scores/{score.pk}/correct/")
    assert 'value="44"' in text(signed_in.get(page))

    signed_in.post(page, posted(episode, measure="ndi", typed_in="percent", value="34", reason="Misread"))

    (right,) = OutcomeScore.objects.current()
    assert (right.value, right.replaces, right.reason) == (34, score, "Misread")
    told = text(signed_in.get(url(patient)))
    assert "<s>44 %</s>" in told
    assert "Misread" in told


def test_a_score_is_taken_back(signed_in, patient, episode, score):
    told = posted(episode, measure="ndi", typed_in="percent", value="44", taken_back="on", reason="Not hers")

    signed_in.post(url(patient, f"scores/{score.pk}/correct/"), told)

    assert not OutcomeScore.objects.current().exists()
    assert "withdrawn" in text(signed_in.get(url(patient)))


def test_a_correction_says_why_and_only_once(signed_in, patient, episode, score, physiotherapist):
    page = url(patient, f"scores/{score.pk}/correct/")
    told = posted(episode, measure="ndi", typed_in="percent", value="34")
    assert "Give the reason for the correction." in text(signed_in.post(page, told))
    signed_in.post(page, told | {"reason": "Misread"})

    late = signed_in.post(page, told | {"id": uuid.uuid4(), "reason": "Misread again"})

    assert late.status_code == 422
    assert "A colleague corrected this score" in text(late)


# Entered in error ------------------------------------------------------------------


def drawn(answer):
    return [point.value for course, _ in answer.context["progress"].measures for point, _ in course.rows]


def test_a_score_entered_in_error_stays_readable_and_is_not_drawn(signed_in, patient, physiotherapist, episode, score):
    right = record_outcome_score(episode, by=physiotherapist, measure="ndi", value=30, scored_on=timezone.localdate())
    mark = mark_in_error(score, by=physiotherapist, reason="Of another patient", proof="PIN")

    answer = signed_in.get(url(patient))

    assert drawn(answer) == [right.value]
    assert list(answer.context["in_error"]) == [score]
    assert mark.reason in text(answer)
    assert str(mark.pk) in text(answer)


def test_a_score_stays_replaced_when_its_correction_was_entered_in_error(
    signed_in, patient, physiotherapist, episode, score
):
    correction = record_outcome_score(
        episode,
        by=physiotherapist,
        measure="ndi",
        value=30,
        scored_on=score.scored_on,
        replaces=score,
        reason="Misread",
    )
    mark_in_error(correction, by=physiotherapist, reason="Of another patient", proof="PIN")

    answer = signed_in.get(url(patient))

    assert drawn(answer) == []
    assert answer.context["progress"].replaced == [(score, correction)]
    assert list(answer.context["in_error"]) == [correction]


def test_the_scores_of_an_episode_entered_in_error_stay_readable(signed_in, patient, physiotherapist, episode, score):
    mark = mark_in_error(episode, by=physiotherapist, reason="Of another patient", proof="PIN")

    answer = signed_in.get(url(patient))

    assert answer.context["episode"] is None
    assert list(answer.context["in_error"]) == [score]
    assert mark.reason in text(answer)
