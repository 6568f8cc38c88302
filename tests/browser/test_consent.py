"""Consent in a real browser: by mouse, finger and keyboard, without JavaScript, and in the patient's view."""

import re
from datetime import timedelta
from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

from patients.models import Consent, Screening, ScreeningQuestion
from patients.models.consent import PAD_HEIGHT, PAD_WIDTH
from patients.services import take_screening
from tests import people
from tests.patients.builders import agree, make_form
from tests.reference_data import have_catalogue, have_questions
from tests.treatments.builders import make_needle
from treatments.models import TreatmentSession

pytestmark = pytest.mark.django_db(transaction=True)
POINTS = ["Technique", "Common effects", "Serious risks", "Alternatives", "Therapist’s training", "Can stop any time"]

REFUSED = "422 (Unprocessable Entity)"


@pytest.fixture
def url(physiotherapist, patient, sign_in):
    make_form()
    sign_in(physiotherapist)
    return f"/patients/{patient.pk}/consents/new/"


@pytest.fixture
def touch(browser, browser_context_args, sign_in, physiotherapist, context):
    """A phone's page, signed in like the desk's, that has touch only."""
    sign_in(physiotherapist)
    phone = browser.new_context(
        **browser_context_args | {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    )
    phone.add_cookies(context.cookies())
    yield phone.new_page()
    phone.close()


def label_of(page, text):
    return page.locator("#consent label").filter(has_text=re.compile(rf"^\s*{text}\s*$"))


def tick(page, *labels):
    for label in labels:
        label_of(page, label).click()


def kept(page):
    """Wait for the page of the saved consent."""
    page.wait_for_url(re.compile(r"/consents/[0-9a-f-]{36}/$|/episodes/new/$"))
    consent = Consent.objects.get()
    if page.url.endswith("/episodes/new/"):  # next in a first visit
        page.goto(consent.get_absolute_url())
    return consent


def pad_of(page):
    """The pad's box, after scrolling it between the top and the bottom bar."""
    pad = page.locator("[data-pad]")
    pad.evaluate("pad => pad.scrollIntoView({ block: 'center', behavior: 'instant' })")
    return pad.bounding_box()


def draw(page, *shares):
    """Draw with the mouse through points of the pad, given as fractions of its width and height."""
    box = pad_of(page)
    places = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in shares]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=4)
    page.mouse.up()


def test_a_signature_is_drawn_with_the_mouse(page, url):
    page.goto(url)
    tick(page, "Neck", "Shoulder", *POINTS)
    expect(page.locator("[data-agreed]")).to_have_text("neck, shoulder")
    draw(page, (0.2, 0.7), (0.3, 0.2), (0.5, 0.8))
    draw(page, (0.6, 0.5), (0.6, 0.5))
    page.get_by_role("button", name="Save consent").click()

    consent = kept(page)
    first, dot = consent.signature
    assert consent.scope == ["neck", "shoulder"]
    assert abs(first[0][0] - 0.2 * PAD_WIDTH) <= 2
    assert abs(first[0][1] - 0.7 * PAD_HEIGHT) <= 2
    assert len(first) > 5
    assert len(dot) == 2
    expect(page.get_by_role("img", name="Signature of Ruth Adeyemi")).to_be_visible()


def test_a_signature_is_drawn_with_a_finger(touch, url):
    page = touch
    page.goto(url)
    for label in ["Low back", *POINTS]:
        label_of(page, label).tap()
    box = pad_of(page)
    scrolled = page.evaluate("scrollY")
    finger = page.context.new_cdp_session(page)
    shares = [(0.2, 0.2), (0.5, 0.8), (0.8, 0.3)]
    places = [{"x": box["x"] + box["width"] * x, "y": box["y"] + box["height"] * y} for x, y in shares]

    for kind, points in [("Start", places[:1]), ("Move", places[1:2]), ("Move", places[2:]), ("End", [])]:
        finger.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})
        page.wait_for_timeout(50)  # no hand is faster

    assert page.evaluate("scrollY") == scrolled
    page.get_by_role("button", name="Save consent").tap()
    (stroke,) = kept(page).signature
    assert [later[0] > sooner[0] for sooner, later in pairwise(stroke[1:])] == [True, True]


def test_a_cleared_pad_is_empty_and_refused(page, url, complaints):
    complaints.allowed = [REFUSED]
    page.goto(url)
    tick(page, "Neck", *POINTS)
    draw(page, (0.2, 0.7), (0.3, 0.2))
    page.get_by_role("button", name="Clear").click()
    page.get_by_role("button", name="Save consent").click()

    expect(page.get_by_role("alert")).to_contain_text("Sign on the pad, or choose another way to sign.")
    expect(page.locator('[name="explained"]:checked')).to_have_count(6)
    assert not Consent.objects.exists()


