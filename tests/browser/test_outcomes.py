"""Outcomes in a real browser: a patient's scores by keyboard, the review of all; readable by everybody."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import expect

from tests import people
from tests.clinic_fixture import make_clinic_fixture
from tests.treatments.outcomes.builders import make_history
from treatments.models import OutcomeScore, Threshold
from treatments.services import rebuild_summaries

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clinic_fixture(transactional_db, sign_in):
    made = make_clinic_fixture()
    sign_in(made.physiotherapist)
    return made


def broken_rules(page, complaints):
    """The axe rules that the page breaks, with all folded parts open."""
    page.evaluate("document.querySelectorAll('main details').forEach(fold => fold.open = true)")
    heard = len(complaints)
    found = Axe().run(page).response["violations"]
    # axe tries to add inline styles; the content security policy refuses them.
    del complaints[heard:]
    return {rule["id"]: [node["html"][:200] for node in rule["nodes"]] for rule in found}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_outcomes_break_no_accessibility_rule(page, clinic_fixture, complaints, scheme):
    page.emulate_media(color_scheme=scheme)

    for name in ("patient_outcomes", "score_create", "score_correct"):
        page.goto(clinic_fixture.url(name))
        assert broken_rules(page, complaints) == {}


def test_a_score_is_recorded_by_keyboard_and_drawn(page, clinic_fixture, complaints):
    complaints.allowed = ["422"]
    page.goto(clinic_fixture.url("patient_outcomes"))
    page.get_by_role("link", name="Record a score").first.click()
    page.get_by_label("Measure").focus()
    page.keyboard.type("NDI")
    expect(page.get_by_label("Activity")).to_be_hidden()
    page.get_by_role("textbox", name="Score").fill("15")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("percent or in points out of 50")
    page.get_by_role("radio", name="Points out of 50").focus()
    page.keyboard.press("Space")
    page.get_by_role("textbox", name="Score").press("Enter")

    expect(page.get_by_text("Recorded: NDI 30 %.")).to_be_visible()
    expect(page.get_by_role("img", name="NDI over time")).to_be_visible()
    assert OutcomeScore.objects.current().filter(measure="ndi", value=30).exists()


def test_an_activity_asks_for_its_name_only_where_it_is_scored(page, clinic_fixture):
    page.goto(clinic_fixture.url("score_create"))
    for measure, field in (
        ("PSFS", "Activity"),
        ("Pain, NPRS 0 to 10", "Pain at what time"),
        ("NDI", "Score given in"),
    ):
        page.get_by_label("Measure").select_option(measure)
        visible = [
            name
            for name in ("Activity", "Pain at what time", "Score given in")
            if page.locator(".fl-label", has_text=name).first.is_visible()
        ]
        assert visible == [field]


# The review in the admin ---------------------------------------------------------


@pytest.fixture
def review(page, transactional_db, live_server, sign_in):
    """The outcome review over some months of sessions, and the admin in front of it."""
    make_history(by=people.make_front_desk())
    rebuild_summaries()
    Threshold.objects.create(
        slug="drawn", measure="nprs", kind="mcid", value=2, unit="points", population="Adults", is_on_pain_course=True
    )
    sign_in(people.make_admin())
    page.goto(reverse("admin:treatments_outcome_changelist"))
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_review_breaks_no_accessibility_rule(review, complaints, scheme):
    review.emulate_media(color_scheme=scheme)
    review.reload()

    assert broken_rules(review, complaints) == {}


def test_filters_are_picked_by_keyboard_and_stay_in_the_address(review):
    review.get_by_label("Muscle", exact=True).focus()
    review.keyboard.type("Infra")
    review.keyboard.press("Tab")
    review.get_by_role("button", name="Apply").focus()
    review.keyboard.press("Enter")

    expect(review.get_by_label("Muscle", exact=True).locator("option:checked")).to_have_text("Infraspinatus")
    assert "muscle=" in review.url
    expect(review.locator(".fl-outcome__head")).to_contain_text("Muscle: Infraspinatus")
    review.get_by_role("link", name="Reset").click()
    expect(review.locator(".fl-outcome__head")).to_contain_text("All signed needling sessions")


def test_every_chart_has_its_numbers_and_the_file_those_sessions(review):
    numbers = review.locator("details", has_text="Numbers").first
    numbers.locator("summary").click()
    expect(numbers.get_by_role("row", name="Infraspinatus")).to_be_visible()

    with review.expect_download() as download:
        review.locator(".fl-exports > summary").click()
        review.get_by_role("link", name="Needlings, CSV").first.click()

    assert download.value.suggested_filename == "outcomes.csv"
    assert "Of history" not in Path(download.value.path()).read_text(encoding="utf-8-sig")


@pytest.mark.parametrize("width", [390, 1024, 1440])
def test_the_review_fits_its_window(review, width):
    review.set_viewport_size({"width": width, "height": 900})
    review.evaluate("document.querySelectorAll('.fl-outcome details').forEach(fold => fold.open = true)")

    assert review.evaluate("document.documentElement.scrollWidth") <= width
