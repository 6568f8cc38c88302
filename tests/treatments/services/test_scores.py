import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from patients.models import TrailEntry
from patients.services import open_episode
from patients.services.once import OtherContent
from tests import people
from treatments.models import SCALES, OutcomeScore
from treatments.questionnaires.definitions import questionnaires
from treatments.services import record_answers, record_outcome_score

pytestmark = pytest.mark.both_engines

TODAY = timezone.localdate
ITEMS = {"psfs": "Climbing stairs", "nprs": "now"}
ALL = pytest.mark.parametrize("measure", [str(measure) for measure in SCALES])


@pytest.fixture
def episode(patient, physiotherapist):
    return open_episode(patient, by=physiotherapist, complaint="Neck pain", region="neck")


@pytest.fixture
def record(episode, physiotherapist):
    """Record a score of the patient, today unless told otherwise."""

    def do(measure="ndi", value=36, **fields):
        usual = {"by": physiotherapist, "scored_on": TODAY(), "item": ITEMS.get(measure, "")}
        return record_outcome_score(episode, measure=measure, value=value, **(usual | fields))

    return do


def insert(score, **changed):
    """A row as another program might write it, past every form and service."""
    fields = {f.attname: getattr(score, f.attname) for f in OutcomeScore._meta.concrete_fields}
    with transaction.atomic():
        OutcomeScore.objects.bulk_create([OutcomeScore(**(fields | {"id": uuid.uuid4()} | changed))])


# What can be stored -----------------------------------------------------------------


@ALL
def test_the_ends_of_every_range_are_stored(record, measure):
    scale = SCALES[measure]

    stored = [record(measure, value) for value in (scale.low, scale.high)]

    assert [score.value for score in OutcomeScore.objects.oldest_first()] == [scale.low, scale.high]
    assert [score.patient_id for score in stored] == [score.episode.patient_id for score in stored]


@ALL
def test_what_lies_outside_a_range_is_refused_by_the_verb_and_by_the_database(record, measure):
    scale = SCALES[measure]
    inside = record(measure, scale.low)

    for value in (scale.low - 1, scale.high + 1, *([scale.low + Decimal("0.5")] if scale.is_whole else [])):
        with pytest.raises(ValidationError, match=f"{scale.low} to {scale.high}".replace("-", "−")):
            record(measure, value)
        with pytest.raises(IntegrityError, match=f"outcome_score_{measure}_range"):
            insert(inside, value=value)


def test_a_percentage_may_have_decimals(record):
    assert record("ndi", Decimal("35.5")).value_text == "35.5 %"


@pytest.mark.parametrize(
    ("measure", "item"), [("psfs", ""), ("nprs", ""), ("nprs", "last week"), ("lefs", "Climbing stairs")]
)
def test_an_item_that_does_not_fit_is_refused(record, measure, item):
    inside = record(measure, 5)

    with pytest.raises(ValidationError, match="needs an activity"):
        record(measure, 5, item=item)
    with pytest.raises(IntegrityError, match="outcome_score_item_fits_measure"):
        insert(inside, item=item)


def test_another_measure_is_refused(record):
    inside = record("lefs", 5)

    with pytest.raises(ValidationError, match="not a valid choice"):
        record("ppt", 5)
    with pytest.raises(IntegrityError, match="outcome_score_"):
        insert(inside, measure="ppt")


@pytest.mark.parametrize(("days", "words"), [(1, "in the future"), (-40_000, "before the patient was born")])
def test_an_impossible_day_is_refused(record, days, words):
    with pytest.raises(ValidationError, match=words):
        record(scored_on=TODAY() + timedelta(days=days))


def test_a_score_without_a_value_is_refused(record):
    inside = record()

    with pytest.raises(ValidationError, match="Enter the score"):
        record(value=None)
    with pytest.raises(IntegrityError, match="outcome_score_replaced_with_reason"):
        insert(inside, value=None)


# Once and for good -------------------------------------------------------------------


def test_a_score_recorded_twice_is_one(record):
    chosen = uuid.uuid4()

    first, second = record(id=chosen), record(id=chosen)

    assert first == second
    assert OutcomeScore.objects.count() == 1
    assert TrailEntry.objects.filter(record_type="outcomescore").count() == 1


@pytest.mark.parametrize("other", [{"value": 37}, {"scored_on": TODAY() - timedelta(days=1)}, {"measure": "odi"}])
def test_the_same_id_with_other_content_is_refused(record, other):
    first = record()

    with pytest.raises(OtherContent):
        record(**other, id=first.pk)


def test_a_score_never_changes(record):
    score = record()
    table, key = OutcomeScore._meta.db_table, OutcomeScore._meta.pk.get_db_prep_value(score.pk, connection)

    def plain(sql):
        with connection.cursor() as cursor:
            cursor.execute(sql, [key])

    score.value = 12
    rows = OutcomeScore.objects.filter(pk=score.pk)
    for write in (
        score.save,
        score.delete,
        lambda: rows.update(value=12),
        lambda: rows._raw_delete(rows.db),
        lambda: plain(f"UPDATE {table} SET value = 12 WHERE id = %s"),
        lambda: plain(f"DELETE FROM {table} WHERE id = %s"),
    ):
        with pytest.raises(IntegrityError, match="outcome_score_frozen"), transaction.atomic():
            write()


# Corrections --------------------------------------------------------------------------


def test_a_correction_stands_instead(record):
    wrong, other = record(value=63), record("lefs", 40)

    right = record(value=36, replaces=wrong, reason="Digits swapped")

    assert set(OutcomeScore.objects.current()) == {right, other}
    again = record(value=35, replaces=right, reason="Read again")
    assert set(OutcomeScore.objects.current()) == {again, other}


