"""Signed records in a real browser: reading one after the other, correcting one, and one that was entered in error."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

from tests.treatments.builders import make_signed
from treatments.models import Needling
from treatments.services import confirm_error_mark, mark_in_error

from .proving import prove
from .schemes import show_scheme

pytestmark = pytest.mark.django_db(transaction=True)
SIZES = [(1440, 900), (1024, 768), (390, 844)]


@pytest.fixture
def signed(physiotherapist, patient, sign_in):
    """Three signed sessions, the oldest first."""
    sign_in(physiotherapist)
    days = [timezone.now() - timedelta(days=days) for days in (9, 5, 1)]
    return [make_signed(patient, by=physiotherapist, started_at=day) for day in days]


def enter_in_error(session, by, admin):
    mark = mark_in_error(session, by=by, reason="Wrong chart", asked=admin, proof="PIN")
    return confirm_error_mark(mark, by=admin, proof="PIN")


def faults(page):
    """What axe finds in light and dark, and by how much the page is too wide, at each size."""
    found = []
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            show_scheme(page, scheme)
            broken = Axe().run(page).response["violations"]
            found += [(width, scheme, each["id"], [node["html"] for node in each["nodes"]]) for each in broken]
        over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        found += [(width, "too wide", over)] if over > 0 else []
    return found


def test_the_brackets_lead_to_the_records_before_and_after(page, signed):
    oldest, middle, newest = (f"**{session.get_absolute_url()}" for session in signed)
    page.goto(signed[1].get_absolute_url())

    page.keyboard.press("[")
    page.wait_for_url(oldest)
    page.keyboard.press("]")
    page.wait_for_url(middle)
    page.keyboard.press("]")
    page.wait_for_url(newest)
    page.keyboard.press("]")  # there is none after it

    expect(page).to_have_url(page.url)


def test_a_correction_is_signed_and_shown_beside_the_signed_value(page, signed):
    page.goto(f"{signed[1].get_absolute_url()}amend/")
    page.evaluate("document.querySelectorAll('main details').forEach((each) => { each.open = true; })")
    assert faults(page) == []
    page.get_by_label("Depth").first.fill("12")
    page.locator("#id_reason").fill("Typing error")

    prove(page, "Sign the amendment")

    expect(page.get_by_text("The amendment is signed")).to_be_visible()
    expect(page.get_by_role("row", name="12 mm").get_by_text("15 mm")).to_be_visible()
    assert Needling.objects.get(session=signed[1]).depth_mm == 12


def test_a_record_is_marked_from_its_page(page, signed, admin, complaints):
    complaints.allowed = ["422"]
    page.goto(signed[1].get_absolute_url())
    page.get_by_role("link", name="Entered in error?").click()
    assert faults(page) == []
    page.get_by_label("Who confirms it?").select_option(str(admin.pk))
    prove(page, "Mark as entered in error")
    expect(page.get_by_label("Why is it wrong?")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Why is it wrong?").fill("Wrong chart")

    prove(page, "Mark as entered in error")

    expect(page.get_by_text("Until then the record counts as before").first).to_be_visible()
    assert faults(page) == []


def test_the_band_stays_in_sight_and_is_printed(page, signed, physiotherapist, admin):
    enter_in_error(signed[1], physiotherapist, admin)
    page.goto(signed[1].get_absolute_url())
    band = page.locator(".fl-band")
    assert faults(page) == []

    page.set_viewport_size({"width": 1024, "height": 768})
    page.mouse.wheel(0, 4000)
    page.wait_for_function("scrollY > 100")
    expect(band).to_be_in_viewport(ratio=1)
    page.emulate_media(media="print")
    expect(band).to_be_visible()

    expect(page.get_by_role("link", name="Patient copy")).to_have_count(0)
