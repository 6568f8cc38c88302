from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from patients.models import Screening, ScreeningAnswer, ScreeningQuestion, TrailEntry
from patients.services import add_question, record_body_measure, revise_question, take_screening
from tests import people
from tests.markup import on_one_line

pytestmark = pytest.mark.both_engines


@pytest.fixture
def url(client, patient, physiotherapist):
    client.force_login(physiotherapist)
    return reverse("screening_create", args=[patient.pk])


def all_no(questions):
    return dict.fromkeys(questions, (False, ""))


def typed(questions, **yes):
    data = {f"answer_{q.key}": "yes" if q.key in yes else "no" for q in questions}
    data["asked"] = " ".join(str(q.pk) for q in questions)
    return data | {f"detail_{key}": detail for key, detail in yes.items()}


def test_every_question_has_a_source(questions):
    assert questions.count() == 49
    assert not questions.filter(source="").exists()


def test_loading_again_keeps_what_an_admin_changed(questions, admin):
    revise_question(questions.get(key="fainting"), by=admin, text="Ever fainted?")
    revise_question(questions.get(key="lung"), by=admin, is_active=False)

    call_command("load_screening_questions", verbosity=0)

    assert ScreeningQuestion.objects.count() == 51
    assert questions.get(key="fainting").text == "Ever fainted?"
    assert questions.filter(key="lung").exists() is False


def test_a_screening_keeps_the_words_of_its_questions(questions, patient, physiotherapist, admin):
    question = questions.get(key="fainting")
    answers = all_no(questions) | {question: (True, "Blood test in 2019")}

    screening = take_screening(patient, by=physiotherapist, answers=answers)
    revise_question(question, by=admin, text="Something else?", category="absolute", scope="Anywhere", source="Me")

    answer = screening.answers.get(is_yes=True)
    assert (answer.question.category, answer.question.source) == (
        "relative",
        "[@white-2001]; [@halle-2016-2]; [@zhang-2010]",
    )
    assert answer.question_text == "Have you ever fainted with a needle or a blood test?"
    assert answer.detail == "Blood test in 2019"
    assert screening.answers.count() == 49
    assert (screening.patient, screening.taken_by) == (patient, physiotherapist)


def test_a_screening_is_valid_for_the_days_of_the_setting(questions, patient, physiotherapist, settings):
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


def test_an_answer_to_an_older_version_is_refused(questions, patient, physiotherapist, admin):
    answers = all_no(questions)
    revise_question(questions.get(key="fainting"), by=admin, text="Something else?")

    with pytest.raises(ValidationError, match="Something else"):
        take_screening(patient, by=physiotherapist, answers=answers)


def test_a_yes_that_needs_a_location_is_refused_without_one(questions, patient, physiotherapist):
    question = questions.get(key="lymphoedema_area")

    for answer in [(True, "since 2020"), (True, "", "left"), (True, "", "", ["arm"])]:
        with pytest.raises(ValidationError, match="the side and at least one region: Lymphoedema"):
            take_screening(patient, by=physiotherapist, answers=all_no(questions) | {question: answer})

    assert not Screening.objects.exists()


@pytest.mark.parametrize("answer", [(True, "", "above", ["arm"]), (True, "", "left", ["wing"]), (False, "", "left")])
def test_an_unknown_location_is_refused(questions, patient, physiotherapist, answer):
    question = questions.get(key="lymphoedema_area")

    with pytest.raises(ValidationError):
        take_screening(patient, by=physiotherapist, answers=all_no(questions) | {question: answer})


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ((None, "", "left"), "Only a “Yes” answer can have a location"),
        ((None, "", "", ["arm"]), "Only a “Yes” answer can have a location"),
        (("", ""), "Answer yes, no or not known"),
        (("yes", ""), "Answer yes, no or not known"),
    ],
)
def test_not_known_has_no_location_and_no_other_value(questions, patient, physiotherapist, answer, sentence):
    question = questions.get(key="lymphoedema_area")

    with pytest.raises(ValidationError, match=sentence):
        take_screening(patient, by=physiotherapist, answers=all_no(questions) | {question: answer})

    assert not Screening.objects.exists()


def test_the_audit_trail_lists_answers_not_known(questions, patient, physiotherapist):
    answers = all_no(questions) | {questions.get(key="fainting"): (None, "")}

    screening = take_screening(patient, by=physiotherapist, answers=answers)

    entry = TrailEntry.objects.get(record_type="screening", record_id=str(screening.pk))
    assert entry.changes["not known"] == [[], ["Have you ever fainted with a needle or a blood test?"]]


