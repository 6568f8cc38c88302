"""Taps counted: a gap, the waiting list, the next visit from a session; and the time finder in the drawer."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from clinic.models import Appointment, WaitingListEntry
from clinic.services import add_to_waiting_list, cancel_appointment
from tests.clinic.builders import at, book, make_hours, make_type, monday
from tests.clinic_fixture import make_clinic_fixture

from .test_diary import book_button, column, day, slot, violations

pytestmark = pytest.mark.django_db(transaction=True)


class Taps:
    """Counts the taps of a job."""

    def __init__(self):
        self.count = 0

    def __call__(self, target, **how):
        self.count += 1
        target.click(**how)


def test_a_known_patient_is_booked_from_a_gap_in_three_taps(page, desk, patient, physiotherapist):
    tap = Taps()
    page.goto(day())

    tap(column(page, physiotherapist).locator("[data-gap]"), position={"x": 40, "y": 84 * 2 + 5})
    page.locator("#booking-find").press_sequentially("adey")
    tap(page.locator("#panel [data-hit]"))
    tap(book_button(page))

    expect(page.locator("#panel")).to_contain_text("Booked: ADEYEMI, Ruth")
    assert (tap.count, Appointment.objects.get().starts_at) == (3, at("11:00"))


def test_a_freed_time_goes_to_who_waits_in_one_tap_and_their_later_visit_in_another(
    page,
    desk,
    visit,
    other_patient,
    physiotherapist,
):
    later = book(other_patient, physiotherapist, by=desk, day=monday() + timedelta(days=7))
    add_to_waiting_list(other_patient, by=desk, type=make_type(), priority=2)
    cancel_appointment(visit, by=desk, reason="ill")
    page.goto(f"/diary/{visit.pk}/")
    tap = Taps()

    tap(page.locator("#panel").get_by_role("button", name="for WILK, Tomasz"))

    expect(page.locator("#panel")).to_contain_text("Booked: WILK, Tomasz")
    assert (tap.count, WaitingListEntry.objects.open().count()) == (1, 0)
    page.locator("#panel").get_by_role("button", name="Cancel Mon").click()
    expect(page.locator("#panel")).to_contain_text("Cancelled: WILK, Tomasz")
    later.refresh_from_db()
    assert later.status == "cancelled"


@pytest.mark.parametrize("number", [1, 0], ids=["before signing", "after signing"])
def test_the_next_visit_is_booked_from_a_session_in_two_taps(page, complaints, sign_in, number):
    made = make_clinic_fixture()
    session = made.sessions[number]
    make_hours(made.physiotherapist)
    make_type()
    sign_in(made.physiotherapist)
    page.goto(session.get_absolute_url())
    tap = Taps()

    tap(page.get_by_role("link", name="Next visit"))
    tap(book_button(page))

    page.wait_for_url(f"**{session.get_absolute_url()}")
    booked = Appointment.objects.latest("pk")
    assert tap.count == 2
    assert booked.starts_at.date() == timezone.localdate(session.started_at) + timedelta(days=7)


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


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_finder_breaks_no_accessibility_rule(page, complaints, desk, visit, other_patient, scheme):
    wish = add_to_waiting_list(other_patient, by=desk, type=make_type(), weekdays=[0])
    page.emulate_media(color_scheme=scheme)
    broken = {}

    for path in (
        f"/diary/book/?patient={other_patient.pk}&weekdays=3&after=16:00",
        f"/diary/{visit.pk}/move/",
        f"/diary/{visit.pk}/edit/",
        f"/diary/waiting/{wish.pk}/edit/",
        "/diary/waiting/",
        f"{day()}&month=2027-03",
    ):
        page.goto(path)
        broken |= violations(page, complaints, path)

    assert broken == {}
