"""Safety warnings in a real browser: they come with the row, are answered with one tap, and are still there later."""

import uuid

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.reference_data import have_catalogue
from tests.treatments.builders import make_needle
from tests.treatments.services.test_warning_answers import screen
from treatments.models import WarningAnswer
from treatments.services import start_session

from .test_session import add, add_without_script, edit, let_saves_arrive, open_row, saved

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def draft(physiotherapist, other_physiotherapist, patient, sign_in, context):
    have_catalogue()
    make_needle()
    sign_in(physiotherapist)
    yield start_session(patient, by=physiotherapist, session_id=uuid.uuid4())
    let_saves_arrive(context)


def warning(page, title):
    return page.get_by_role("group", name=title, exact=True)


def test_a_caution_comes_with_its_row_and_is_answered_with_one_tap(page, draft):
    page.goto(edit(draft))
    add(page, "rhom maj r")
    saved(page, 2)
    expect(warning(page, "Advice: Near the lung")).to_be_visible()
    add(page, "rhom maj l")
    caution = warning(page, "Caution: Both sides of the thorax")
    expect(caution).to_be_visible()
    expect(caution.get_by_text("Source: South African Board Notice 121")).to_be_visible()
    expect(open_row(page).get_by_text("Decide")).to_be_visible()
    expect(page.locator("[data-say-warnings]")).to_contain_text("Caution: Both sides of the thorax")

    caution.get_by_text("Superficial, tangential").click()

    expect(page.get_by_role("link", name="caution: Both sides of the thorax")).to_have_count(0)
    expect(open_row(page).get_by_text("Decide")).to_be_hidden()
    assert WarningAnswer.objects.get().reason == "Superficial, tangential"
    page.reload()
    row = page.locator("details[data-row]").nth(1)  # the row that was open is open again
    expect(row.get_by_text("“Superficial, tangential” · Marit Solberg")).to_be_visible()


def test_what_is_being_answered_stays_while_other_things_are_saved(page, draft, patient, physiotherapist):
    screen(patient, physiotherapist, bleeding="Aspirin")
    page.goto(edit(draft))
    other = warning(page, "Caution: Bleeds easily: Aspirin").get_by_role("textbox")
    other.focus()
    page.keyboard.type("pressed ")
    saved(page, 2)
    page.keyboard.type("for long")

    expect(other).to_be_focused()
    expect(other).to_have_value("pressed for long")
    page.locator("#id_plan").focus()
    expect(page.get_by_role("link", name="caution: Bleeds easily")).to_have_count(0)
    saved(page)
    assert WarningAnswer.objects.get().reason == "pressed for long"


def test_a_row_that_was_removed_takes_its_warning_along_and_undo_brings_the_answer_back(page, draft):
    page.goto(edit(draft))
    add(page, "rhom maj r")
    add(page, "rhom maj l")
    warning(page, "Caution: Both sides of the thorax").get_by_text("Not over the ribs").click()
    expect(page.get_by_role("link", name="caution: Both sides of the thorax")).to_have_count(0)
    open_row(page).get_by_role("button", name="Remove", exact=True).click()
    expect(page.locator("[data-row]")).to_have_count(1)
    saved(page)
    assert not WarningAnswer.objects.exists()

    page.get_by_role("button", name="Undo").click()

    saved(page)
    assert WarningAnswer.objects.get().reason == "Not over the ribs"


def test_a_stop_by_keyboard_from_the_foot_to_a_colleague_who_is_asked(page, draft, patient, physiotherapist):
    screen(patient, physiotherapist, pregnancy="12 weeks")
    page.goto(edit(draft))
    add(page, "rectus abd r")
    expect(open_row(page).get_by_text("Stop", exact=True)).to_be_visible()
    expect(page.get_by_role("alert").filter(has_text="Stop: Pregnant")).to_have_count(1)
    page.get_by_role("link", name="stop: Pregnant").press("Enter")
    stop = warning(page, "Stop: Pregnant: 12 weeks")
    expect(stop.get_by_role("textbox")).to_be_focused()

    page.keyboard.type("far from it")
    page.keyboard.press("Tab")
    page.keyboard.type("Dan")

    expect(page.get_by_role("link", name="Pregnant: 12 weeks: waiting for Daniel Okonkwo to agree")).to_be_visible()
    expect(page.get_by_role("link", name="stop: Pregnant")).to_have_count(0)
    expect(stop.get_by_text("Waiting for Daniel Okonkwo to agree.")).to_be_visible()
    expect(open_row(page).get_by_text("Stop", exact=True)).to_be_visible()
    answer = WarningAnswer.objects.get(level="stop")
    assert (answer.reason, str(answer.seconded_by)) == ("far from it", "d.okonkwo")


