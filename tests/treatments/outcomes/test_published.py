"""Published rates come from one file, with their denominators."""

import pytest

from patients.sources import bibliography
from treatments.evidence.rates import published_rates
from treatments.models import AdverseEvent, FactReview
from treatments.outcomes.published import PublishedRates

pytestmark = pytest.mark.both_engines


def test_fainting_is_6_in_31822_and_mild_events_are_those_of_brady(db):
    rates = PublishedRates()

    assert round(rates.drawn("fainting") * 31822 / 100) == 6
    assert rates.drawn("bruise") == 7.55
    assert rates.drawn("any_mild") == 19.18


def test_a_rate_from_memory_or_of_something_else_than_treatments_is_never_drawn(db):
    types = {rate.type for rate in published_rates()}
    drawn = {type_: PublishedRates().drawn(type_) for type_ in types}

    assert drawn["any_event"] is None  # White's from memory, the others per patient or pooled
    assert drawn["shock"] is None  # a share of respondents


def test_every_rate_has_a_source_and_says_how_it_was_collected():
    lacking = [rate.key for rate in published_rates() if rate.source not in bibliography() or not rate.how_collected]

    assert len(published_rates()) == 105
    assert lacking == []


def test_every_kind_of_event_that_a_survey_of_physiotherapists_counts_can_be_recorded():
    counted = {rate.type for rate in published_rates() if rate.source in ("brady-2014", "boyce-2020")}

    assert {one for one in counted if not one.startswith("any_")} <= set(AdverseEvent.Type.values)
    assert {"stuck_needle", "bent_needle", "broken_needle", "staff_needlestick"} <= set(AdverseEvent.Type.values)


def test_a_withdrawn_rate_is_not_drawn(db, physiotherapist):
    rate = next(rate for rate in published_rates() if rate.key == "brady-2014-bruise")
    FactReview.objects.create(
        fact_key=rate.fact_key,
        fingerprint=rate.fingerprint,
        verdict="withdrawn",
        basis="Another figure in the full text",
        reviewer_name="M. Solberg",
        qualification="Physiotherapist",
        decided_at="2026-11-01T10:00Z",
        recorded_at="2026-11-01T10:00Z",
        recorded_by=physiotherapist,
    )

    assert PublishedRates().drawn("bruise") is None
