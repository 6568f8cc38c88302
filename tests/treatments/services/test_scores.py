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
from treatments.services import record_outcome_score

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
        with pytest.raises(ValidationError, match=f"{scale.low if scale.low >= 0 else '−7'} to {scale.high}"):
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
        record("vas", 5)
    with pytest.raises(IntegrityError, match="outcome_score_"):
        insert(inside, measure="vas")


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