def test_an_absolute_stop_is_read_from_the_foot_and_offers_no_way_round(
    page, draft, patient, physiotherapist, complaints
):
    complaints.allowed = ["422"]
    screen(patient, physiotherapist, unwilling="")
    page.goto(edit(draft))
    page.get_by_role("link", name="stop: Refuses needles").click()
    stop = warning(page, "Stop: Refuses needles")

    expect(stop).to_be_focused()
    assert stop.locator("input:not([type=hidden]), select").count() == 0
    page.get_by_role("button", name="Sign").click()
    expect(page.get_by_role("alert").get_by_role("link", name="Stop: Refuses needles")).to_be_visible()
    # The first field of the list has the focus.
    first = page.locator("[data-summary-errors] a").first.get_attribute("href")
    page.wait_for_function("(id) => document.querySelector(id).contains(document.activeElement)", arg=first)


def full_page(page, draft, patient, physiotherapist):
    """Every kind of warning at once."""
    screen(patient, physiotherapist, pregnancy="", bleeding="Aspirin", lymphoedema_area=("", "left", ["leg"]))
    page.goto(edit(draft))
    for typed in ("rhom maj r", "rhom maj l", "soleus l", "rectus abd r"):
        add(page, typed)
    for title in ("Stop: Pregnant", "Stop: Lymphoedema: left lower leg", "Caution: Both sides of the thorax"):
        expect(page.locator("[data-warning]").filter(has_text=title)).to_have_count(1)
    page.evaluate("document.querySelectorAll('details').forEach((details) => (details.open = true))")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_warnings_break_no_accessibility_rule(page, draft, patient, physiotherapist, complaints, scheme):
    page.emulate_media(color_scheme=scheme)
    full_page(page, draft, patient, physiotherapist)
    heard = len(complaints)

    found = Axe().run(page).response["violations"]

    # axe tries to add inline styles while it measures contrast; the content security policy refuses them.
    del complaints[heard:]
    assert {rule["id"]: [node["html"][:200] for node in rule["nodes"]] for rule in found} == {}


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1024, 768), (390, 844)])
def test_warnings_fit_and_can_be_hit(page, draft, patient, physiotherapist, width, height):
    page.set_viewport_size({"width": width, "height": height})
    full_page(page, draft, patient, physiotherapist)

    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    targets = page.locator("[data-warning]").locator(
        ".btn-check + label:visible, input[type=text]:visible, select:visible, summary:visible"
    )
    small = [box for target in targets.all() if (box := target.bounding_box()) and box["height"] < 44]

    assert over <= 0
    assert targets.count() > 5
    assert [box["height"] for box in small if box["width"] > 1] == []


class TestWithoutJavaScript:
    @pytest.fixture
    def browser_context_args(self, browser_context_args):
        return browser_context_args | {"java_script_enabled": False}

    def test_a_caution_is_shown_after_saving_and_answered(self, page, draft):
        page.goto(edit(draft))
        for side in ("right", "left"):
            page.select_option("#add_side", side)
            add_without_script(page, "Rhomboid major")
        caution = warning(page, "Caution: Both sides of the thorax")
        caution.get_by_text("Not over the ribs").click()
        caution.get_by_role("textbox").fill("one at a time")
        page.get_by_role("button", name="Save", exact=True).click()

        expect(page.get_by_text("“Not over the ribs · one at a time” · Marit Solberg")).to_be_visible()
        assert WarningAnswer.objects.get().reason == "Not over the ribs · one at a time"
