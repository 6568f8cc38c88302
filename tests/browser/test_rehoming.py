"""A colleague is sick: time off from the diary, and ten patients on other times with few taps."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from clinic.diary.obstacles import impossible_visits
from tests.clinic.builders import book, make_hours, make_patients, make_room, make_type, monday

pytestmark = pytest.mark.django_db(transaction=True)
COUNT_TAPS = """addEventListener("click", (event) => event.isTrusted && event.detail &&
    localStorage.setItem("taps", 1 + Number(localStorage.getItem("taps"))), true)"""


@pytest.fixture
def sick_day(physiotherapist, other_physiotherapist, front_desk, patient, sign_in, page):
    for user in (physiotherapist, other_physiotherapist):
        make_hours(user, "08:00", "18:00")
    rooms = [make_room("Room 1"), make_room("Room 2")]
    for number, person in enumerate(make_patients(10, by=front_desk)):
        clock = f"{9 + number // 2:02}:{30 * (number % 2):02}"
        book(person, physiotherapist, clock, by=front_desk, room=rooms[0], type=make_type())
    page.add_init_script(COUNT_TAPS)
    sign_in(front_desk)
    page.goto(f"/diary/?day={monday()}")
    page.evaluate("localStorage.removeItem('taps')")
    return front_desk


def taps(page):
    return int(page.evaluate("Number(localStorage.getItem('taps'))"))


def test_ten_patients_of_a_sick_colleague_take_at_most_fifteen_taps(page, complaints, sick_day, physiotherapist):
    panel = page.locator("#panel")
    page.get_by_role("link", name="Time off").click()
    panel.get_by_label("Who", exact=True).select_option(str(physiotherapist.practitioner.pk))
    panel.get_by_role("button", name="Save", exact=True).click()
    expect(panel.locator(".fl-breaks__list li")).to_have_count(10)
    panel.get_by_role("button", name="Save anyway").click()
    panel.get_by_role("link", name="Show the visits to move").click()
    expect(page.locator(".fl-movable")).to_have_count(10)
    assert Axe().run(page).response["violations"] == []

    for left in range(9, -1, -1):
        page.locator(".fl-movable").first.locator(".fl-alt").first.click()
        expect(page.locator(".fl-movable")).to_have_count(left)

    expect(page.locator(".fl-dealt")).to_have_count(10)
    assert impossible_visits() == []
    assert taps(page) <= 15
    complaints.clear()


def test_the_next_visit_is_in_the_hit_of_the_search(page, sick_day, patient, other_physiotherapist):
    visit = book(patient, other_physiotherapist, "16:00", by=sick_day)

    page.keyboard.press("/")
    page.locator("#find-box").press_sequentially("adey")

    expect(page.locator("#find-hits")).to_contain_text(visit.when)
    assert taps(page) == 0


@pytest.mark.parametrize("size", [(1440, 900), (1024, 768), (390, 844)])
def test_the_pages_pass_axe_at_every_size(page, sick_day, patient, other_physiotherapist, physiotherapist, size):
    book(patient, other_physiotherapist, "16:00", by=sick_day)
    page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))

    for address in (f"/patients/{patient.pk}/visits/", f"/diary/time-off/?day={monday()}", "/diary/to-move/"):
        page.goto(address)
        assert [v["id"] for v in Axe().run(page).response["violations"]] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
