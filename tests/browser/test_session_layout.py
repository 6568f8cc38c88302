"""The session's pages on the screens of a clinic: what is in view, what has the focus, what the keys do."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from patients.services import open_episode
from tests.reference_data import have_catalogue
from tests.treatments.builders import make_needle, make_needling, make_signed
from treatments.models import Muscle
from treatments.services import record_event, record_outcome_score

pytestmark = pytest.mark.django_db(transaction=True)
TABLET = {"width": 1024, "height": 768}
LONG = "Leave the rhomboids if the mornings are easier, row with band 3 x 12, and check the grip again. " * 3


@pytest.fixture
def treated(page, physiotherapist, patient, sign_in):
    """A patient with three visits, long notes, outcomes and an open event; the physiotherapist is signed in."""
    have_catalogue()
    make_needle()
    episode = open_episode(patient, by=physiotherapist, complaint="Neck pain", region="neck", planned_sessions=6)
    for number in range(3):
        rows = [make_needling(Muscle.objects.get(slug="infraspinatus"))]
        session = make_signed(
            patient, by=physiotherapist, episode=episode, days_ago=9 - number, needlings=rows, plan=LONG, note=LONG
        )
    for measure, value, days in [("ndi", 40, 9), ("ndi", 30, 7), ("hit6", 60, 9), ("hit6", 50, 7)]:
        day = timezone.localdate() - timedelta(days=days)
        record_outcome_score(episode, by=physiotherapist, measure=measure, value=value, scored_on=day)
    record_event(session, by=physiotherapist, type="nerve_symptoms", grade="significant")
    sign_in(physiotherapist)
    page.set_viewport_size(TABLET)
    return patient


def start(page, patient):
    page.goto(f"/patients/{patient.pk}/chart/")
    page.get_by_role("button", name="Start session").click()
    page.wait_for_url("**/edit/")


def test_pain_is_in_view_and_has_the_focus_when_a_session_starts(page, treated):
    start(page, treated)

    pain = page.get_by_role("radiogroup", name="Pain now").or_(page.get_by_role("group", name="Pain now"))
    expect(pain.get_by_role("radio").first).to_be_focused()
    assert page.evaluate("scrollY") == 0
    last, bar = pain.locator("label").last.bounding_box(), page.locator(".fl-signbar").bounding_box()
    assert last["y"] + last["height"] <= bar["y"]
    page.keyboard.press("7")
    expect(pain.get_by_role("radio", name="7")).to_be_checked()
