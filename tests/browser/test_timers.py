"""A timer that is over calls its physiotherapist, on whichever page they are, in one tab, and nobody else."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

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
    return page.get_by_role("region", name="Running timers")


def counted(page, name):
    return page.evaluate(f"Number(localStorage.getItem('{name}'))")


def wait_for(page, name, number, seconds=9):
    for _ in range(seconds * 5):
        if counted(page, name) == number:
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"{counted(page, name)} {name}, not {number}")


def test_it_rings_once_on_another_page_and_is_announced_and_red(page, seconds_left, patient):
    session = seconds_left(4)
    page.goto("/patients/")
    other = page.context.new_page()
    for tab in (other, page):
        tab.goto("/diary/")
        tab.locator("main").click(position={"x": 2, "y": 2})
    timer = strip(page).get_by_role("link")
    expect(timer).to_contain_text(patient.name)

    expect(timer).to_contain_text("Over 0:0", timeout=8000)
    expect(page.locator("[data-timers-alert]")).to_contain_text(f"Timer over: {patient.name}")
    expect(timer).to_have_class("fl-timers__item is-over")
    wait_for(page, "tones", TONES)
    page.wait_for_timeout(1500)
    assert (counted(page, "tones"), counted(page, "vibrations")) == (TONES, 1)
    assert Axe().run(page).violations_count == 0
    timer.click()
    page.wait_for_url(f"**{session.get_absolute_url()}#*")
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
