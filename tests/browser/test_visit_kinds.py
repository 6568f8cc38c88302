"""The kind of visit and signing too early, in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.browser.proving import sign
from tests.browser.test_session import add, desk, draft, edit, fill_row, saved  # noqa: F401 - desk and draft are fixtures
from treatments.models import TreatmentSession

pytestmark = pytest.mark.django_db(transaction=True)


def choose(page, kind):
    page.get_by_label("Kind of visit").get_by_text(kind, exact=True).click()


def test_changing_the_kind_hides_what_it_does_not_use_and_deletes_nothing(page, draft):  # noqa: F811
    page.goto(edit(draft))
    add(page, "levator scap r")
    fill_row(page)
    choose(page, "Unwell")
    expect(page.locator("#needling")).to_be_hidden()
    expect(page.get_by_role("button", name="Remove the needling")).to_be_visible(timeout=6000)
    expect(page.get_by_label("What the patient reported")).to_be_visible()
    expect(page.get_by_label("Stopped at")).to_be_hidden()

    choose(page, "Needling")
    expect(page.locator("details[data-row]")).to_have_count(1)
    expect(page.locator('input[name$="-depth_mm"]')).to_have_value("12")
    expect(page.get_by_role("button", name="Remove the needling")).to_be_hidden(timeout=6000)
    saved(page)


@pytest.mark.parametrize("width", [390, 1024, 1440])
def test_every_kind_fits_and_is_one_tap_of_44_pixels(page, draft, width):  # noqa: F811
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(edit(draft))
    for kind in ("Assessment", "Exercise", "Unwell", "Refused", "Stopped", "Needling"):
        choose(page, kind)
        assert page.get_by_label("Kind of visit").get_by_text(kind, exact=True).bounding_box()["height"] >= 44
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), kind
    choose(page, "Stopped")
    saved(page)


def test_a_refusal_is_signed_with_one_sentence(page, draft):  # noqa: F811
    page.goto(edit(draft))
    choose(page, "Refused")
    page.get_by_label("Why the patient refused").fill("Wants a day without needles")
    expect(page.locator("[data-missing] a")).to_have_count(0, timeout=6000)
    sign(page)
    page.wait_for_url(f"**/sessions/{draft.pk}/")

    assert TreatmentSession.objects.get(pk=draft.pk).is_signed


def test_signing_too_early_goes_to_the_first_missing_field_and_says_the_whole_list(page, draft, complaints):  # noqa: F811
    complaints.allowed = ["422"]
    page.goto(edit(draft))
    add(page, "levator scap r")
    page.fill("#id_note", "kept")
    page.get_by_role("button", name="Sign").click()

    summary = page.get_by_role("alert").filter(has_text="not signed")
    first = summary.get_by_role("link").first
    field = page.locator(first.get_attribute("href")).first
    expect(field).to_be_focused()
    expect(page.locator(f'label[for="{field.get_attribute("id")}"]')).to_be_in_viewport()
    assert "summary" in field.get_attribute("aria-describedby").split()
    expect(page.locator("#id_note")).to_have_value("kept")

    page.locator("details[data-row]").evaluate("row => { row.open = false }")
    summary.get_by_role("link", name="Row 1").click()
    expect(page.locator("details[data-row]")).to_have_attribute("open", "")
    expect(page.locator("details[data-row] :focus")).to_have_count(1)


def test_without_javascript_the_list_of_what_is_missing_is_in_focus(browser, draft, context, live_server):  # noqa: F811
    plain = browser.new_context(java_script_enabled=False, base_url=live_server.url)
    plain.add_cookies(context.cookies())
    page = plain.new_page()
    page.goto(edit(draft))
    page.get_by_role("button", name="Sign").click()
    choose(page, "Refused")
    expect(page.locator("#needling")).to_be_hidden()
    page.get_by_role("button", name="Sign").click()

    summary = page.get_by_role("alert").filter(has_text="not signed")
    expect(summary).to_be_focused()
    summary.get_by_role("link", name="Why the patient refused").click()
    page.keyboard.type("Not today")
    sign(page)
    page.wait_for_url(f"**/sessions/{draft.pk}/")
    plain.close()
