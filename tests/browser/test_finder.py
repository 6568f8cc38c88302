"""The time finder in the drawer, and the page that edits a visit."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from clinic.models import Appointment
from tests.clinic.builders import at, make_type, monday

from .test_diary import book_button, day, slot

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_finder_searches_beside_what_is_typed_and_forgets_nothing(page, desk, patient, physiotherapist):
    page.goto(day())
    page.keyboard.press("n")
    page.locator("#booking-find").press_sequentially("adey")
    page.keyboard.press("Enter")
    expect(page.locator("#panel [data-hit]")).to_be_visible()
    page.locator("#panel [data-hit]").click()
    page.fill("#id_note", "Rings first")

    panel = page.locator("#panel")
    panel.get_by_text("Days, time of day, room").click()
    panel.get_by_label("Thu", exact=True).check()
    panel.get_by_label("Not before").fill("16:00")
    panel.get_by_label("Minutes").fill("45")
    panel.get_by_label("Marit Solberg").check()
    page.fill("#id_from_day", "in 6 weeks")
    page.keyboard.press("Enter")

    found = page.locator("#found")
    expect(found).to_contain_text("Thu, from 16:00, M. Solberg, 45 min")
    expect(found.locator(".fl-found__day").first).to_contain_text("in 6 weeks")
    expect(page.locator("#id_note")).to_have_value("Rings first")
    expect(found.locator(".fl-found__day")).to_have_count(8)
    found.get_by_role("link", name="More, from").click()
    expect(found.locator(".fl-found__day")).to_have_count(16)
    found.locator(".fl-suggest--times label").nth(2).click()
    book_button(page).click()
    expect(page.locator("#panel")).to_contain_text("Booked: ADEYEMI, Ruth")
    booked = Appointment.objects.get()
    first = timezone.localdate() + timedelta(weeks=6)
    thursday = first + timedelta(days=(3 - first.weekday()) % 7)
    assert (booked.starts_at, booked.minutes, booked.note) == (
        at("16:00", day=thursday + timedelta(weeks=2)),
        45,
        "Rings first",
    )


def test_a_later_day_is_a_tap_away_in_the_finder_and_in_the_diary(page, desk, patient):
    make_type()
    page.goto(f"/diary/book/?patient={patient.pk}&from_day={monday()}")
    page.get_by_role("button", name="In 6 weeks").click()
    expect(page.locator("#found .fl-found__day").first).to_contain_text(f"{monday() + timedelta(weeks=6):%A}"[:3])
    expect(page.locator("#id_from_day")).to_have_value(f"{monday() + timedelta(weeks=6):%-d %b %Y}")

    page.goto(day())
    page.keyboard.press("g")
    page.fill("#go-day", "10032027")
    page.keyboard.press("Enter")

    expect(page.locator("h1")).to_contain_text("Wed 10 March")
    page.keyboard.press("g")
    page.get_by_role("link", name="In 6 weeks").click()
    expect(page.locator("h1")).to_contain_text("Wed 21 April")
    page.keyboard.press("g")
    page.get_by_role("link", name="May 2027", exact=True).click()
    page.get_by_role("link", name="Tuesday 4 May 2027").click()
    expect(page.locator("h1")).to_contain_text("Tue 4 May")


def test_a_visit_is_edited_in_the_drawer(page, desk, visit):
    page.goto(day())
    slot(page, visit).click()

    page.locator("#panel").get_by_role("link", name="Edit").click()
    page.fill("#id_minutes", "45")
    page.fill("#id_note", "Bring the scan")
    page.get_by_role("button", name="Save").click()

    expect(page.locator("#panel")).to_contain_text("10:00 to 10:45")
    visit.refresh_from_db()
    assert (visit.minutes, visit.note) == (45, "Bring the scan")
