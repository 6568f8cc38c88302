"""The finder of the session's page: the clinician's own words, groups, and nothing wrong by Enter."""

import uuid

import pytest
from playwright.sync_api import expect

from tests.reference_data import have_catalogue
from tests.treatments.builders import make_ready
from treatments.services import start_session

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def session_page(page, physiotherapist, patient, sign_in):
    have_catalogue()
    make_ready(patient, by=physiotherapist)
    sign_in(physiotherapist)
    draft = start_session(patient, by=physiotherapist, session_id=uuid.uuid4())
    page.goto(f"/patients/{patient.pk}/sessions/{draft.pk}/edit/")
    return page


def test_enter_opens_a_group_and_then_adds_the_member_that_is_chosen(session_page):
    page = session_page
    page.fill("#muscle-find", "rotator cuff L")
    page.keyboard.press("Enter")
    expect(page.locator("#muscle-hits li")).to_have_count(4)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    row = page.locator("details[data-row]")
    expect(row).to_have_attribute("data-muscle", "infraspinatus")
    expect(row.locator("input[name$='-side'][value=left]")).to_be_checked()


def test_enter_adds_nothing_while_several_muscles_could_be_meant(session_page):
    page = session_page
    page.fill("#muscle-find", "TA R")
    page.keyboard.press("Enter")

    expect(page.locator("details[data-row]")).to_have_count(0)
    hits = page.locator("#muscle-hits li")
    expect(hits.filter(has_text="Tibialis anterior")).to_be_visible()
    expect(hits.filter(has_text="Transversus abdominis")).to_be_visible()
