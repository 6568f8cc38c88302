"""Adding what the list does not have, and what should not be needled, in a real browser."""

import uuid

import pytest
from playwright.sync_api import expect

from tests.reference_data import have_catalogue
from tests.treatments.builders import make_needle, make_ready
from treatments.models import Needling
from treatments.services import start_session

from .test_session import add, let_saves_arrive, saved

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def session_page(page, physiotherapist, patient, sign_in, context):
    have_catalogue()
    make_needle()
    sign_in(physiotherapist)
    make_ready(patient, by=physiotherapist)
    session = start_session(patient, by=physiotherapist, session_id=uuid.uuid4())
    page.goto(f"/patients/{patient.pk}/sessions/{session.pk}/edit/")
    yield page
    let_saves_arrive(context)


def test_targets_are_added_by_keyboard_and_what_is_not_needled_says_why(session_page):
    page = session_page
    free = page.locator("[data-free-entry]")
    expect(free).to_be_hidden()

    add(page, "diaphragm")
    expect(page.locator("[data-not-needled]")).to_be_visible()
    expect(page.locator("[data-rows] [data-row]")).to_have_count(0)
    add(page, "caesarean scar left")
    expect(page.locator("[data-rows] [data-row]")).to_have_count(1)
    expect(page.locator("[data-kind]").first).to_have_text("Scar")

    add(page, "knot at the graft R")
    expect(page.locator("#id_add_words")).to_have_value("knot at the graft")
    expect(page.locator("#id_add_region")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#error_add_region")).not_to_be_empty()
    page.select_option("#id_add_region", "thigh")
    page.click("[data-add-free]")
    expect(free).to_be_hidden()
    expect(page.locator("[data-rows] [data-row]")).to_have_count(2)
    expect(page.locator(".pin")).not_to_have_count(0)

    expect(page.locator("[data-pelvic]")).to_be_hidden()
    add(page, "levator ani R")
    expect(page.locator("[data-pelvic]")).to_be_visible()
    expect(page.locator("[data-row][open] [data-remark]")).to_contain_text("chaperone")

    page.locator("[data-rows] [data-row]").first.locator("summary").first.click()
    saved(page)
    expect.set_options(timeout=6000)
    page.wait_for_function("document.querySelector('#session-form').dataset.saveState === 'idle'")
    stored = [(row.muscle.name_en, row.side) for row in Needling.objects.select_related("muscle")]
    assert stored == [("Caesarean scar", "left"), ("knot at the graft", "right"), ("Levator ani", "right")]
    page.reload()
    expect(page.locator("[data-muscle-name]")).to_have_text(["Caesarean scar", "knot at the graft", "Levator ani"])
