"""A first visit from registration to the patient's copy, walked through on a tablet. Taps are counted."""

import re

import pytest
from playwright.sync_api import expect

from clinic.services import set_pin
from patients.models import Patient
from tests.patients.builders import make_form
from tests.reference_data import have_catalogue, have_questions
from tests.treatments.builders import make_needle
from treatments.models import Assessment, TreatmentSession

from .test_assessment import photograph, stroke
from .test_consent import POINTS, draw, tick, violations

pytestmark = pytest.mark.django_db(transaction=True)
PIN = "482951"
# Not clicks: a click on a label is followed by one on its field.
COUNT_TAPS = """addEventListener("pointerdown", (event) => event.isTrusted &&
    localStorage.setItem("taps", 1 + Number(localStorage.getItem("taps"))), true)"""


@pytest.fixture
def taps(page, physiotherapist, sign_in):
    have_questions()
    have_catalogue()
    make_form()
    make_needle()
    set_pin(physiotherapist, by=physiotherapist, pin=PIN, proof="password")
    sign_in(physiotherapist)
    page.set_viewport_size({"width": 1024, "height": 768})
    page.add_init_script(COUNT_TAPS)
    return lambda: int(page.evaluate("Number(localStorage.getItem('taps'))"))


def bar(page):
    return page.get_by_role("navigation", name="First visit")


def register(page):
    page.goto("/patients/new/")
    page.locator("#id_given_name").fill("Ines")
    page.locator("#id_family_name").fill("Roth")
    page.locator("#id_born_on").fill("2 May 1984")
    page.locator("#id_sex").select_option("female")
    page.get_by_role("button", name="Register").click()
    page.wait_for_url("**/episodes/new/")


def open_episode(page):
    page.locator("#id_complaint").fill("Neck pain")
    page.locator("#id_region").select_option("neck")
    page.get_by_role("button", name="Open episode").click()
    page.wait_for_url("**/screening/")


def fill_in_as_the_patient(page, broken, complaints):
    page.get_by_role("button", name="no to the others").click()
    page.get_by_role("button", name="Send my answers").click()
    page.wait_for_url("**/questionnaires/by-patient/")
    page.locator("#id_psfs_activity_0").fill("Turn the head")
    page.locator("label[for^=id_psfs_0_]").nth(4).click()
    page.get_by_role("button", name="Send my answers").click()
    page.wait_for_url("**/drawing/by-patient/")
    photograph(page, "tablet_drawing")
    broken |= violations(page, complaints)
    figure = page.locator('[data-draw-view="posterior"] svg').bounding_box()
    assert figure["height"] > 420  # a finger is about 40 px wide
    assert figure["y"] + figure["height"] < 768
    stroke(page, "posterior")
    page.get_by_role("button", name="Send my drawing").click()
    page.wait_for_url("**/drawing/take-back/")


def prove_with_pin(page):
    """Tap the PIN on the keypad of the page, which sends the sixth digit by itself."""
    for digit in PIN:
        page.locator(f"[data-digit='{digit}']").click()


def needle(page, muscle):
    """Add a muscle on the right, and answer what its row does not have from the row before."""
    page.locator("#muscle-find").fill(f"{muscle} r")
    page.keyboard.press("Enter")
    row = page.locator("details[data-row]").filter(has=page.locator(f'[data-muscle-name]:text-is("{muscle}")'))
    row.locator('input[name$="-depth_mm"]').fill("10")
    if not row.locator('[name$="-technique"]:checked').count():
        row.locator('select[name$="-needle"]').select_option(index=1)
        row.get_by_text("Pistoning", exact=True).click()
    row.get_by_role("button", name="1 insertion").click()
    row.get_by_role("button", name="2 twitches").click()
    expect(row.locator("[data-done]")).to_be_visible()