def test_a_screening_in_the_future_is_refused(questions, patient, physiotherapist):
    with pytest.raises(ValidationError, match="future"):
        take_screening(
            patient, by=physiotherapist, answers=all_no(questions), taken_at=timezone.now() + timedelta(hours=1)
        )


def test_a_detail_without_a_yes_is_refused(questions, patient, physiotherapist):
    answers = all_no(questions) | {questions.get(key="fainting"): (False, "once")}

    with pytest.raises(ValidationError, match="cannot have details"):
        take_screening(patient, by=physiotherapist, answers=answers)

    assert not Screening.objects.exists()


def test_without_questions_a_screening_is_refused(patient, physiotherapist):
    with pytest.raises(ValidationError, match="no screening questions"):
        take_screening(patient, by=physiotherapist, answers={})


def test_the_page_saves_the_answers(client, url, questions, patient):
    response = client.post(url, typed(questions, fainting="Blood test"))

    assert response.headers["Location"] == reverse("episode_create", args=[patient.pk])  # next in a first visit
    answer = Screening.objects.get().answers.get(is_yes=True)
    assert (answer.question.key, answer.detail) == ("fainting", "Blood test")


def test_the_page_keeps_what_was_typed_when_an_answer_is_missing(client, url, questions):
    data = typed(questions, fainting="Blood test in 2019")
    del data["answer_lung"]

    response = client.post(url, data)

    assert response.status_code == 422
    form = response.context["form"]
    assert form.errors == {"answer_lung": ["Answer yes, no or not known."]}
    assert b"Blood test in 2019" in response.content
    assert "1 question still needs an answer" in on_one_line(response)
    assert not Screening.objects.exists()


def test_the_page_with_nothing_typed_is_refused(client, url, questions):
    response = client.post(url, {})

    assert response.status_code == 422
    assert "49 questions still need an answer" in on_one_line(response)


def test_a_detail_is_dropped_if_the_answer_becomes_no(client, url, questions):
    client.post(url, typed(questions) | {"detail_fainting": "left over"})

    assert Screening.objects.get().answers.filter(is_yes=True).exists() is False


def test_the_page_starts_from_the_last_answers(client, url, questions, patient, physiotherapist):
    answers = all_no(questions) | {questions.get(key="fainting"): (True, "Blood test")}
    take_screening(patient, by=physiotherapist, answers=answers)

    form = client.get(url).context["form"]

    assert form["answer_fainting"].value() == "yes"
    assert form["detail_fainting"].value() == "Blood test"
    assert form["answer_lung"].value() == "no"


def test_the_page_does_not_copy_an_answer_to_other_words(client, url, questions, patient, physiotherapist, admin):
    take_screening(patient, by=physiotherapist, answers=all_no(questions))
    revise_question(questions.get(key="fainting"), by=admin, text="Something else?")
    revise_question(questions.get(key="lung"), by=admin, source="A better source")

    form = client.get(url).context["form"]

    assert form["answer_fainting"].value() is None
    assert form["answer_lung"].value() == "no"


def test_the_page_refuses_an_answer_to_words_it_did_not_show(client, url, questions, admin):
    data = typed(questions)
    revise_question(questions.get(key="fainting"), by=admin, text="Something else?")

    refused = client.post(url, data)

    assert refused.status_code == 422
    assert refused.context["form"].errors == {"answer_fainting": ["This question is new or has changed. Ask it again."]}
    assert client.post(url, data | {"asked": refused.context["form"].asked_now}).status_code == 302


def test_the_page_asks_for_the_location(client, url, questions):
    data = typed(questions, lymphoedema_area="since 2020")
    where = {"side_lymphoedema_area": "left", "where_lymphoedema_area": ["arm", "hand"]}

    refused = client.post(url, data | {"side_lymphoedema_area": "left"})
    client.post(url, data | where)

    assert refused.status_code == 422
    assert refused.context["form"].errors == {"where_lymphoedema_area": ["Choose the side and at least one region."]}
    assert b"1 answer needs a location" in refused.content
    answer = Screening.objects.get().answers.get(is_yes=True)
    assert (answer.side, answer.regions, answer.place) == ("left", ["arm", "hand"], "left arm, hand")


