"""Messages in a browser: the admin's preview, what the diary shows of them, and the page of the private link."""

from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from clinic.models import Appointment, ClinicSettings, Message, MessageText, Site
from clinic.services import cancel_appointment, record_time_off, send_due_messages
from patients.services import update_patient
from tests import people
from tests.clinic.builders import book

from .test_diary import day, slot, violations

pytestmark = pytest.mark.django_db(transaction=True)
PUBLIC_ADDRESS = "https://visits.example.org"
FITS = "document.documentElement.scrollWidth <= innerWidth"


@pytest.fixture
def visit(desk, patient, physiotherapist, settings):
    """A visit of a patient whose confirmation was sent by e-mail."""
    settings.EMAIL_URL, settings.DEFAULT_FROM_EMAIL = "smtp://here", "clinic@example.org"
    ClinicSettings.objects.create(public_address=PUBLIC_ADDRESS)
    Site.objects.update(phone="020 7946 0001")
    update_patient(patient, by=desk, email="ruth@example.org", reminder_channel="email")
    patient.refresh_from_db()
    booked = book(patient, physiotherapist, by=desk)
    Message.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    send_due_messages(channel="email")
    return booked


@pytest.fixture
def phone(browser, base_url, visit, complaints):
    """The patient's phone, with the page of the link in the message open."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, base_url=base_url)
    complaints.listen_to(context)
    page = context.new_page()
    [word] = [word for word in mail.outbox[-1].body.split() if word.startswith(PUBLIC_ADDRESS)]
    page.goto(word.removeprefix(PUBLIC_ADDRESS))
    yield page
    context.close()


def test_a_patient_confirms_and_the_diary_shows_it_with_what_was_sent(page, phone, visit):
    phone.get_by_role("button", name="Yes, I am coming").click()
    expect(phone.get_by_role("status")).to_contain_text("Thank you")

    page.goto(day())

    expect(slot(page, visit)).to_contain_text("Confirmed")
    slot(page, visit).click()
    panel = page.locator("#panel")
    expect(panel).to_contain_text("The patient confirmed this visit")
    expect(panel).to_contain_text("Confirmation of the booking, e-mail")
    expect(panel.get_by_role("listitem").filter(has_text="Confirmation of the booking")).to_contain_text("sent")


def test_a_patient_asks_for_another_time_and_the_desk_deals_with_it(page, phone, visit):
    phone.get_by_text("Ask for another time").click()
    phone.get_by_text("Tue", exact=True).click()
    phone.get_by_text("Morning", exact=True).click()
    phone.get_by_label("Anything else about the time").fill(f"Before ten, {'x' * 60}")
    phone.get_by_role("button", name="Send to the clinic").first.click()
    expect(phone.get_by_role("status")).to_contain_text("Your request has been sent")
    assert phone.evaluate(FITS)

    page.goto(day())
    page.get_by_role("link", name="1 request of patients").click()

    panel = page.locator("#panel")
    expect(panel).to_contain_text("Tue, Morning")
    expect(panel).to_contain_text("Before ten")
    visit.refresh_from_db()
    assert (visit.status, visit.version) == (Appointment.Status.BOOKED, 1)
    panel.get_by_role("button", name="Dealt with").click()
    expect(panel).to_contain_text("No patient is waiting for an answer.")
    expect(page.get_by_role("link", name="1 request of patients")).to_have_count(0)


def test_a_patient_asks_to_cancel_and_withdraws_it(page, phone, visit):
    phone.get_by_text("Ask to cancel").click()
    phone.get_by_text("Yes, please call").click()
    phone.get_by_role("button", name="Send to the clinic").last.click()

    page.goto(day())
    expect(slot(page, visit)).to_contain_text("Asks to cancel")
    visit.refresh_from_db()
    assert visit.status == Appointment.Status.BOOKED
    phone.get_by_role("button", name="Withdraw the request").click()

    expect(phone.get_by_role("button", name="Yes, I am coming")).to_be_visible()
    page.reload()
    expect(slot(page, visit)).to_contain_text("Not yet confirmed")


def test_a_link_is_over_when_the_visit_is_cancelled_and_says_whom_to_call(phone, complaints, visit, desk):
    complaints.allowed.append("404")
    cancel_appointment(visit, by=desk, reason="ill")

    phone.reload()

    expect(phone.get_by_role("heading", name="This link no longer works.")).to_be_visible()
    expect(phone.get_by_role("link", name="020 7946 0001")).to_be_visible()
    assert violations(phone, complaints, "over") == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_of_a_link_breaks_no_accessibility_rule_and_never_scrolls_sideways(phone, complaints, scheme):
    phone.emulate_media(color_scheme=scheme)
    phone.get_by_text("Ask for another time").click()

    broken = violations(phone, complaints, "link")

    for width in (390, 1024, 1440):
        phone.set_viewport_size({"width": width, "height": 844})
        assert phone.evaluate(FITS)
    assert broken == {}


def test_the_list_of_visits_to_move_has_room_for_its_buttons(page, visit, desk):
    away = {"starts_at": visit.starts_at, "ends_at": visit.ends_at}
    record_time_off(by=desk, practitioner=visit.practitioner, **away)
    page.goto(reverse("visits_to_move"))
    wide = {}

    for button in ("Send message", "Do not send"):
        choice = page.get_by_role("button", name=button)
        expect(choice).to_be_visible()
        for width in (1440, 1024, 390):
            page.set_viewport_size({"width": width, "height": 844})
            wide[button, width] = not page.evaluate(FITS)
        choice.click()

    expect(page.get_by_role("button", name="Send message")).to_be_visible()
    assert wide == dict.fromkeys(wide, False)


def test_an_admin_sees_a_text_as_the_patient_will_before_saving_it(page, complaints, visit, sign_in):
    sign_in(people.make_admin())
    page.goto(f"{reverse('admin:clinic_messagetext_add')}?kind=booked&channel=email")

    page.get_by_label("Text").fill("Hello. We expect you at {site}: {visits}")
    page.get_by_role("button", name="Preview").click()

    expect(page.locator("#preview")).to_contain_text(f"We expect you at {Site.objects.get().name}:")
    assert not MessageText.objects.exists()
    page.get_by_role("button", name="Save", exact=True).click()
    assert MessageText.objects.get().text.startswith("Hello. We expect you")
