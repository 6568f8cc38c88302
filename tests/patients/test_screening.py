from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from patients.models import Screening, ScreeningQuestion
from patients.services import take_screening


@pytest.fixture
def url(client, patient, physiotherapist):
    client.force_login(physiotherapist)
    return reverse("screening_create", args=[patient.pk])


def all_no(questions):
    return dict.fromkeys(questions, (False, ""))


def typed(questions, **yes):
    data = {f"answer_{q.key}": "yes" if q.key in yes else "no" for q in questions}
    return data | {f"detail_{key}": detail for key, detail in yes.items()}


def test_every_question_has_a_source(questions):
    assert questions.count() == 27
    assert not questions.filter(source="").exists()


def test_loading_again_keeps_what_an_admin_changed(questions):
    ScreeningQuestion.objects.filter(key="fainting").update(text="Ever fainted?", is_active=False)

    call_command("load_screening_questions", verbosity=0)

    assert ScreeningQuestion.objects.count() == 27
    assert ScreeningQuestion.objects.get(key="fainting").text == "Ever fainted?"
    assert questions.filter(key="fainting").exists() is False


def test_a_screening_keeps_the_words_it_was_asked_with(questions, patient, physiotherapist):
    answers = all_no(questions) | {questions.get(key="fainting"): (True, "Blood test in 2019")}

    screening = take_screening(patient, by=physiotherapist, answers=answers)
    ScreeningQuestion.objects.filter(key="fainting").update(text="Something else?")

    answer = screening.answers.get(is_yes=True)
    assert answer.question_text == "Have you ever fainted with a needle or a blood test?"
    assert answer.detail == "Blood test in 2019"
    assert screening.answers.count() == 27
    assert (screening.patient, screening.taken_by) == (patient, physiotherapist)


def test_a_screening_is_valid_for_the_days_the_clinic_set(questions, patient, physiotherapist, settings):
    settings.SCREENING_VALID_DAYS = 90

    screening = take_screening(patient, by=physiotherapist, answers=all_no(questions))

    assert screening.valid_until == timezone.localdate() + timedelta(days=90)


def test_a_missing_answer_is_refused(questions, patient, physiotherapist):
    answers = all_no(questions)
    del answers[questions.get(key="fainting")]

    with pytest.raises(ValidationError, match="Have you ever fainted"):
        take_screening(patient, by=physiotherapist, answers=answers)

    assert not Screening.objects.exists()


def test_an_answer_to_a_retired_question_is_refused(questions, patient, physiotherapist):
    answers = all_no(questions)
    ScreeningQuestion.objects.filter(key="fainting").update(is_active=False)

    with pytest.raises(ValidationError, match="retired"):
        take_screening(patient, by=physiotherapist, answers=answers)


def test_a_screening_in_the_future_is_refused(questions, patient, physiotherapist):
    with pytest.raises(ValidationError, match="future"):
        take_screening(
            patient, by=physiotherapist, answers=all_no(questions), taken_at=timezone.now() + timedelta(hours=1)
        )


def test_a_detail_without_a_yes_is_refused(questions, patient, physiotherapist):
    answers = all_no(questions) | {questions.get(key="fainting"): (False, "once")}

    with pytest.raises(ValidationError, match="Say yes first"):
        take_screening(patient, by=physiotherapist, answers=answers)

    assert not Screening.objects.exists()


def test_without_questions_nothing_counts_as_screened(patient, physiotherapist):
    with pytest.raises(ValidationError, match="no screening questions"):
        take_screening(patient, by=physiotherapist, answers={})


def test_the_page_saves_the_answers(client, url, questions, patient):
    response = client.post(url, typed(questions, fainting="Blood test"))

    assert response.headers["Location"] == reverse("patient_chart", args=[patient.pk])
    answer = Screening.objects.get().answers.get(is_yes=True)
    assert (answer.question.key, answer.detail) == ("fainting", "Blood test")


def test_the_page_keeps_what_was_typed_when_an_answer_is_missing(client, url, questions):
    data = typed(questions, fainting="Blood test in 2019")
    del data["answer_lung"]

    response = client.post(url, data)

    assert response.status_code == 422
    form = response.context["form"]
    assert form.errors == {"answer_lung": ["Answer yes or no."]}
    assert b"Blood test in 2019" in response.content
    assert b"1 question still needs an answer" in response.content
    assert not Screening.objects.exists()


def test_the_page_with_nothing_typed_is_refused(client, url, questions):
    response = client.post(url, {})

    assert response.status_code == 422
    assert b"27 questions still need an answer" in response.content


def test_a_detail_is_dropped_when_the_answer_turns_to_no(client, url, questions):
    client.post(url, typed(questions) | {"detail_fainting": "left over"})

    assert Screening.objects.get().answers.filter(is_yes=True).exists() is False


def test_the_page_starts_from_the_last_answers(client, url, questions, patient, physiotherapist):
    answers = all_no(questions) | {questions.get(key="fainting"): (True, "Blood test")}
    take_screening(patient, by=physiotherapist, answers=answers)

    form = client.get(url).context["form"]

    assert form["answer_fainting"].value() == "yes"
    assert form["detail_fainting"].value() == "Blood test"
    assert form["answer_lung"].value() == "no"


def test_nothing_has_changed_takes_a_new_screening(client, url, questions, patient, physiotherapist):
    take_screening(patient, by=physiotherapist, answers=all_no(questions))

    response = client.post(url, typed(questions) | {"unchanged": "1"})

    assert response.status_code == 302
    assert Screening.objects.count() == 2


def test_nothing_has_changed_is_refused_when_something_has(client, url, questions, patient, physiotherapist):
    take_screening(patient, by=physiotherapist, answers=all_no(questions))

    response = client.post(url, typed(questions, pregnancy="12 weeks") | {"unchanged": "1"})

    assert response.status_code == 422
    assert b"Some answers differ" in response.content
    assert b"12 weeks" in response.content
    assert Screening.objects.count() == 1


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_asks_the_same_number_of_queries(
    client, url, questions, patient, physiotherapist, django_assert_num_queries, count
):
    answers = all_no(questions) | {questions.get(key="fainting"): (True, "Blood test")}
    for _ in range(count):
        take_screening(patient, by=physiotherapist, answers=answers)

    with django_assert_num_queries(11):
        client.get(url)


def test_the_front_desk_may_not_screen(client, url, front_desk):
    client.force_login(front_desk)

    assert client.get(url).status_code == 403
    assert client.post(url, {}).status_code == 403


def test_screening_nobody_is_not_found(client, url):
    assert client.get(reverse("screening_create", args=[999999])).status_code == 404
