"""An adverse event in a real browser: recorded in two taps, signed, reported on and closed; or recorded later."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.reference_data import have_catalogue
from tests.treatments.builders import make_draft, make_needle, make_signed
from treatments.models import AdverseEvent, EventReport, TreatmentSession

from .proving import sign
from .test_session import let_saves_arrive

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk(physiotherapist, patient, sign_in, context):
    have_catalogue()
    make_needle()
    sign_in(physiotherapist)
    yield
    let_saves_arrive(context)


def tomorrow():
    return str(timezone.localdate() + timedelta(days=1))


def test_an_event_is_seen_signed_reported_on_and_closed(page, desk, patient, physiotherapist):
    draft = make_draft(patient, by=physiotherapist, no_reaction=False)
    page.goto(draft.get_absolute_url())
    page.locator("label").get_by_text("Faint feeling", exact=True).click()
    page.get_by_role("radiogroup", name="Grade of faint feeling").get_by_text("Significant").click()
    expect(page.locator("[data-missing] a")).to_have_count(0)
    sign(page)
    expect(page.get_by_text("Signed. The record can no longer be changed.")).to_be_visible()
    sealed = TreatmentSession.objects.get().content_hash

    page.goto("/today/")
    page.get_by_role("link", name="Faint feeling, significant").click()
    expect(page.get_by_text("Open: report needed")).to_be_visible()
    page.get_by_role("link", name="Report", exact=True).click()
    page.get_by_label("What was done").fill("Laid flat, legs up")
    page.get_by_label("Outcome").fill("Well after ten minutes")
    page.get_by_label("Ask again on").fill(tomorrow())
    page.get_by_role("button", name="Record report").click()
    expect(page.get_by_text("Open: ask again on")).to_be_visible()

    page.goto("/today/")
    page.locator("#open-events a").click()
    page.get_by_role("link", name="Report", exact=True).click()
    page.get_by_label("Close the event: no further action is needed").check()
    page.get_by_role("button", name="Record report").click()
    expect(page.get_by_text("Report recorded. The event is closed.")).to_be_visible()
    page.goto("/today/")
    expect(page.get_by_text("Open adverse events")).to_have_count(0)
    assert [report.is_closed for report in EventReport.objects.all()] == [False, True]
    assert TreatmentSession.objects.get().content_hash == sealed


def test_a_later_event_is_recorded_by_keyboard_at_a_phones_width(page, desk, patient, physiotherapist, complaints):
    complaints.allowed = ["422"]
    signed = make_signed(patient, by=physiotherapist, days_ago=1)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(signed.get_absolute_url())
    page.get_by_role("link", name="Event", exact=True).click()
    page.get_by_role("button", name="Record event").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Choose what happened.")
    page.get_by_role("radio", name="Headache").focus()
    page.keyboard.press("Space")
    page.get_by_role("radio", name="Mild").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Record event").press("Enter")

    expect(page.get_by_role("heading", name="Headache, mild")).to_be_visible()
    event = AdverseEvent.objects.get()
    assert (event.type, event.grade, event.appeared_later) == ("headache", "mild", True)


def test_a_needle_count_that_does_not_agree_is_a_stop_until_it_does(page, desk, patient, physiotherapist, complaints):
    complaints.allowed = ["422"]
    draft = make_draft(patient, by=physiotherapist)
    page.goto(draft.get_absolute_url())
    stop = page.locator("[data-count-stop]")
    expect(stop).to_be_hidden()
    page.fill("#id_needles_removed", "1")
    page.keyboard.press("Tab")
    expect(stop).to_contain_text("Stop: 1 needle still in.")
    page.get_by_role("button", name="Sign").click()
    expect(stop).to_contain_text("Stop: 1 needle still in.")
    assert not TreatmentSession.objects.get().is_signed
    page.fill("#id_needles_removed", "4")
    page.keyboard.press("Tab")
    expect(stop).to_contain_text("Stop: needles out exceeds needles in by 2.")

    page.get_by_role("button", name="All 2 out").click()
    expect(stop).to_be_hidden()


def test_lots_are_found_while_typing(page, desk):
    page.goto("/needles/")
    page.fill("#lot-box", "zz")
    expect(page.get_by_text("No lot number contains “zz”.")).to_be_visible()
    page.fill("#lot-box", "l")
    page.get_by_role("link", name="L1").click()

    expect(page.get_by_role("heading", name="Lot L1")).to_be_visible()