def test_the_page_stores_not_known_with_a_detail_and_without_a_location(client, url, questions, patient):
    where = {"side_lymphoedema_area": "left", "where_lymphoedema_area": ["arm"]}
    data = typed(questions, lymphoedema_area="asks her doctor") | {"answer_lymphoedema_area": "not_known"}

    response = client.post(url, data | where)

    assert response.status_code == 302
    answer = Screening.objects.get().answers.get(is_yes=None)
    assert (answer.question.key, answer.answer_text) == ("lymphoedema_area", "Not known")
    assert (answer.detail, answer.side, answer.regions) == ("asks her doctor", "", [])


def test_the_page_shows_answers_not_known(client, url, questions, patient, physiotherapist):
    answers = all_no(questions) | {questions.get(key="anticoag_deep"): (None, "asks her doctor")}
    take_screening(patient, by=physiotherapist, answers=answers)

    response = client.get(url)

    form = response.context["form"]
    assert (form["answer_anticoag_deep"].value(), form["detail_anticoag_deep"].value()) == (
        "not_known",
        "asks her doctor",
    )
    assert "Blood thinner, not known: asks her doctor" in on_one_line(response)
    assert "Blood thinner: not known" in response.content.decode()


def test_nothing_has_changed_copies_answers_not_known(client, url, questions, patient, physiotherapist):
    answers = all_no(questions) | {questions.get(key="fainting"): (None,)}
    take_screening(patient, by=physiotherapist, answers=answers)

    same = client.post(url, typed(questions) | {"answer_fainting": "not_known", "unchanged": "1"})
    other = client.post(url, typed(questions) | {"unchanged": "1"})

    assert (same.status_code, other.status_code) == (302, 422)
    assert patient.screenings.latest_first().first().answers.filter(is_yes=None).count() == 1


@pytest.mark.parametrize("answer", ["maybe", "None", "True", "\x00"])
def test_an_unknown_answer_is_refused(client, url, questions, answer):
    response = client.post(url, typed(questions) | {"answer_fainting": answer})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["answer_fainting"]


def test_a_location_is_dropped_if_the_answer_becomes_no(client, url, questions):
    where = {"side_lymphoedema_area": "left", "where_lymphoedema_area": ["arm"]}

    client.post(url, typed(questions) | where)

    assert not Screening.objects.get().answers.exclude(side="", regions=[]).exists()


def test_nothing_has_changed_takes_a_new_screening(client, url, questions, patient, physiotherapist):
    take_screening(patient, by=physiotherapist, answers=all_no(questions))

    response = client.post(url, typed(questions) | {"unchanged": "1"})

    assert response.status_code == 302
    assert Screening.objects.count() == 2


def test_nothing_has_changed_is_refused_if_answers_differ(client, url, questions, patient, physiotherapist):
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

    # One each for past events, similar names, answers on the tablet and build; two for the steps of a first visit.
    with django_assert_num_queries(18):
        client.get(url)


@pytest.mark.parametrize(("weight_kg", "proposed"), [(60, "yes"), (80, "")])
def test_a_low_body_mass_index_is_proposed_as_slim(
    client, url, questions, patient, physiotherapist, weight_kg, proposed
):
    record_body_measure(patient, by=physiotherapist, height_cm=170, weight_kg=weight_kg)

    form = client.get(url).context["form"]

    assert (form["answer_slim"].value() or "") == proposed
    assert [hint.key for hint in form.row(questions.get(key="slim"))["hints"]] == ["build"]


def test_the_front_desk_cannot_take_a_screening(client, url, front_desk):
    client.force_login(front_desk)

    assert client.get(url).status_code == 403
    assert client.post(url, {}).status_code == 403


def test_the_page_of_an_unknown_patient_is_not_found(client, url):
    assert client.get(reverse("screening_create", args=[999999])).status_code == 404


def test_changed_words_make_a_new_version(questions, admin):
    first = questions.get(key="fainting")

    second = revise_question(first, by=admin, text="Ever fainted?")

    first.refresh_from_db()
    assert (first.text, first.is_active, first.version) == (
        "Have you ever fainted with a needle or a blood test?",
        False,
        1,
    )
    assert (second.text, second.is_active, second.version, second.edited_by) == ("Ever fainted?", True, 2, admin)
    assert second.alert == first.alert


