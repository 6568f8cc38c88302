"""A timer that is over calls its physiotherapist, on whichever page they are, in one tab, and nobody else."""

import re
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

from tests.people import make_patient
from tests.reference_data import have_catalogue
from tests.treatments.builders import make_draft, make_muscle, make_needling

from .test_session import let_saves_arrive

pytestmark = pytest.mark.django_db(transaction=True)
# Counts in every tab what would be heard and felt.
COUNT = """
    const count = (name) => localStorage.setItem(name, Number(localStorage.getItem(name)) + 1);
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (at) { count("tones"); start.call(this, at); };
    navigator.vibrate = () => count("vibrations");
"""
TONES = 6


@pytest.fixture
def seconds_left(patient, physiotherapist, sign_in, context):
    """Start a timer that is over in so many seconds; returns its draft."""
    have_catalogue()
    sign_in(physiotherapist)
    context.add_init_script(COUNT)

    def start(left):
        begun = timezone.now() - timedelta(seconds=300 - left)
        timed = make_needling(make_muscle(), retention_seconds=300, retention_started_at=begun)
        return make_draft(patient, by=physiotherapist, needlings=[timed])

    yield start
    let_saves_arrive(context)


def strip(page):
    return page.get_by_role("region", name="Timers and drafts")


def counted(page, name):
    return page.evaluate(f"Number(localStorage.getItem('{name}'))")


def wait_for(page, name, number, seconds=9):
    for _ in range(seconds * 5):
        if counted(page, name) == number:
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"{counted(page, name)} {name}, not {number}")


def test_it_rings_once_on_another_page_and_is_announced_and_red(page, seconds_left, patient):
    session = seconds_left(8)
    page.goto("/patients/")
    other = page.context.new_page()
    for tab in (other, page):
        tab.goto("/diary/")
        tab.locator("main").click(position={"x": 2, "y": 2})
    timer = strip(page).get_by_role("link")
    expect(timer).to_contain_text(patient.name)

    expect(timer).to_contain_text("Over 0:0", timeout=15000)
    expect(page.locator("[data-timers-alert]")).to_contain_text(f"Timer over: {patient.name}")
    expect(timer).to_have_class("fl-timers__item is-over")
    wait_for(page, "tones", TONES)
    page.wait_for_timeout(1500)
    assert (counted(page, "tones"), counted(page, "vibrations")) == (TONES, 1)
    assert Axe().run(page).violations_count == 0
    timer.click()
    page.wait_for_url(f"**{session.get_absolute_url()}#*")
    expect(page.locator("details[data-row]")).to_have_attribute("open", "")  # though nothing is missing in it
    expect(page.locator("[data-running]")).to_have_class("fl-timer is-over")


def test_a_muted_device_vibrates_only_and_remembers(page, seconds_left):
    seconds_left(3)
    page.goto("/patients/")
    strip(page).get_by_role("button", name="Sound on").click()
    page.reload()
    expect(strip(page).get_by_role("button", name="Sound off")).to_have_attribute("aria-pressed", "true")

    wait_for(page, "vibrations", 1)

    assert counted(page, "tones") == 0


def test_the_tap_that_starts_a_timer_lets_it_ring_while_the_server_is_away(
    page, patient, physiotherapist, seconds_left, complaints
):
    complaints.allowed.append("ERR_INTERNET_DISCONNECTED")
    needling = make_needling(make_muscle(), retention_seconds=2)
    page.goto(make_draft(patient, by=physiotherapist, needlings=[needling]).get_absolute_url())
    page.locator("details[data-row] > summary").click()
    page.context.set_offline(True)

    page.locator("[data-timer]").first.click()

    wait_for(page, "tones", TONES)
    page.context.set_offline(False)


def test_nobody_else_hears_it(page, seconds_left, other_physiotherapist, sign_in):
    seconds_left(1)
    sign_in(other_physiotherapist)
    page.goto("/patients/")
    page.locator("main").click(position={"x": 2, "y": 2})

    page.wait_for_timeout(3000)

    expect(strip(page)).to_be_hidden()
    assert counted(page, "tones") == counted(page, "vibrations") == 0


