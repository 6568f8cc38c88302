"""Taps counted in a browser: a gap, the waiting list, the next visit, the search, and a colleague who is sick."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from clinic.diary.obstacles import impossible_visits
from clinic.models import Appointment, WaitingListEntry
from clinic.services import add_to_waiting_list, cancel_appointment
from tests.clinic.builders import at, book, make_hours, make_patients, make_room, make_type, monday
from tests.clinic_fixture import make_clinic_fixture

from .test_diary import book_button, column, day, slot, violations

pytestmark = pytest.mark.django_db(transaction=True)
# A click by keys has no detail, so it is not counted as a tap.
COUNT_TAPS = """addEventListener("click", (event) => event.isTrusted && event.detail &&
    localStorage.setItem("taps", 1 + Number(localStorage.getItem("taps"))), true)"""


@pytest.fixture
def taps(page):
    """taps() is the number of real clicks in the pages of the test so far."""
    page.add_init_script(COUNT_TAPS)
    return lambda: int(page.evaluate("Number(localStorage.getItem('taps'))"))


@pytest.fixture
def sick_day(desk, physiotherapist, other_physiotherapist):
    """Ten visits of somebody on a day on which a colleague is free; returns the front desk."""
    for number, person in enumerate(make_patients(10, by=desk)):
        clock = f"{9 + number // 2:02}:{30 * (number % 2):02}"
        book(person, physiotherapist, clock, by=desk, room=make_room("Room 1"), type=make_type())
    return desk


def test_a_known_patient_is_booked_from_a_gap_in_three_taps(page, taps, desk, patient, physiotherapist):
    page.goto(day())

    column(page, physiotherapist).locator("[data-gap]").click(position={"x": 40, "y": 84 * 2 + 5})
    page.locator("#booking-find").press_sequentially("adey")
    page.locator("#panel [data-hit]").click()
    book_button(page).click()

    expect(page.locator("#panel")).to_contain_text("Booked: ADEYEMI, Ruth")
    expect(column(page, physiotherapist).locator(".fl-slot")).to_contain_text("11:00 ADEYEMI, Ruth")
    assert (taps(), Appointment.objects.get().starts_at) == (3, at("11:00"))


def test_a_freed_time_is_filled_in_one_tap_and_the_later_visit_given_up_in_another(
    page, taps, desk, visit, other_patient, physiotherapist
):
    later = book(other_patient, physiotherapist, by=desk, day=monday() + timedelta(days=7))
    add_to_waiting_list(other_patient, by=desk, type=make_type(), priority=2)
    cancel_appointment(visit, by=desk, reason="ill")
    page.goto(day())
    slot(page, visit).focus()
    page.keyboard.press("Enter")

    page.locator("#panel").get_by_role("button", name="for WILK, Tomasz").click()

    expect(page.locator("#panel")).to_contain_text("Booked: WILK, Tomasz")
    assert (taps(), WaitingListEntry.objects.open().count()) == (1, 0)
    page.locator("#panel").get_by_role("button", name=f"Cancel {later.wall:%a}").click()
    expect(page.locator("#panel")).to_contain_text("Cancelled: WILK, Tomasz")
    later.refresh_from_db()
    assert (later.status, taps()) == ("cancelled", 2)


@pytest.mark.parametrize("number", [1, 0], ids=["before signing", "after signing"])
def test_the_next_visit_is_booked_from_a_session_in_two_taps(page, taps, complaints, sign_in, number):
    made = make_clinic_fixture()
    session = made.sessions[number]
    make_hours(made.physiotherapist)
    make_type()
    sign_in(made.physiotherapist)
    page.goto(session.get_absolute_url())

    page.get_by_role("link", name="Next visit").click()
    book_button(page).click()

    page.wait_for_url(f"**{session.get_absolute_url()}")
    booked = Appointment.objects.latest("pk")
    assert taps() == 2
    assert booked.starts_at.date() == timezone.localdate(session.started_at) + timedelta(days=7)


def test_the_next_visit_is_in_the_hit_of_the_search_without_a_tap(page, taps, desk, visit):
    page.goto(day())

    page.keyboard.press("/")
    page.locator("#find-box").press_sequentially("adey")

    expect(page.locator("#find-hits")).to_contain_text(visit.when)
    assert taps() == 0


def test_ten_patients_of_a_sick_colleague_take_at_most_fifteen_taps(
    page, taps, complaints, sick_day, physiotherapist, other_physiotherapist
):
    complaints.allowed.append("409")
    page.goto(day())
    panel, rows = page.locator("#panel"), page.locator(".fl-movable")

    page.get_by_role("link", name="Time off").click()
    panel.get_by_label("Who", exact=True).select_option(str(physiotherapist.practitioner.pk))
    panel.get_by_role("button", name="Save", exact=True).click()
    expect(panel.locator(".fl-breaks__list li")).to_have_count(10)
    panel.get_by_role("button", name="Save anyway").click()
    panel.get_by_role("link", name="Show the visits to move").click()
    expect(rows).to_have_count(10)
    broken = violations(page, complaints, "visits to move")
    for left in range(9, -1, -1):
        rows.first.locator(".fl-alt").first.click()
        expect(rows).to_have_count(left)

    expect(page.locator(".fl-dealt")).to_have_count(10)
    assert impossible_visits() == []
    moved = Appointment.objects.filter(practitioner=other_physiotherapist.practitioner)
    assert (moved.count(), taps() <= 15, broken) == (10, True, {})
