"""Clinical sentences of warnings and pages, and what is known about bleeding, are reviewed like other facts."""

import pytest

from clinic.roles import REVIEWER
from patients.sources import bibliography, split_citations
from tests import people
from tests.markup import on_one_line
from tests.treatments.builders import make_muscle, make_needling, make_signed
from tests.treatments.test_safety import MUSCLES, TODAY, row, said, session
from treatments import safety
from treatments.evidence.advice import advice
from treatments.evidence.bleeding import bleeding_facts
from treatments.models import FactReview, Needling
from treatments.services import review_fact

BLOOD_THINNER = said(
    "anticoag_deep", category="absolute_local", muscles=("psoas-major", "tibialis-posterior"), label="Blood thinner"
)


def reviewed(fact, verdict, correction=""):
    return {(fact.fact_key, fact.fingerprint): FactReview(verdict=verdict, correction=correction, basis="A paper")}


def review(fact, by, verdict, correction=""):
    words = {"correction": correction, "basis": "A paper", "qualification": "PT", "fingerprint": fact.fingerprint}
    review_fact(fact.fact_key, by=by, verdict=verdict, **words)


def warn(*rows, reviews, precautions=()):
    known = {"precautions": precautions, "earlier": [], "past_events": [], "reviews": reviews}
    return safety.warnings_for(session(), rows, on=TODAY, **known)


def found(key, *rows, reviews, **known):
    return [warning for warning in warn(*rows, reviews=reviews, **known) if warning.key == key]


def test_every_advice_cites_the_bibliography_or_says_that_it_has_no_source():
    without = "memory", "what a mean is"
    lacking = [
        one.key
        for one in advice().values()
        if not any(hasattr(part, "cite") for part in split_citations(one.source))
        and not any(words in one.source for words in without)
    ]

    assert lacking == []
    assert set(bleeding_facts()) <= set(MUSCLES)
    assert {fact.source for fact in bleeding_facts().values()} - {""} <= set(bibliography())


@pytest.mark.parametrize(
    ("key", "of", "rows"),
    [
        ("thorax", "near-lung", [row("rhomboid-major")]),
        ("thorax_both_sides", "both-sides", [row("rhomboid-major", "left"), row("rhomboid-major", "right")]),
        ("superficial_depth", "superficial", [row(technique=Needling.Technique.SUPERFICIAL, depth_mm=15)]),
    ],
)
def test_a_review_changes_the_words_of_a_warning_or_ends_it(key, of, rows):
    fact = advice()[of]

    (first, *_) = found(key, *rows, reviews={})
    (corrected, *_) = found(key, *rows, reviews=reviewed(fact, "corrected", "In other words."))

    assert fact.statement in first.sentence
    assert first.source == fact.source
    assert "In other words." in corrected.sentence
    assert fact.statement not in corrected.sentence
    assert corrected.source == "A paper"
    assert found(key, *rows, reviews=reviewed(fact, "withdrawn")) == []


def test_a_blood_thinner_asks_at_each_muscle_in_which_pressure_may_not_stop_a_bleed():
    rows = [row("piriformis"), row("piriformis", "left"), row("soleus"), row("iliacus")]

    asked = {w.key: w for w in warn(*rows, reviews={}, precautions=[BLOOD_THINNER]) if w.level == "caution"}

    assert set(asked) == {"bleeding-piriformis", "bleeding-iliacus", "screened-anticoag_deep"}
    assert asked["bleeding-piriformis"].needling_id == rows[0].pk
    assert asked["bleeding-piriformis"].source == "from memory, to be checked"
    assert asked["bleeding-iliacus"].source == "[@boon-2012]"
    assert "Against:" in asked["bleeding-iliacus"].sentence


def test_a_withdrawn_statement_about_bleeding_leaves_the_question_about_all_muscles():
    reviews = reviewed(bleeding_facts()["piriformis"], "withdrawn")

    asked = warn(row("piriformis"), reviews=reviews, precautions=[BLOOD_THINNER])

    assert [warning.key for warning in asked if warning.level == "caution"] == ["screened-anticoag_deep"]


def test_the_copy_for_the_patient_says_what_was_corrected_and_not_what_was_withdrawn(client, patient, physiotherapist):
    reviewer = people.make_user("r.osei", role=REVIEWER)
    rhomboid = make_muscle("rhomboid-major", "Rhomboid major", pneumothorax_risk=True)
    signed = make_signed(patient, by=physiotherapist, needlings=[make_needling(rhomboid)])
    review(advice()["copy-normal"], reviewer, "corrected", correction="You may be sore for a day.")
    review(advice()["copy-emergency"], reviewer, "withdrawn")
    client.force_login(physiotherapist)

    page = on_one_line(client.get(f"/patients/{patient.pk}/sessions/{signed.pk}/copy/"))

    assert "You may be sore for a day." in page
    assert "Soreness for one or two days" not in page
    assert "Get emergency help" not in page


def test_the_help_page_explains_words_with_their_source_and_review(client, physiotherapist):
    client.force_login(physiotherapist)

    page = on_one_line(client.get("/help/"))

    assert all(one.statement in page.replace("&#x27;", "'") for one in advice().values() if one.is_a_word)
    assert "Not yet reviewed by a clinician." in page