def test_a_new_order_makes_no_new_version(questions, admin):
    question = questions.get(key="fainting")

    moved = revise_question(question, by=admin, text=question.text, sort_order=5)

    assert (moved.pk, moved.version, moved.sort_order) == (question.pk, 1, 5)


def test_an_older_version_cannot_be_revised(questions, admin):
    first = questions.get(key="fainting")
    revise_question(first, by=admin, text="Ever fainted?")

    for changes in [{"text": "Fainted?"}, {"is_active": True}]:
        with pytest.raises(ValidationError, match="newer version"):
            revise_question(first, by=admin, **changes)


def test_a_refused_revision_leaves_the_old_version_asked(questions, admin):
    with pytest.raises(ValidationError):
        revise_question(questions.get(key="fainting"), by=admin, regions=["wing"])

    assert questions.filter(key="fainting").count() == 1


def test_a_key_is_unique(questions, admin):
    fields = {"text": "Faint?", "alert": "Faints", "category": "relative"}
    add_question(by=admin, key="dizzy", **fields)

    with pytest.raises(ValidationError, match="already"):
        add_question(by=admin, key="fainting", **fields)


def test_the_database_refuses_two_asked_versions(questions):
    first = questions.get(key="fainting")

    with pytest.raises(IntegrityError):
        ScreeningQuestion.objects.create(key=first.key, version=2, text="?", alert="?", category="relative")


# Before a session: one tap -----------------------------------------------------------


@pytest.fixture
def screened(questions, patient, physiotherapist):
    answers = all_no(questions) | {
        questions.get(key="fainting"): (True, "Blood test"),
        questions.get(key="lymphoedema_area"): (True, "", "left", ["arm"]),
        questions.get(key="bleeding"): (None, "asks her doctor"),
    }
    return take_screening(patient, by=physiotherapist, answers=answers, taken_at=timezone.now() - timedelta(days=7))


def answers_of(screening):
    return list(screening.answers.values_list("question", "question_text", "is_yes", "detail", "side", "regions"))


def test_one_tap_confirms_that_nothing_has_changed(client, url, screened, patient, physiotherapist):
    response = client.post(f"{url}confirm/", {"next": "/today/"})

    assert response.headers["Location"] == "/today/"
    newest = patient.screenings.latest_first().first()
    assert (newest.taken_by, timezone.localdate(newest.taken_at)) == (physiotherapist, timezone.localdate())
    assert answers_of(newest) == answers_of(screened)


def test_one_tap_on_the_page_shows_the_confirmation(client, url, screened):
    response = client.post(f"{url}confirm/", headers={"HX-Request": "true"})

    assert b"Screened today" in response.content
    assert b"3 precautions, some not known" in response.content
    assert b"<html" not in response.content


@pytest.mark.parametrize(("yes", "strip"), [({}, b">0 precautions<"), ({"fainting": True}, b">1 precaution<")])
def test_the_confirmation_does_not_mention_not_known_if_all_is_known(
    client, url, questions, patient, physiotherapist, yes, strip
):
    answers = {question: (yes.get(question.key, False), "") for question in questions}
    take_screening(patient, by=physiotherapist, answers=answers)

    assert strip in client.post(f"{url}confirm/", headers={"HX-Request": "true"}).content


@pytest.mark.parametrize("change", ["reworded", "retired", "added", "old", "none"])
def test_one_tap_is_refused_if_the_questions_have_changed(
    client, url, questions, screened, patient, admin, settings, change
):
    question = questions.get(key="fainting")
    if change == "reworded":
        revise_question(question, by=admin, text="Ever fainted?")
    elif change == "retired":
        revise_question(question, by=admin, is_active=False)
    elif change == "added":
        add_question(by=admin, key="dizzy", text="Dizzy?", alert="Dizzy", category="relative")
    elif change == "old":
        with time_machine.travel(timezone.now() + timedelta(days=400)):
            client.force_login(screened.taken_by)
            refused = client.post(f"{url}confirm/", headers={"HX-Request": "true"})
    else:
        url = url.replace(str(patient.pk), str(people.make_patient(by=admin, given_name="Tom").pk))
    if change != "old":
        refused = client.post(f"{url}confirm/", headers={"HX-Request": "true"})

    assert refused.headers["HX-Redirect"] == url
    assert Screening.objects.count() == 1


def test_without_javascript_a_refused_tap_leads_to_the_questions(client, url, questions, patient):
    response = client.post(f"{url}confirm/", follow=True)

    assert response.redirect_chain == [(url, 302)]
    assert b"Not screened yet" in response.content


