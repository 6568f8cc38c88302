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

from .test_session import add, let_saves_arrive

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


def test_the_dose_and_the_case_report_fit_a_phone(page, treated, physiotherapist, context):
    page.set_viewport_size({"width": 390, "height": 844})
    session = treated.treatment_sessions.signed().latest("started_at")
    page.goto(f"{session.get_absolute_url()}case-report/")
    table = page.get_by_role("region", name="Table of the items")
    assert table.evaluate("box => box.scrollWidth <= box.clientWidth")

    start(page, treated)
    add(page, "infraspinatus R")
    row = page.locator("[data-row]").first
    row.locator("label", has_text="Electrical").click()
    row.locator("[data-dose] > summary").click()
    dose = row.locator(".fl-dose")
    assert row.locator("[data-dose]").bounding_box()["height"] < 600
    assert dose.evaluate("box => box.scrollWidth <= box.clientWidth")
    dose.locator("summary", has_text="Hygiene").click()
    row.get_by_label("Gloves").select_option("yes")
    let_saves_arrive(context)


def visible_area(page):
    """(top, bottom) of the screen between the banner and the foot."""
    return page.locator(".fl-head").bounding_box()["height"], page.locator(".fl-signbar").bounding_box()["y"]


def test_all_fields_of_an_open_row_and_next_fit_on_a_tablet(page, treated):
    start(page, treated)
    for muscle in ("lev r", "infra l", "pectoralis major r"):
        page.fill("#muscle-find", muscle)
        page.keyboard.press("Enter")
    first = page.locator("[data-row]").first
    first.locator("summary").first.click()
    expect(page.locator("[data-row][open]")).to_have_count(1)

    for row in page.locator("[data-row]").all()[1:]:
        row.locator("summary").first.click()
        expect(row).to_have_attribute("open", "")
        page.wait_for_timeout(100)

        top, bottom = visible_area(page)
        name, last = row.locator(".fl-needle__name").bounding_box(), row.locator("[data-next]").bounding_box()
        assert name["y"] >= top
        assert last["y"] + last["height"] <= bottom


def test_an_error_under_a_field_leaves_the_others_of_its_line_in_place(page, treated, complaints):
    complaints.allowed = ["422"]
    start(page, treated)
    page.fill("#muscle-find", "lev r")
    page.keyboard.press("Enter")
    row = page.locator("[data-row]").last
    depth = row.locator('input[name$="-depth_mm"]')
    names = ["side", "trigger_point", "depth_mm", "retention_seconds", "insertions"]
    places = """(row, names) => names.map((name) => row.querySelector(`[name$="-${name}"]`)
        .closest("fieldset, .fl-step, div").getBoundingClientRect().top - row.getBoundingClientRect().top)"""
    before = row.evaluate(places, names)

    depth.fill("10,5")
    depth.press("Tab")

    expect(row.locator('[data-error$="-depth_mm"]')).to_contain_text("whole number")
    assert row.evaluate(places, names[:3]) == before[:3]
    insertions = row.locator('input[name$="-insertions"]')
    insertions.fill("1.5")
    insertions.press("Tab")
    expect(row.locator('[data-error$="-insertions"]')).not_to_be_empty()
    step, quick = row.locator("[data-quick-number] .fl-step"), row.locator("[data-quick-number] .fl-quick")
    assert abs(step.bounding_box()["y"] - quick.bounding_box()["y"]) <= 2
    depth.fill("10")
    insertions.fill("1")
    insertions.press("Tab")
    expect(page.locator("[data-saved-text]")).to_contain_text("Saved")


def test_the_signed_record_fits_and_its_actions_are_at_hand(page, treated):
    session = treated.treatment_sessions.order_by("started_at").first()

    for size in (TABLET, {"width": 390, "height": 844}):
        page.set_viewport_size(size)
        page.goto(session.get_absolute_url())
        table = page.get_by_role("region", name="Table of needling rows")
        assert table.evaluate("one => one.scrollWidth <= one.clientWidth")
        expect(page.locator(".fl-place__charts svg")).to_be_visible()
        for name in ("Follow-up", "Patient copy", "Print"):
            box = page.get_by_role("link", name=name, exact=True).bounding_box()
            assert box["y"] + box["height"] <= size["height"]


def test_chips_of_reactions_stay_where_they_are_when_a_grade_opens(page, treated):
    start(page, treated)
    chips = page.locator("[data-reactions] .fl-chips").first.locator("> label")
    before = [chip.bounding_box() for chip in chips.all()]

    chips.nth(1).click()

    expect(page.locator(".fl-reaction:visible")).to_have_count(1)
    scrolled = chips.first.bounding_box()["y"] - before[0]["y"]
    after = [chip.bounding_box() | {"y": chip.bounding_box()["y"] - scrolled} for chip in chips.all()]
    assert [(box["x"], round(box["y"])) for box in after] == [(box["x"], round(box["y"])) for box in before]


def test_an_open_row_says_its_current_and_has_whole_focus_rings(page, treated):
    start(page, treated)
    page.fill("#muscle-find", "lev r")
    page.keyboard.press("Enter")
    row = page.locator("[data-row]").last
    row.get_by_text("Electrical", exact=True).click()
    row.get_by_label("Frequency").fill("2")
    row.get_by_text("Dose and imaging").click()
    row.get_by_label("Current", exact=False).fill("1.5")
    row.get_by_label("Current", exact=False).press("Tab")

    expect(row.locator("[data-summary]")).to_contain_text("electrical 2 Hz 1.5 mA")
    page.keyboard.press("Shift+Tab")
    row.locator('input[name$="-side"]:checked').focus()
    page.keyboard.press("ArrowRight")
    ring = row.locator('input[name$="-side"]:checked + label').evaluate("one => getComputedStyle(one).outlineOffset")
    assert int(ring.removesuffix("px")) <= -3  # inside the cell, where nothing covers it


def test_measurements_come_before_the_needling(page, treated):
    start(page, treated)

    measurements, needling = page.locator("#measurements"), page.locator("#needling")

    assert measurements.bounding_box()["y"] < needling.bounding_box()["y"]
