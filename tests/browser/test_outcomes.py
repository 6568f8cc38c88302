"""A patient's outcomes in a real browser: a score by keyboard, its course drawn, corrected; readable by everybody."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.world import make_world
from treatments.models import OutcomeScore

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db, sign_in):
    made = make_world()
    sign_in(made.physiotherapist)
    return made


def broken_rules(page, complaints):
    """axe's rules that the page breaks, with all that is folded open."""
    page.evaluate("document.querySelectorAll('main details').forEach(fold => fold.open = true)")
    heard = len(complaints)
    found = Axe().run(page).response["violations"]
    # axe tries inline styles of its own; the content policy refuses them.
    del complaints[heard:]
    return {rule["id"]: [node["html"][:200] for node in rule["nodes"]] for rule in found}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_outcomes_break_no_accessibility_rule(page, world, complaints, scheme):
    page.emulate_media(color_scheme=scheme)

    for name in ("patient_outcomes", "score_create", "score_correct"):
        page.goto(world.url(name))
        assert broken_rules(page, complaints) == {}


def test_a_score_is_recorded_by_keyboard_and_drawn(page, world, complaints):
    complaints.allowed = ["422"]
    page.goto(world.url("patient_outcomes"))
    page.get_by_role("link", name="Record a score").first.click()
    page.get_by_role("radio", name="NDI").focus()
    page.keyboard.press("Space")
    expect(page.get_by_label("Activity")).to_be_hidden()
    page.get_by_role("textbox", name="Score").fill("15")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("percent or in points of 50")
    page.get_by_role("radio", name="Points of 50").focus()
    page.keyboard.press("Space")
    page.get_by_role("textbox", name="Score").press("Enter")

    expect(page.get_by_text("Recorded: NDI 30 %.")).to_be_visible()
    expect(page.get_by_role("img", name="NDI over time")).to_be_visible()
    assert OutcomeScore.objects.standing().filter(measure="ndi", value=30).exists()


def test_an_activity_asks_for_its_name_only_where_it_is_scored(page, world):
    page.goto(world.url("score_create"))
    for measure, field in (("PSFS", "Activity"), ("Pain, NPRS 0 to 10", "Pain of when"), ("NDI", "Typed in")):
        page.get_by_text(measure, exact=True).first.click()
        visible = [
            name for name in ("Activity", "Pain of when", "Typed in") if page.get_by_text(name).first.is_visible()
        ]
        assert visible == [field]
