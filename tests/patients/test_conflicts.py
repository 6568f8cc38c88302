"""Screening answers that do not fit together or not with the record: the table of pairs, and its properties."""

import random
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command

from patients.conflicts import CONDITIONS, LASTING, PAIRS, conflicts_between
from patients.models import Patient, ScreeningQuestion
from patients.models.condition import conditions
from patients.services import confirm_screening, open_episode, record_body_measure, take_screening
from tests.patients.builders import all_conflicts
from tests.treatments.builders import make_signed
from treatments.services import record_event

pytestmark = pytest.mark.both_engines
COMPLAINT = {"complaint": "Back pain", "region": "upper_back"}


@pytest.fixture
def questions(db):
    call_command("load_screening_questions", verbosity=0)
    return {question.key: question for question in ScreeningQuestion.objects.asked()}


def found(questions, patient, *, details=None, others=False, **answers):
    answered = {question: answers.get(key, others) for key, question in questions.items()}
    return [(one.key, one.question_key) for one in conflicts_between(answered, patient, details=details)]


def test_the_table_speaks_of_shipped_questions_and_of_conditions_in_the_list(questions):
    named = {key for pair in PAIRS for key in (pair.yes, pair.no)} | LASTING | set(CONDITIONS.values())

    assert named - set(questions) == set()
    assert set(CONDITIONS) - set(conditions()) == set()
    assert len({pair.key for pair in PAIRS}) == len(PAIRS)
    assert [pair.key for pair in PAIRS if pair.yes == pair.no] == []


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.key)
def test_a_pair_is_asked_about_where_the_other_answer_is_no(questions, patient, pair):
    details = {pair.yes: f"A {pair.words[0].upper()} in May"} if pair.words else {}
    conflict = (pair.key, pair.no)

    assert conflict in found(questions, patient, details=details, **{pair.yes: True})
    for answers in ({pair.yes: True, pair.no: True}, {pair.yes: True, pair.no: None}, {pair.yes: None}, {}):
        assert conflict not in found(questions, patient, details=details, **answers)
    if pair.words:
        assert conflict not in found(questions, patient, details={pair.yes: "something else"}, **{pair.yes: True})


def test_changing_the_answer_that_is_asked_about_settles_it(questions, patient):
    rng = random.Random(12)
    words = [word for pair in PAIRS for word in pair.words]
    asked = 0
    for _ in range(60):
        answers = {key: rng.choice([True, False, None]) for key in questions}
        details = {key: " ".join(rng.sample(words, 3)) for key in questions}
        conflicts = found(questions, patient, details=details, **answers)
        assert len({key for key, _ in conflicts}) == len(conflicts)
        for key, question_key in rng.sample(conflicts, min(3, len(conflicts))):
            asked += 1
            flipped = answers | {question_key: not answers[question_key]}
            assert answers[question_key] is not None
            assert key not in [one for one, _ in found(questions, patient, details=details, **flipped)]

    assert asked > 30


def test_what_is_not_known_is_never_in_conflict(questions, patient):
    assert found(questions, patient, others=None) == []


@pytest.mark.parametrize(
    ("sex", "years", "is_asked"),
    [("male", 30, True), ("female", 30, False), ("female", 8, True), ("female", 70, True), ("unknown", 30, False)],
)
def test_a_pregnancy_is_asked_about_by_sex_and_age(questions, sex, years, is_asked):
    patient = Patient(pk=0, sex=sex, born_on=date(date.today().year - years, 1, 1))

    assert (("pregnancy-record", "pregnancy") in found(questions, patient, pregnancy=True)) is is_asked
    assert found(questions, patient) == []


def test_the_build_is_compared_with_slim(questions, patient, physiotherapist):
    record_body_measure(patient, by=physiotherapist, measured_on=date.today(), height_cm=170, weight_kg=60)

    assert ("slim-record", "slim") in found(questions, patient)
    assert found(questions, patient, slim=True) == []


def test_the_condition_of_an_open_episode_is_compared(questions, patient, physiotherapist):
    open_episode(patient, by=physiotherapist, **COMPLAINT, condition="scoliosis-pain")

    assert ("thorax_shape-record", "thorax_shape") in found(questions, patient)
    assert found(questions, patient, thorax_shape=True) == []


@pytest.mark.parametrize(
    ("event", "question"),
    [("pneumothorax", "lung"), ("seizure", "epilepsy"), ("fainting", "fainting"), ("excessive_bleeding", "bleeding")],
)
def test_a_reaction_in_an_earlier_session_is_compared(questions, patient, physiotherapist, event, question):
    session = make_signed(patient, by=physiotherapist)
    record_event(session, by=physiotherapist, type=event, grade="serious")

    no = dict(found(questions, patient))

    assert no == {f"{question}-record": question, "prior_reaction-record": "prior_reaction"}


def test_a_phobia_is_asked_about_once_the_patient_was_needled(questions, patient, physiotherapist):
    before = found(questions, patient, needle_phobia=True)
    make_signed(patient, by=physiotherapist)

    assert before == []
    assert found(questions, patient, needle_phobia=True) == [("needle_phobia-record", "needle_phobia")]


def test_one_tap_is_refused_when_the_record_speaks_against_the_answers_since(questions, patient, physiotherapist):
    answers = dict.fromkeys(questions.values(), (False,))
    take_screening(patient, by=physiotherapist, answers=answers)
    open_episode(patient, by=physiotherapist, **COMPLAINT, condition="crps-1")

    with pytest.raises(ValidationError, match="do not fit together"):
        confirm_screening(patient, by=physiotherapist)

    take_screening(patient, by=physiotherapist, answers=answers, conflicts=all_conflicts(answers, patient))
    assert confirm_screening(patient, by=physiotherapist).conflicts_confirmed