def test_a_drawing_is_kept_after_an_error(page, url, complaints):
    complaints.allowed = [REFUSED]
    page.goto(url)
    tick(page, *POINTS)
    draw(page, (0.2, 0.7), (0.3, 0.2))
    page.get_by_role("button", name="Save consent").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose at least one region.")
    expect(page.locator("[data-pad-ink]")).to_have_attribute("d", re.compile("^M1"))
    tick(page, "Neck")
    page.get_by_role("button", name="Save consent").click()

    assert len(kept(page).signature) == 1


def test_a_consent_is_given_with_keys_alone(page, url):
    page.goto(url)
    for value in ["neck"]:
        page.locator(f"#id_scope_{value}").focus()
        page.keyboard.press("Space")
    for value in Consent.NEEDED_POINTS:
        page.locator(f"#id_explained_{value}").focus()
        page.keyboard.press("Space")
    page.locator('[name="signing"][value="drawn"]').focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    expect(page.locator("#id_signed_name")).to_be_focused()
    page.keyboard.type("Ruth Adeyemi")
    page.keyboard.press("Enter")

    consent = kept(page)
    assert (consent.signing, consent.signed_name, consent.signature) == ("typed", "Ruth Adeyemi", None)


def test_the_count_of_points_left_follows_the_chips(page, url):
    page.goto(url)
    save = page.get_by_role("button", name="Save consent")

    expect(save).to_have_text("Save consent · 6 points left")
    tick(page, *POINTS[:5], "Copy given")
    expect(save).to_have_text("Save consent · 1 point left")
    tick(page, POINTS[5])
    expect(save).to_have_text("Save consent")


def test_spoken_consent_shows_no_signature(page, url):
    page.goto(url)
    tick(page, "Spoken")
    expect(page.get_by_role("group", name="Signature", exact=True)).to_be_hidden()
    page.get_by_role("button", name="All regions").click()
    tick(page, *POINTS)
    page.get_by_role("button", name="Save consent").click()

    assert (kept(page).method, Consent.objects.get().covers_everything) == ("verbal", True)


def test_a_patient_declines(page, url, patient, physiotherapist):
    agree(patient, by=physiotherapist)
    page.goto(url)
    tick(page, "Technique", "Alternatives")
    draw(page, (0.2, 0.7), (0.3, 0.2))  # begun, and then thought better of
    page.get_by_label("In the patient’s words").fill("No needles, thank you")
    page.get_by_label("Offered instead").fill("Exercise")
    page.get_by_role("button", name="Declines").click()

    expect(page.get_by_role("heading", name="Dry needling declined")).to_be_visible()
    expect(page.get_by_text("The refusal is recorded.")).to_be_visible()
    expect(page.get_by_role("link", name="Withdraw")).to_have_count(0)
    refusal = patient.consents.latest_first().first()
    assert (refusal.method, refusal.explained, refusal.signature) == ("declined", ["nature", "alternatives"], None)
    assert (refusal.refusal_words, refusal.offered_instead) == ("No needles, thank you", "Exercise")

    page.goto(f"/patients/{patient.pk}/chart/")
    expect(page.get_by_role("link", name="declined dry needling on")).to_be_visible()
    page.get_by_role("link", name="Ask for consent").click()
    expect(page.get_by_text("“No needles, thank you”")).to_be_visible()


def test_a_refusal_is_recorded_with_keys_alone_and_enter_in_a_line_does_not_decline(page, url, complaints):
    complaints.allowed = [REFUSED]
    page.goto(url)
    page.locator("#id_refusal_words").focus()
    page.keyboard.type("No")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Nothing has been saved yet.")
    assert not Consent.objects.exists()

    expect(page.locator("#id_refusal_words")).to_have_value("No")
    page.get_by_role("button", name="Save consent").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Declines")).to_be_focused()
    page.keyboard.press("Space")

    assert kept(page).method == "declined"