def test_two_couches_are_worked_in_turn_without_losing_a_tap(page, patient, front_desk, physiotherapist, sign_in):
    """What was typed a moment before is saved, and coming back finds the same row open at the same place."""
    have_catalogue()
    sign_in(physiotherapist)
    other = make_patient(by=front_desk, given_name="Tomasz", family_name="Wilk")
    slugs = ("levator-scapulae", "infraspinatus", "soleus")
    first, second = (
        make_draft(
            one,
            by=physiotherapist,
            needlings=[make_needling(make_muscle(slug), twitch="", twitch_count=None) for slug in slugs],
        )
        for one in (patient, other)
    )
    page.set_viewport_size({"width": 1024, "height": 768})
    page.goto(first.get_absolute_url())
    row = page.locator("details[data-row]").nth(1)
    row.locator("> summary").click()
    row.locator("input[name$='-depth_mm']").fill("17")
    strip(page).get_by_role("link", name="Tomasz").wait_for()
    place = row.bounding_box()["y"]

    strip(page).get_by_role("link", name=other.name).click()  # within the pause before a save
    page.wait_for_url(f"**{second.get_absolute_url()}")
    page.fill("#id_plan", "Two more")
    strip(page).get_by_role("link", name=patient.name).click()
    page.wait_for_url(f"**{first.get_absolute_url()}")

    strip(page).get_by_role("link", name=other.name).wait_for()
    expect(row).to_have_attribute("open", "")
    expect(row.locator("input[name$='-depth_mm']")).to_have_value("17")
    assert abs(row.bounding_box()["y"] - place) < 44  # less than the height of a control
    # The last save is sent while the page is left, so it may arrive after the next page.
    let_saves_arrive(page.context)
    for _ in range(50):
        second.refresh_from_db()
        if second.plan:
            break
        page.wait_for_timeout(200)
    assert second.plan == "Two more"
    assert first.needlings.get(sort_order=1).depth_mm == 17


def test_a_tap_is_not_lost_when_the_strip_changes_under_the_finger(page, patient, front_desk, physiotherapist, sign_in):
    have_catalogue()
    sign_in(physiotherapist)
    tomasz, ines = (make_patient(by=front_desk, given_name=name, family_name="Wilk") for name in ("Tomasz", "Ines"))
    draft = make_draft(patient, by=physiotherapist)
    make_draft(tomasz, by=physiotherapist)
    page.goto("/patients/")
    strip(page).get_by_role("link", name=patient.name).hover()

    page.mouse.down()
    make_draft(ines, by=physiotherapist)
    with page.expect_response("**/today/timers/"):
        page.evaluate("document.body.dispatchEvent(new Event('filiform:timers'))")
    page.wait_for_timeout(300)
    page.mouse.up()

    page.wait_for_url(f"**{draft.get_absolute_url()}")
    expect(strip(page).get_by_role("link")).to_have_count(2)
    let_saves_arrive(page.context)


def test_a_device_whose_clock_is_wrong_shows_the_time_of_the_server(page, seconds_left):
    page.add_init_script("const real = Date.now.bind(Date); Date.now = () => real() + 600000;")
    seconds_left(240)

    page.goto("/patients/")

    expect(strip(page).locator("[data-time]")).to_have_text(re.compile("^3:5|^4:00"))


@pytest.mark.parametrize("width", [390, 1024])
def test_a_running_timer_is_whole_and_all_other_drafts_are_one_line(
    page, seconds_left, front_desk, physiotherapist, width
):
    seconds_left(280)
    for name in ("Aksel", "Berit", "Carl", "Dina"):
        other = make_patient(by=front_desk, given_name=name, family_name="Wilk")
        make_draft(other, by=physiotherapist, needlings=[make_needling(make_muscle())])
    page.set_viewport_size({"width": width, "height": 844})
    page.goto("/today/")
    expect(strip(page).get_by_role("link")).to_have_count(5)

    timer, *drafts = [link.bounding_box() for link in strip(page).get_by_role("link").all()]

    assert timer["x"] >= 0
    assert timer["x"] + timer["width"] <= width
    assert len({box["y"] for box in drafts}) == 1
    assert page.evaluate("document.documentElement.scrollWidth") == width
