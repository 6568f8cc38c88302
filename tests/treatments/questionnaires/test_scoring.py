"""The published rules of scoring, by hand-checked cases and by properties that hold for all answers."""

import re
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patients.sources import split_citations
from treatments.models import SCALES, Threshold
from treatments.questionnaires.definitions import questionnaires
from treatments.questionnaires.scoring import score_of

FIQR = questionnaires()["fiqr"]
FUNCTION, IMPACT, SYMPTOMS = ([item.key for item in part.items] for part in FIQR.parts)
answer = st.integers(0, 10)
# The first draws are slow while the modules of the generator load on a busy machine.
quick = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
complete = st.fixed_dictionaries({item.key: answer for item in FIQR.items})


def answers(function, impact, symptoms, **changed):
    """The same answer to every item of a part."""
    parts = dict.fromkeys(FUNCTION, function) | dict.fromkeys(IMPACT, impact) | dict.fromkeys(SYMPTOMS, symptoms)
    return parts | changed


# Our own limits, which leave room: of T-scores, of the EQ-5D index, of percentages, and the days of four weeks.
OWN_LIMITS = (10, 90), (-1, 1), (0, 28)


@pytest.mark.parametrize("measure", [m for m, s in SCALES.items() if (s.low, s.high) not in OWN_LIMITS])
def test_the_range_of_a_scale_is_in_a_source_that_it_cites(measure):
    scale = SCALES[measure]

    sources = [part for part in split_citations(scale.about) if hasattr(part, "supports")]

    said = " ".join(source.supports for source in sources).replace("percent", "100")
    assert re.search(rf"\b{scale.high}\b", said)


# By hand, from the rule at fiqr.info: sums / 3, / 1 and / 2; with eight of nine function items, their sum times 9/8.
@pytest.mark.parametrize(
    ("given_answers", "score"),
    [
        (answers(0, 0, 0), "0"),
        (answers(10, 10, 10), "100"),
        (answers(5, 4, 6), "53"),  # 45/3 + 8 + 60/2
        (answers(1, 0, 0), "3"),
        (answers(0, 0, 0, **{"1": 1}), "0.33"),
        (answers(4, 0, 0, **{"9": None}), "12"),  # 32 * 9/8 / 3
        (answers(5, 0, 0, **{"9": None, "8": 2}), "13.88"),  # 37 * 9/8 / 3 = 13.875
    ],
)
def test_the_score_of_the_fiqr(given_answers, score):
    assert score_of(FIQR, given_answers) == Decimal(score)


@pytest.mark.parametrize(
    ("missing", "part"),
    [(["1", "2"], 0), (["10"], 1), (["21"], 2), (FUNCTION, 0), ([*FUNCTION, *IMPACT, *SYMPTOMS], 0)],
)
def test_too_many_missing_answers_give_no_score(missing, part):
    with pytest.raises(ValidationError) as refusal:
        score_of(FIQR, answers(5, 5, 5, **dict.fromkeys(missing)))

    assert FIQR.parts[part].title in refusal.value.messages[0]


@pytest.mark.parametrize("wrong", [-1, 11, 2.5])
def test_an_answer_off_the_scale_gives_no_score(wrong):
    with pytest.raises(ValidationError, match="from 0 to 10"):
        score_of(FIQR, answers(5, 5, 5, **{"4": wrong}))


def test_an_answer_to_an_unknown_item_gives_no_score():
    with pytest.raises(ValidationError, match="another version"):
        score_of(FIQR, answers(5, 5, 5, **{"22": 4}))


@quick
@given(complete)
def test_every_complete_form_has_a_score_on_the_scale(given_answers):
    assert SCALES["fiqr"].holds(score_of(FIQR, given_answers))


@quick
@given(complete, st.sampled_from([item.key for item in FIQR.items]), answer)
def test_a_worse_answer_never_lowers_the_score(given_answers, key, other):
    low, high = sorted([given_answers[key], other])

    assert score_of(FIQR, given_answers | {key: low}) <= score_of(FIQR, given_answers | {key: high})


@quick
@given(complete, st.sampled_from(FUNCTION))
def test_a_missing_function_item_counts_as_the_mean_of_the_others(given_answers, key):
    others = [given_answers[other] for other in FUNCTION if other != key]
    kept = score_of(FIQR, given_answers | {key: None})

    low, high = (score_of(FIQR, given_answers | {key: edge}) for edge in (min(others), max(others)))
    assert low <= kept <= high


# The file -----------------------------------------------------------------------------


def test_every_questionnaire_is_a_measure_that_can_be_recorded():
    assert set(questionnaires()) <= set(SCALES)


@pytest.mark.parametrize("one", questionnaires().values(), ids=lambda one: one.measure)
def test_every_questionnaire_says_whose_its_words_are_and_fits_its_scale(one):
    scale = SCALES[one.measure]

    assert "own words" in one.words_of or any(not isinstance(part, str) for part in split_citations(one.words_of))
    assert len({item.key for item in one.items}) == len(one.items)
    if not one.has_total:
        assert {(part.lowest, part.highest) for part in one.parts} == {(scale.low, scale.high)}


def test_no_questionnaire_whose_words_are_licensed_is_shown_item_by_item():
    assert set(questionnaires()) == {"nprs", "psfs", "groc", "headache", "fiqr"}


@pytest.mark.parametrize("measure", sorted(set(SCALES) - {Threshold.Measure.HEADACHE}))  # days are counted, not scored
def test_every_scale_names_a_source_that_is_known(measure):
    assert any(not isinstance(part, str) for part in split_citations(SCALES[measure].about))
