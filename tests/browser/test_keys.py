"""Single keys: through my day, to my day and the help from anywhere, and off where nobody wants them."""

from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from clinic.models import Appointment
from tests.clinic.builders import make_type
from tests.treatments.builders import make_ready

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def my_day(page, desk, physiotherapist, patient, other_patient, sign_in):
    """My day with a patient who is here, one who is expected, and one visit that is done."""
    make_ready(patient, by=physiotherapist)
    for hour, person, status in [(9, other_patient, "done"), (10, patient, "arrived"), (11, other_patient, "booked")]:
        starts_at = timezone.make_aware(datetime.combine(timezone.localdate(), time(hour)))
        Appointment.objects.create(
            patient=person,
            practitioner=physiotherapist.practitioner,
            type=make_type(),
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=30),
            status=status,
        )
    sign_in(physiotherapist)
    page.goto("/today/")


def test_keys_go_through_my_day_and_enter_starts(page, my_day, patient):
    starts = page.get_by_role("button", name="Start")

    page.keyboard.press("j")
    expect(starts.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(starts.nth(1)).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("Enter")

    page.wait_for_url(f"**/patients/{patient.pk}/sessions/*/edit/")
    expect(page.locator('[name="pain_before"]').first).to_be_focused()
    page.keyboard.press("t")
    page.wait_for_url("**/today/")
    page.keyboard.press("?")
    page.wait_for_url("**/help/")


def test_single_keys_can_be_switched_off(page, my_day):
    page.goto("/help/")
    page.get_by_label("Use single keys in this browser").uncheck()
    page.goto("/today/")

    for key in ("j", "t", "?", "/"):
        page.keyboard.press(key)

    expect(page.locator("body")).to_be_focused()
    expect(page.locator("[data-find][open]")).to_have_count(0)
    assert page.url.endswith("/today/")


def test_what_is_over_is_folded_and_stays_open_after_a_poll(page, my_day):
    over = page.locator("[data-keep-open]")
    expect(over.locator(".fl-appt")).not_to_be_visible()

    over.locator("summary").click()
    page.evaluate("htmx.ajax('GET', '/today/', '#day-list')")

    expect(over.locator(".fl-appt")).to_be_visible()


def test_log_out_is_not_in_the_bar_of_a_phone(page, my_day):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/today/")

    expect(page.locator(".fl-rail").get_by_role("button", name="Log out")).not_to_be_visible()
    page.locator(".fl-rail").get_by_role("link", name="Account").click()
    page.locator("header").get_by_role("button", name="Log out").click()
    page.wait_for_url("**/login/**")
