"""The front desk's day in a real browser: book from a gap, meet another desk, move it, repeat, phone."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from clinic.models import Appointment
from clinic.services import cancel_appointment
from tests.clinic.builders import at, book, monday
from tests.people import make_patient

pytestmark = pytest.mark.django_db(transaction=True)


def day(number=0):
    return f"/diary/?day={monday() + timedelta(days=number)}"


def slot(page, visit):
    return page.locator(f"#visit-{visit.pk}")


def column(page, user):
    return page.locator(f'[data-practitioner="{user.practitioner.pk}"][data-column]')


def book_button(page):
    return page.locator("#panel").get_by_role("button", name="Book", exact=True)


def test_a_slot_taken_in_another_tab_is_named_and_another_is_offered(
    page, complaints, desk, patient, other_patient, physiotherapist
):
    complaints.allowed.append("409")
    page.goto(day())
    column(page, physiotherapist).locator("[data-gap]").click(position={"x": 40, "y": 84 + 5})
    page.locator("#booking-find").press_sequentially("adey")
    page.locator("#panel [data-hit]").click()
    page.fill("#id_note", "Will be late")
    book(other_patient, physiotherapist, "10:00", by=desk)

    book_button(page).click()

    refusal = page.locator("[data-refusal]")
    expect(refusal).to_contain_text("This physiotherapist is already booked 10:00 to 10:30.")
    expect(refusal).to_contain_text("WILK, Tomasz")
    expect(refusal).to_contain_text("booked by Jo Whelan")
    expect(refusal).to_be_focused()
    expect(page.locator("#id_note")).to_have_value("Will be late")
    page.locator("#panel .fl-suggest label").first.click()
    book_button(page).click()
    expect(page.locator("#panel")).to_contain_text("Booked: ADEYEMI, Ruth")
    assert Appointment.objects.get(patient=patient).note == "Will be late"


def test_a_visit_is_moved_by_drag_and_the_move_undone(page, desk, visit, other_physiotherapist):
    page.goto(day())

    slot(page, visit).drag_to(column(page, other_physiotherapist), target_position={"x": 40, "y": 52 + 84 * 6 + 4})

    expect(page.locator("#panel")).to_contain_text("Moved: ADEYEMI, Ruth")
    expect(column(page, other_physiotherapist).locator(".fl-slot")).to_contain_text("ADEYEMI, Ruth")
    visit.refresh_from_db()
    assert visit.practitioner == other_physiotherapist.practitioner
    assert visit.starts_at > at("13:00")
    page.locator("#panel").get_by_role("button", name="Undo").click()
    expect(page.locator("#panel")).to_contain_text("Undone.")
    visit.refresh_from_db()
    assert visit.starts_at == at("10:00")


def test_a_visit_is_moved_by_keys(page, desk, visit, other_physiotherapist):
    page.goto(day())
    slot(page, visit).focus()

    for key in ("m", "ArrowDown", "ArrowDown", "ArrowLeft", "Enter"):
        page.keyboard.press(key)

    expect(page.locator("#panel")).to_contain_text("Moved: ADEYEMI, Ruth")
    visit.refresh_from_db()
    assert (visit.starts_at, visit.practitioner) == (at("10:30"), other_physiotherapist.practitioner)


def test_escape_leaves_a_visit_where_it_was(page, desk, visit):
    page.goto(day())
    slot(page, visit).focus()

    for key in ("m", "ArrowDown", "Escape"):
        page.keyboard.press(key)

    expect(page.locator(".fl-slot--ghost")).to_have_count(0)
    visit.refresh_from_db()
    assert visit.starts_at == at("10:00")


def test_arrows_go_to_the_next_visit_and_to_the_next_day(page, desk, visit, other_patient, physiotherapist):
    later = book(other_patient, physiotherapist, "12:00", by=desk)
    page.goto(day())

    slot(page, visit).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(slot(page, later)).to_be_focused()
    page.locator("h1").click()
    page.keyboard.press("ArrowRight")

    expect(page).to_have_url(f"{page.url.split('?')[0]}?day={monday() + timedelta(days=1)}")


def test_keys_open_a_visit_and_start_a_booking_and_rest_while_typing(page, desk, visit):
    page.goto(day())
    slot(page, visit).focus()

    page.keyboard.press("Enter")
    expect(page.locator("#panel [data-drawer-title]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_contain_text("Waiting list")
    page.locator("h1").click()
    page.keyboard.press("n")
    expect(page.locator("#booking-find")).to_be_focused()
    page.keyboard.type("nnn")

    expect(page.locator("#booking-find")).to_have_value("nnn")


def test_the_grid_shows_what_another_desk_did(page, desk, visit):
    page.goto(day())
    cancel_appointment(visit, by=desk, reason="ill")

    page.evaluate("document.body.dispatchEvent(new Event('diary-changed'))")

    expect(slot(page, visit)).to_contain_text("Cancelled")


def test_an_unchanged_poll_leaves_the_grid_alone(page, desk, visit):
    page.goto(day())
    page.evaluate("document.querySelector('.fl-diary').dataset.kept = 'yes'")

    with page.expect_response(lambda answer: answer.status == 304):
        page.evaluate("document.body.dispatchEvent(new Event('diary-changed'))")

    expect(page.locator(".fl-diary[data-kept=yes]")).to_have_count(1)


def test_a_repeat_with_a_clash_is_changed_and_booked(page, desk, patient, other_patient, physiotherapist):
    book(other_patient, physiotherapist, "10:00", by=desk, day=monday() + timedelta(weeks=1))
    page.goto(day())
    column(page, physiotherapist).locator("[data-gap]").click(position={"x": 40, "y": 84 + 5})
    page.locator("#booking-find").press_sequentially("adey")
    page.locator("#panel [data-hit]").click()
    page.get_by_text("Repeat…").click()
    page.fill("#id_visits", "3")
    page.get_by_role("button", name="Show the visits").click()
    clash = page.locator(".fl-repeat__visit.is-clash")
    expect(clash).to_contain_text("already booked 10:00 to 10:30")

    clash.get_by_label("Time of visit").fill("10:30")
    page.get_by_role("button", name="Check again").click()
    expect(clash).to_have_count(0)
    page.get_by_role("button", name="Book 3 visits").click()

    expect(page.locator("#panel")).to_contain_text("Booked: 3 visits")
    assert Appointment.objects.filter(patient=patient).count() == 3


def test_the_day_is_a_list_on_a_phone_and_books_without_the_grid(page, desk, visit, other_patient, physiotherapist):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(day())
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

    page.get_by_role("link", name="Free 10:30 to 17:00").click()
    page.fill("#booking-find", "wilk")
    page.locator("[data-hit]").click()
    page.get_by_role("button", name="Book", exact=True).click()

    expect(page.locator("#panel")).to_contain_text("Booked: WILK, Tomasz")


def test_booking_moving_and_cancelling_work_without_javascript(
    browser, context, desk, visit, live_server, other_patient
):
    plain = browser.new_context(java_script_enabled=False, base_url=live_server.url)
    plain.add_cookies(context.cookies())
    page = plain.new_page()
    page.goto(day())

    page.get_by_role("link", name="Free 10:30 to 17:00").click()
    page.fill("#booking-find", "wilk")
    page.get_by_role("button", name="Find").click()
    page.locator("[data-hit]").click()
    page.get_by_role("button", name="Book", exact=True).click()
    expect(page.locator("#panel")).to_contain_text("Booked: WILK, Tomasz")
    page.get_by_role("link", name="Move", exact=True).click()
    page.fill("#id_time", "15:00")
    page.get_by_role("button", name="Move").click()
    expect(page.locator("#panel")).to_contain_text("15:00 to 15:30")
    page.get_by_role("link", name="Cancel visit").click()
    page.fill("#id_reason", "Patient is ill")
    page.get_by_role("button", name="Cancel the visit").click()
    expect(page.locator("#panel")).to_contain_text("Cancelled: WILK, Tomasz")
    plain.close()


def violations(page, complaints, path):
    heard = len(complaints)
    found = Axe().run(page).response["violations"]
    del complaints[heard:]
    return {f"{path} {rule['id']}": [node["html"][:200] for node in rule["nodes"]][:4] for rule in found}


def test_a_long_name_and_the_state_below_it_fit_half_an_hour_of_a_week(page, desk, physiotherapist):
    person = make_patient(by=desk, given_name="Błażej", family_name="Wyciszkiewicz")
    visit = book(person, physiotherapist, "10:00", by=desk)
    page.goto(f"/diary/week/{physiotherapist.practitioner.pk}/?day={monday()}")

    cut = slot(page, visit).evaluate("element => element.scrollHeight - element.clientHeight")

    assert cut <= 1  # a pixel below the letters