# What the database refuses ---------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda: ScreeningQuestion.objects.filter(key="fainting").update(text="Anything?"),
        lambda: ScreeningQuestion.objects.filter(key="fainting").update(category="absolute"),
        lambda: ScreeningQuestion.objects.all()._raw_delete("default"),
        lambda: Screening.objects.update(valid_until="2099-01-01"),
        lambda: Screening.objects.all()._raw_delete("default"),
        lambda: ScreeningAnswer.objects.update(is_yes=False, detail="", side="", regions=[]),
        lambda: ScreeningAnswer.objects.filter(is_yes=None).update(is_yes=True),
        lambda: ScreeningAnswer.objects.all()._raw_delete("default"),
    ],
)
def test_questions_and_answers_cannot_be_changed(screened, change):
    with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
        change()


@pytest.mark.parametrize(
    "fields",
    [
        {"is_yes": False, "detail": "once"},
        {"is_yes": False, "side": "left"},
        {"is_yes": False, "regions": ["arm"]},
        {"is_yes": None, "side": "left"},
        {"is_yes": None, "detail": "asks her doctor", "regions": ["arm"]},
    ],
)
def test_the_database_refuses_a_location_without_a_yes(screened, questions, fields):
    with pytest.raises(IntegrityError, match="screening_no_says_no_more"), transaction.atomic():
        ScreeningAnswer.objects.bulk_create([_answer(screened, **fields)])


def test_the_database_accepts_a_detail_of_not_known(screened, questions):
    ScreeningAnswer.objects.bulk_create([_answer(screened, is_yes=None, detail="asks her doctor")])

    answer = screened.answers.get(question__key="new")
    assert (answer.is_yes, answer.detail, str(answer)) == (None, "asks her doctor", "?: not known")


def _answer(screening, **fields):
    question = ScreeningQuestion.objects.create(key="new", text="?", alert="?", category="relative")
    return ScreeningAnswer(screening=screening, question=question, question_text="?", **fields)


def test_details_have_fields_of_their_own_and_show_in_the_alert(client, url, questions, patient):
    more = {"more_anticoag_deep_0": "warfarin", "more_anticoag_deep_1": "2.5", "both_right": "anticoag_deep-bleeding"}

    response = client.post(url, typed(questions, anticoag_deep="since May") | more)

    assert response.status_code == 302
    answer = Screening.objects.get().answers.get(is_yes=True)
    assert answer.details == [["Which one", "warfarin"], ["Last INR, if warfarin", "2.5"]]
    page = client.get(url)
    assert [one.label for one in page.context["precautions"]] == ["Blood thinner: warfarin, 2.5, since May"]
    assert page.context["form"]["more_anticoag_deep_1"].value() == "2.5"


def test_answers_that_do_not_fit_together_are_asked_about(client, url, questions, patient):
    data = typed(questions, anticoag_deep="")

    asked = client.post(url, data)
    changed = client.post(url, data | {"answer_bleeding": "yes"})
    both = client.post(url, data | {"both_right": "anticoag_deep-bleeding"})

    assert asked.status_code == 422
    assert list(asked.context["form"].errors) == ["answer_bleeding"]
    assert (changed.status_code, both.status_code) == (302, 302)
    first, last = patient.screenings.order_by("pk")
    assert first.conflicts_confirmed == []
    assert [sentence[:24] for sentence in last.conflicts_confirmed][:1] == ["“Blood thinner” is yes, "]


def test_a_yes_for_life_that_becomes_a_no_is_asked_about(questions, patient, physiotherapist):
    answers = all_no(questions)
    take_screening(patient, by=physiotherapist, answers=answers | {questions.get(key="spinal_surgery"): (True,)})

    with pytest.raises(ValidationError, match="was yes at the last screening"):
        take_screening(patient, by=physiotherapist, answers=answers)

    take_screening(patient, by=physiotherapist, answers=answers, conflicts=["spinal_surgery-before"])


def test_no_to_the_others_fills_what_is_open_and_saves_nothing(client, url, questions):
    data = {"answer_fainting": "yes", "asked": typed(questions)["asked"], "others_no": "1"}

    response = client.post(url, data)

    form = response.context["form"]
    assert response.status_code == 200
    assert (form["answer_fainting"].value(), form["answer_lung"].value()) == ("yes", "no")
    assert not Screening.objects.exists()
