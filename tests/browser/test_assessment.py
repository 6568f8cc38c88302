"""An assessment in the browser: it saves itself, pain is drawn, and it is signed."""

import os

import pytest
from playwright.sync_api import expect

from patients.services import open_episode
from tests.treatments.builders import make_signed_assessment
from treatments.models import Assessment

from .proving import prove
from .test_consent import violations

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def episode(patient, physiotherapist):
    return open_episode(patient, by=physiotherapist, complaint="Neck pain", region="neck")


@pytest.fixture
def chart(page, episode, physiotherapist, sign_in):
    sign_in(physiotherapist)
    page.set_viewport_size({"width": 1024, "height": 768})
    page.goto(f"/patients/{episode.patient_id}/chart/")
    return page


def stroke(page, view):
    box = page.locator(f'[data-draw-view="{view}"] svg').bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 4
    page.mouse.move(x, y)
    page.mouse.down()
    for dx, dy in ((30, 0), (30, 30), (0, 30)):
        page.mouse.move(x + dx, y + dy, steps=4)
    page.mouse.up()


def photograph(page, name):
    if folder := os.environ.get("SHOTS"):
        for width, height in ((1440, 900), (1024, 768), (390, 844)):
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=f"{folder}/{name}_{width}.png", full_page=True)
        page.set_viewport_size({"width": 1024, "height": 768})


def test_an_assessment_is_written_and_sent_to_its_signature_by_keys(chart, episode, complaints):
    complaints.allowed.append("422")  # the first attempt to sign, which leads to what is missing
    page = chart
    page.get_by_role("button", name="Assess").press("Enter")
    page.wait_for_url("**/edit/")
    expect(page.locator("#id_pain_now_0")).to_be_focused()
    page.keyboard.press("6")
    page.keyboard.press("Tab")
    for key in ("1", "0"):
        page.keyboard.press(key)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#id_red_flags_none")).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_label("Your password")).to_be_visible()

    draft = Assessment.objects.get()
    assert (draft.pain_now, draft.pain_worst, draft.red_flags) == (6, 10, "none")


def test_pain_is_drawn_and_everything_saves_itself_and_is_signed(chart, episode, complaints):
    page = chart
    page.get_by_role("button", name="Assess").click()
    page.wait_for_url("**/edit/")
    stroke(page, "posterior")
    page.locator("label[for=draw-anterior]").click()
    stroke(page, "anterior")
    stroke(page, "anterior")
    page.get_by_role("button", name="Undo").click()
    page.locator("label[for=id_pain_now_6]").click()
    page.locator("#id_site_1_region").select_option("neck")
    expect(page.locator("#id_site_2_region")).to_be_visible()
    expect(page.locator("#id_site_3_region")).to_be_hidden()
    page.locator("label[for=id_red_flags_none]").click()
    expect(page.locator("[data-missing] a")).to_have_count(0)
    assert violations(page, complaints) == {}
    photograph(page, "edit")
    page.get_by_role("button", name="Sign").click()
    page.wait_for_url("**/prove/")
    prove(page, "Sign")
    page.wait_for_url(lambda url: not url.endswith(("prove/", "edit/")))

    signed = Assessment.objects.get()
    assert signed.is_signed
    assert [area["view"] for area in signed.drawing] == ["posterior", "anterior"]
    assert (signed.pain_now, signed.sites[0]["region"]) == (6, "neck")
    expect(page.locator("polygon.pain-now")).to_have_count(2)
    assert violations(page, complaints) == {}
    photograph(page, "signed")


def test_a_reassessment_takes_the_first_drawing_over(chart, episode, physiotherapist, complaints):
    area = {"view": "posterior", "points": [[200, 100], [230, 110], [220, 150]]}
    make_signed_assessment(episode, by=physiotherapist, drawing=[area], easing="Heat", pain_worst=8)
    page = chart
    page.reload()
    page.get_by_role("button", name="Reassess").click()
    page.wait_for_url("**/edit/")
    expect(page.locator("polygon.pain-first")).to_have_count(1)
    page.locator("label[for=id_pain_worst_5]").click()
    page.get_by_role("button", name="As first drawing").click()
    expect(page.locator("polygon.pain-now")).to_have_count(1)
    assert violations(page, complaints) == {}
    photograph(page, "again")

    draft = Assessment.objects.drafts().get()
    assert (draft.drawing, draft.pain_worst, draft.easing) == ([area], 5, "")