def test_the_patient_signs_on_the_turned_tablet_and_the_therapist_proves_who_they_are(page, url, patient):
    page.goto(url)
    tick(page, "Neck", *POINTS)
    page.get_by_role("button", name="Turn round").click()

    expect(page.get_by_role("main")).to_contain_text("A thin, solid needle")
    expect(page.get_by_role("main")).to_contain_text("neck")
    expect(page.get_by_role("navigation")).to_have_count(0)
    assert patient.record_number not in page.content()
    page.goto(f"/patients/{patient.pk}/chart/")
    page.wait_for_url("**/consents/by-patient/")

    draw(page, (0.2, 0.7), (0.3, 0.2))
    page.get_by_role("button", name="I have signed").click()
    page.get_by_label("Password").fill(people.PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/consents/new/")
    page.get_by_role("button", name="Save consent").click()
    assert len(kept(page).signature) == 1


def test_the_lung_is_explained_when_a_region_near_it_is_ticked(page, url):
    page.goto(url)
    lung = page.get_by_role("heading", name="Near the lung")

    expect(lung).to_be_hidden()
    tick(page, "Chest")
    expect(lung).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_state_of_the_page_is_accessible(page, url, scheme, complaints, physiotherapist, patient):
    complaints.allowed = [REFUSED]
    agree(patient, by=physiotherapist)
    page.emulate_media(color_scheme=scheme)
    page.goto(url)
    draw(page, (0.2, 0.7), (0.3, 0.2))
    broken = violations(page, complaints)
    tick(page, "Signs by typing the name")
    broken |= violations(page, complaints)
    page.get_by_role("button", name="Save consent").click()
    expect(page.get_by_role("alert")).to_be_visible()
    broken |= violations(page, complaints)

    assert broken == {}


def violations(page, complaints):
    heard = len(complaints)
    found = Axe().run(page).response["violations"]
    del complaints[heard:]  # axe tries to add inline styles; the content security policy refuses them
    return {rule["id"]: [node["html"][:200] for node in rule["nodes"]] for rule in found}


# Without JavaScript -------------------------------------------------------------------


@pytest.fixture
def plain(browser, browser_context_args, sign_in, physiotherapist, context):
    sign_in(physiotherapist)
    old = browser.new_context(**browser_context_args | {"java_script_enabled": False})
    old.add_cookies(context.cookies())
    yield old.new_page()
    old.close()


def test_without_javascript_a_witness_confirms_the_consent(plain, url):
    page = plain
    page.goto(url)
    expect(page.locator("[data-pad]")).to_be_hidden()
    tick(page, "Neck", *POINTS)
    page.get_by_role("button", name="Save consent").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose how the patient signs.")
    page.get_by_label("Cannot sign: a witness confirms").check()
    page.get_by_label("Name of the witness").fill("Jo Whelan")
    page.get_by_role("button", name="Save consent").click()

    consent = kept(page)
    assert (consent.signing, consent.witness_name) == ("witnessed", "Jo Whelan")


def test_without_javascript_a_patient_declines(plain, url):
    page = plain
    page.goto(url)
    page.get_by_label("In the patient’s words").fill("No needles")
    page.get_by_role("button", name="Declines").click()

    refusal = kept(page)
    assert (refusal.method, refusal.refusal_words) == ("declined", "No needles")


# Before a session -----------------------------------------------------------------------


@pytest.fixture
def known(url, patient, physiotherapist):
    """A patient screened a week ago, who agreed then."""
    have_catalogue()
    make_needle()
    have_questions()
    week_ago = timezone.now() - timedelta(days=7)
    answers = dict.fromkeys(ScreeningQuestion.objects.asked(), (False,))
    take_screening(patient, by=physiotherapist, answers=answers, taken_at=week_ago)
    agree(patient, by=physiotherapist, given_at=week_ago)
    return patient


def test_a_repeat_visit_takes_two_taps_before_the_needles(page, known):
    page.goto(f"/patients/{known.pk}/chart/")
    page.get_by_role("button", name="Start").first.click()
    page.wait_for_url("**/edit/")

    page.get_by_role("button", name="No change since").click()
    page.get_by_text("Asked again today: agrees", exact=True).click()

    expect(page.get_by_text("Screened today")).to_be_visible()
    expect(page.locator('#session-form input[name="version"]')).to_have_value("2", timeout=6000)
    assert TreatmentSession.objects.get().consent_confirmed
    assert Screening.objects.count() == 2
    page.goto("about:blank")


def test_a_muscle_outside_the_consent_leads_to_one_that_covers_it_and_back(page, known, physiotherapist):
    agree(known, by=physiotherapist, scope=["neck"], given_at=timezone.now() - timedelta(days=6))
    page.goto(f"/patients/{known.pk}/chart/")
    page.get_by_role("button", name="Start").first.click()
    page.wait_for_url("**/edit/")
    strip = page.get_by_role("region", name="Before you start")
    expect(strip).not_to_contain_text("Consent needed")

    page.locator("#muscle-find").fill("gluteus medius r")
    page.keyboard.press("Enter")
    strip.get_by_role("link", name="The consent does not cover: Hip and buttock. Ask again.").click()
    expect(page.get_by_label("Hip and buttock")).to_be_checked()
    tick(page, *POINTS)
    draw(page, (0.2, 0.7), (0.3, 0.2), (0.5, 0.8))
    page.get_by_role("button", name="Save consent").click()

    page.wait_for_url("**/sessions/*/edit/")
    expect(strip).not_to_contain_text("Consent needed")
    expect(page.locator("[data-missing]")).not_to_contain_text("consent for")
    page.goto("about:blank")