def test_a_score_is_taken_back(record):
    wrong = record()

    back = record(value=None, replaces=wrong, reason="Another patient's form")

    assert not OutcomeScore.objects.current().exists()
    assert back.value_text == "withdrawn"


def test_a_correction_says_why(record):
    wrong = record()

    with pytest.raises(ValidationError, match="Enter the reason"):
        record(replaces=wrong, reason=" ")
    with pytest.raises(IntegrityError, match="outcome_score_replaced_with_reason"):
        insert(wrong, replaces_id=wrong.pk)


def test_a_score_is_corrected_once(record):
    wrong = record()
    record(value=35, replaces=wrong, reason="Read again")

    with pytest.raises(ValidationError) as refused:
        record(value=34, replaces=wrong, reason="Read again")
    assert refused.value.code == "stale"
    with pytest.raises(IntegrityError):
        insert(wrong, replaces_id=wrong.pk, reason="Read again")


def test_a_score_of_another_patient_is_not_corrected_here(record, front_desk, physiotherapist):
    stranger = people.make_patient(by=front_desk, given_name="Tomasz")
    elsewhere = open_episode(stranger, by=physiotherapist, complaint="Knee", region="leg")
    foreign = record_outcome_score(elsewhere, by=physiotherapist, measure="ndi", value=1, scored_on=TODAY())

    with pytest.raises(ValidationError, match="another patient"):
        record(replaces=foreign, reason="Mixed up")


# Item by item ------------------------------------------------------------------------

FIQR = {item.key: 5 for item in questionnaires()["fiqr"].items}


@pytest.fixture
def answer(episode, physiotherapist):
    """Record the answers to questionnaires."""

    def do(given, **about):
        usual = {"by": physiotherapist, "scored_on": TODAY(), "id": uuid.uuid4()}
        return record_answers(episode, given=given, **(usual | about))

    return do


def test_answers_are_kept_with_the_score_that_follows_from_them(answer):
    (score,) = answer({"fiqr": FIQR | {"9": None}})

    score.refresh_from_db()
    assert (score.measure, score.value) == ("fiqr", 50)
    assert [score.answers[0], score.answers[8]] == [
        ["1", "Brush or comb your hair", 5],
        ["9", "Go shopping for groceries", None],
    ]
    assert (score.patient_answers, score.answered_by_name) == ([], "")
    told = TrailEntry.objects.filter(record_type="outcomescore").latest("pk").changes
    assert "Brush or comb your hair" in str(told["answers"])


def test_each_rating_and_activity_is_a_score(answer):
    scores = answer({"nprs": {"now": 4, "24 h average": None}, "psfs": {"Stairs": 3, "Sleeping": 6}, "groc": {"": -2}})

    assert [(score.measure, score.item, score.value) for score in scores] == [
        ("nprs", "now", 4),
        ("psfs", "Stairs", 3),
        ("psfs", "Sleeping", 6),
        ("groc", "", -2),
    ]


def test_what_the_patient_entered_is_kept_beside_what_the_therapist_confirmed(answer):
    entered = {"fiqr": FIQR, "nprs": {"now": 7}}

    fiqr, now = answer(
        {"fiqr": FIQR | {"1": 6}, "nprs": {"now": 7}}, by_patient=entered, answered_by_name="Ruth Adeyemi"
    )

    assert (fiqr.answers[0][2], fiqr.patient_answers[0][2], fiqr.answered_by_name) == (6, 5, "Ruth Adeyemi")
    assert [row["words"] for row in fiqr.shown_answers if row["differs"]] == ["Brush or comb your hair"]
    assert (now.patient_answers, now.answered_by_name) == ([["now", "Now", 7]], "Ruth Adeyemi")


def test_answers_sent_twice_are_recorded_once(answer):
    chosen = uuid.uuid4()

    first, second = (answer({"fiqr": FIQR, "nprs": {"now": 4}}, id=chosen) for _ in range(2))

    assert first == second
    with pytest.raises(OtherContent):
        answer({"fiqr": FIQR | {"1": 0}}, id=chosen)


@pytest.mark.parametrize("given", [{}, {"nprs": {"now": None}}, {"fiqr": {}}, {"psfs": {}}])
def test_no_answer_is_no_score(answer, given):
    with pytest.raises(ValidationError, match="Nothing is answered"):
        answer(given)


def test_too_many_missing_answers_record_nothing(answer):
    with pytest.raises(ValidationError, match="2 of the 9 answers"):
        answer({"nprs": {"now": 4}, "fiqr": FIQR | {"1": None, "2": None}})

    assert not OutcomeScore.objects.exists()


def test_a_score_that_does_not_follow_from_its_answers_is_refused(record):
    answers = [[item.key, item.text, 5] for item in questionnaires()["fiqr"].items]

    with pytest.raises(ValidationError, match="does not follow"):
        record("fiqr", 49, answers=answers)
    with pytest.raises(ValidationError, match="does not follow"):
        record("ndi", 50, answers=answers)


def test_answers_never_change(answer):
    (score,) = answer({"fiqr": FIQR}, by_patient={"fiqr": FIQR}, answered_by_name="Ruth Adeyemi")

    for change in ({"answers": []}, {"patient_answers": []}, {"answered_by_name": "Somebody"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            OutcomeScore.objects.filter(pk=score.pk).update(**change)


def test_answers_from_the_tablet_have_a_name(answer):
    (score,) = answer({"fiqr": FIQR})

    for changed in ({"answered_by_name": "Ruth"}, {"patient_answers": [["1", "Brush", 4]]}):
        with pytest.raises(IntegrityError, match="outcome_score_answers_of_somebody"):
            insert(score, **changed)