def test_a_first_visit_is_one_path(page, taps, complaints):
    broken = {}
    register(page)
    open_episode(page)
    patient = Patient.objects.get()
    photograph(page, "path_screening")
    page.get_by_role("link", name="Hand to the patient").click()
    page.locator("label").filter(has_text=re.compile("PSFS|Patient-Specific")).click()
    photograph(page, "tablet_choice")
    broken |= violations(page, complaints)
    page.get_by_role("button", name="Hand to the patient").click()
    page.wait_for_url("**/screening/by-patient/")

    before = taps()
    fill_in_as_the_patient(page, broken, complaints)
    of_patient = taps() - before

    prove_with_pin(page)
    page.wait_for_url("**/screening/?answers=*")
    page.get_by_role("button", name="no to the others").click()
    page.get_by_role("button", name="Save the answers").click()
    page.wait_for_url("**/questionnaires/**")
    page.get_by_role("button", name="Record", exact=True).click()
    page.wait_for_url("**/consents/new/")
    photograph(page, "path_consent")
    expect(page.locator("#consent")).to_contain_text("Next to these: head and face, shoulder, upper back.")
    tick(page, "Upper back", *POINTS)
    draw(page, (0.1, 0.5), (0.4, 0.3), (0.6, 0.8))
    page.get_by_role("button", name="Save consent").click()
    page.wait_for_url(re.compile(r"/consents/[0-9a-f-]{36}/$"))
    photograph(page, "path_consented")
    page.goto("/today/")  # left, and resumed from the chart
    page.goto(f"/patients/{patient.pk}/chart/")
    photograph(page, "path_chart")
    broken |= violations(page, complaints)
    bar(page).get_by_role("button", name="Next: assessment").click()
    page.wait_for_url("**/edit/")
    photograph(page, "path_assessment")
    page.get_by_role("button", name="Confirm this drawing").click()
    expect(page.get_by_text("Drawn by")).to_be_visible()
    page.locator("label[for=id_pain_now_6]").click()
    page.locator("label[for=id_red_flags_none]").click()
    expect(page.locator("[data-missing] a")).to_have_count(0)
    page.get_by_role("button", name="Sign").click()
    page.wait_for_url("**/prove/")
    prove_with_pin(page)
    page.wait_for_url(re.compile(r"/assessments/[0-9a-f-]{36}/$"))
    photograph(page, "path_assessed")
    bar(page).get_by_role("button", name="Next: session").click()
    page.wait_for_url("**/sessions/*/edit/")

    pain = page.get_by_role("radiogroup", name="Pain now").or_(page.get_by_role("group", name="Pain now"))
    expect(pain.get_by_role("radio").first).to_be_focused()
    assessment = Assessment.objects.get()
    assert assessment.is_signed and assessment.drawing == assessment.patient_drawing.drawing
    until_session = taps() - of_patient
    pain.get_by_text("6", exact=True).click()
    for muscle in ("Upper trapezius", "Levator scapulae", "Splenius capitis"):
        needle(page, muscle)
    page.get_by_role("button", name="3 in", exact=True).click()
    page.get_by_role("button", name="All 3 out").click()
    page.get_by_role("group", name="Pain after needling").get_by_text("3", exact=True).click()
    page.locator("label[for=id_no_reaction_on]").click()
    page.get_by_text("Chest warning signs", exact=True).click()
    expect(page.locator("[data-missing] a")).to_have_count(0)
    page.get_by_role("button", name="Sign").click()
    page.wait_for_url("**/prove/")
    prove_with_pin(page)
    expect(page.get_by_text("Signed. The record can no longer be changed.")).to_be_visible()
    expect(bar(page)).to_have_count(0)
    page.get_by_role("link", name="Patient copy").click()
    expect(page.locator("main")).to_contain_text("Upper trapezius")

    session = TreatmentSession.objects.get()
    assert (session.patient, session.is_signed, session.needlings.count()) == (patient, True, 3)
    # Of those before the session, 9 are for the consent with its signature, and 12 for the PIN.
    assert (until_session, of_patient, taps() - of_patient - until_session, broken) == (35, 6, 21, {})
