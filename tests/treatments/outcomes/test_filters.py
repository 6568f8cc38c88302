"""Each filter of the outcome review on what was done, by sessions made by hand."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from patients.services import open_episode
from tests import people
from tests.treatments.builders import make_muscle, make_needling, make_signed
from treatments.models import Muscle, Needle
from treatments.outcomes.filters import Filters
from treatments.outcomes.review import Review

pytestmark = pytest.mark.both_engines


@pytest.fixture
def treated(physiotherapist, front_desk):
    """Two signed sessions of two patients that differ in all that a filter can select."""
    long = Needle.objects.create(
        maker="Agu", diameter_mm="0.25", length_mm=60, lot="L2", expires_on=timezone.localdate() + timedelta(days=900)
    )
    shoulder = make_muscle("infraspinatus", "Infraspinatus", region="shoulder")
    rows = [
        make_needling(make_muscle(), depth_mm=12, technique="pistoning", point_state="active"),
        make_needling(shoulder, depth_mm=31, technique="static", point_state="latent", needle=long),
    ]
    for number, treatments in enumerate([["exercise", "heat"], ["heat"]]):
        patient = people.make_patient(by=front_desk, given_name=f"Person {number}")
        episode = open_episode(patient, by=physiotherapist, complaint="Pain", region="neck")
        make_signed(patient, by=physiotherapist, episode=episode, needlings=[rows[number]], co_treatments=treatments)
    # Only now, so that no warning of this muscle has to be answered.
    Muscle.objects.filter(slug="trapezius-upper").update(pneumothorax_risk=True)


def found(**chosen):
    """(sessions, courses, exported sessions) of these filters."""
    filters = Filters(**chosen)
    review = Review(filters, None)
    return review.total.sessions, review.courses.everything.courses, filters.sessions().count()


def test_each_filter_selects_the_session_that_has_it(treated):
    assert found() == (2, 2, 2)
    for chosen in [
        {"group": "rotator-cuff"},
        {"state": "active"},
        {"state": "latent"},
        {"depth": "30"},
        {"needle": "0.25×60"},
        {"co_treatment": "exercise"},
        {"co_treatment": "without:exercise"},
        {"risk": "yes"},
    ]:
        assert found(**chosen) == (1, 1, 1), chosen
    assert found(co_treatment="heat") == (2, 2, 2)


def test_what_is_chosen_together_must_hold_in_one_session(treated):
    assert found(co_treatment="exercise", depth="30") == (0, 0, 0)
    assert found(co_treatment="exercise", depth="10", state="active") == (1, 1, 1)
    assert found(state="latent", needle="0.30×40") == (0, 0, 0)


def test_the_page_names_the_chosen_filters(as_admin, treated):
    chosen = {"co_treatment": "without:exercise", "needle": "0.25×60", "group": "rotator-cuff"}

    page = as_admin.get(reverse("admin:treatments_outcome_changelist"), chosen)

    assert page.context["in_words"] == (
        "Muscle group: Rotator cuff, Needle: 0.25×60 mm, Beside needling: Without exercise"
    )
    assert page.context["review"].total.sessions == 1
