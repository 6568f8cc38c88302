"""Writing a session in a real browser: autosave, a lost network, a second tab, and the keyboard alone."""

import re
import time
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from clinic.services import set_pin
from tests.people import PASSWORD
from tests.reference_data import have_catalogue
from tests.treatments.builders import make_draft, make_needle, make_needling, make_ready
from treatments.models import Muscle, Needling, TreatmentSession
from treatments.services import set_own_defaults, sign_session, start_session

from .proving import sign

pytestmark = pytest.mark.django_db(transaction=True)
PIN = "482951"


@pytest.fixture
def desk(physiotherapist, patient, sign_in, context):
    """A signed-in physiotherapist, a patient, the catalogue and one needle in stock."""
    have_catalogue()
    make_needle()
    sign_in(physiotherapist)
    yield
    let_saves_arrive(context)


@pytest.fixture
def draft(desk, physiotherapist, patient):
    make_ready(patient, by=physiotherapist)
    return start_session(patient, by=physiotherapist, session_id=uuid.uuid4())


def edit(session):
    return f"/patients/{session.patient_id}/sessions/{session.pk}/edit/"


def saved(page, version=None):
    """Wait until the page has the answer to its last save."""
    if version:
        expect(page.locator('#session-form input[name="version"]')).to_have_value(str(version), timeout=6000)
    expect(page.locator("[data-saved-text]")).to_have_text(re.compile(r"^Saved \d\d:\d\d:\d\d"), timeout=6000)


def let_saves_arrive(context):
    """Let pending saves reach the server before the database is emptied for the next test."""
    for page in context.pages:
        expect(page.locator("[data-saved-text]").filter(has_text="Saving…")).to_have_count(0, timeout=6000)


def add(page, typed):
    page.fill("#muscle-find", typed)
    page.keyboard.press("Enter")


def add_without_script(page, muscle):
    page.select_option("#add_muscle", label=muscle)
    fields = page.locator("#add_muscle").locator("xpath=ancestor::div[contains(@class, 'fl-fields')][1]")
    fields.get_by_role("button", name="Add and save").click()


def open_row(page):
    return page.locator("details[data-row][open]")


def fill_row(page, *, insertions="2", twitches="3"):
    row = open_row(page)
    row.locator('select[name$="-needle"]').select_option(index=1)
    row.locator('input[name$="-depth_mm"]').fill("12")
    row.get_by_text("Pistoning", exact=True).click()
    row.get_by_role("button", name=f"{insertions} insertion").click()
    row.get_by_role("button", name=f"{twitches} twitch").click()


def test_a_first_row_begins_with_the_own_defaults_and_the_next_with_the_row_before(page, draft, physiotherapist):
    lot = make_needle()
    set_own_defaults(by=physiotherapist, needle_size=(Decimal(lot.diameter_mm), lot.length_mm), technique="static")
    page.goto(edit(draft))

    add(page, "soleus r")
    first = open_row(page)
    begun = first.locator('select[name$="-needle"]').input_value(), first.get_by_label("Static").is_checked()
    first.get_by_text("Pistoning", exact=True).click()
    add(page, "lev r")

    assert begun == (str(lot.pk), True)
    expect(open_row(page).get_by_label("Pistoning")).to_be_checked()
    expect(open_row(page).locator('select[name$="-needle"]')).to_have_value(str(lot.pk))


def test_a_session_is_logged_on_the_chart_and_signed(page, draft):
    page.goto(edit(draft))
    page.get_by_text("Asked again today: agrees").click()
    page.get_by_role("group", name="Pain now, before needling").get_by_text("6", exact=True).click()
    chart = page.locator('[data-view="posterior"] svg').bounding_box()
    page.mouse.click(chart["x"] + chart["width"] * 0.75, chart["y"] + chart["height"] * 0.45)
    fill_row(page)
    add(page, "rhom maj l")
    fill_row(page, insertions="1", twitches="2")
    page.get_by_role("button", name="2 in", exact=True).click()
    page.get_by_role("button", name="All 2 out").click()
    page.get_by_role("group", name="Pain after needling").get_by_text("3", exact=True).click()
    page.locator("label").get_by_text("Bleed", exact=True).click()
    page.get_by_role("radiogroup", name="Grade of bleed").get_by_text("Mild").click()
    page.get_by_text("Chest warning signs", exact=True).click()
    page.get_by_role("link", name="caution: Both sides of the thorax").click()
    page.get_by_text("Superficial, tangential").click()
    expect(page.locator("[data-missing] a")).to_have_count(0)
    sign(page)

    expect(page.get_by_text("Signed. The record can no longer be changed.")).to_be_visible()
    session = TreatmentSession.objects.get()
    assert (session.status, session.pain_before, session.pain_after) == ("signed", 6, 3)
    assert [(row.muscle.slug, row.side, row.twitch_count) for row in session.needlings.all()] == [
        ("supraspinatus", "right", 3),
        ("rhomboid-major", "left", 2),
    ]
    page.wait_for_function("() => localStorage.length === 0")


def test_a_draft_saves_itself_within_two_seconds_and_survives_the_tab(page, context, draft):
    page.goto(edit(draft))
    with page.expect_request("**/edit/", timeout=2000):
        page.fill("#id_note", "Rotation freer.")
    saved(page, 2)
    assert TreatmentSession.objects.get().note == "Rotation freer."
    add(page, "lev r")
    page.close()

    again = context.new_page()
    again.goto(edit(draft))

    expect(again.locator("#id_note")).to_have_value("Rotation freer.")
    expect(again.locator("[data-muscle-name]")).to_have_text(["Levator scapulae"])


def test_what_was_written_without_network_is_sent_when_it_is_back(page, context, draft, complaints):
    complaints.allowed = ["ERR_INTERNET_DISCONNECTED", "Failed to load resource"]
    page.goto(edit(draft))
    context.set_offline(True)
    page.fill("#id_note", "written in the lift")
    add(page, "infra r")
    expect(page.get_by_text("No connection since")).to_be_visible()
    expect(page.get_by_role("button", name="Sign")).to_be_disabled()
    assert TreatmentSession.objects.get().note == ""
    context.set_offline(False)

    expect(page.get_by_text("No connection since")).to_be_hidden(timeout=8000)
    expect(page.locator("[data-saved-text]")).to_have_text(re.compile("^Saved"), timeout=8000)
    assert TreatmentSession.objects.get().note == "written in the lift"
    assert Needling.objects.count() == 1
    page.wait_for_function("() => localStorage.length === 0")


def test_a_tab_closed_without_network_gives_its_writing_to_the_next(page, context, draft, complaints):
    complaints.allowed = ["ERR_INTERNET_DISCONNECTED", "Failed to load resource"]
    page.goto(edit(draft))
    context.set_offline(True)
    page.fill("#id_note", "closed in the lift")
    expect(page.get_by_text("No connection since")).to_be_visible()
    page.close()
    context.set_offline(False)

    again = context.new_page()
    again.goto(edit(draft))

    expect(again.locator("#id_note")).to_have_value("closed in the lift")
    assert TreatmentSession.objects.get().note == "closed in the lift"
    again.wait_for_function("() => localStorage.length === 0")


def test_a_second_tab_is_not_overwritten_and_both_versions_are_shown(page, context, draft, complaints):
    complaints.allowed = ["409"]
    page.goto(edit(draft))
    other = context.new_page()
    other.goto(edit(draft))
    other.fill("#id_note", "from the second tab")
    saved(other, 2)
    page.fill("#id_note", "from the first tab")

    page.get_by_role("link", name="Compare both versions").click()

    expect(page.get_by_text("from the second tab")).to_be_visible()
    expect(page.get_by_text("from the first tab")).to_be_visible()
    assert TreatmentSession.objects.get().note == "from the second tab"
    page.get_by_role("button", name="Save my choices").click()
    expect(page.locator("#id_note")).to_have_value("from the first tab")
    assert TreatmentSession.objects.get().note == "from the first tab"


def test_signed_out_while_writing_loses_nothing(page, context, draft, sign_in, physiotherapist):
    page.goto(edit(draft))
    context.clear_cookies(name="sessionid")
    page.fill("#id_note", "written while signed out")
    expect(page.get_by_text("You have been signed out.")).to_be_visible()

    sign_in(physiotherapist)

    expect(page.locator("[data-saved-text]")).to_have_text(re.compile("^Saved"), timeout=8000)
    assert TreatmentSession.objects.get().note == "written while signed out"


def test_a_wrong_value_gets_its_sentence_while_the_rest_is_saved(page, draft, complaints):
    complaints.allowed = ["422"]
    page.goto(edit(draft))
    add(page, "lev r")
    row = open_row(page)
    row.locator('select[name$="-needle"]').select_option(index=1)
    row.locator('input[name$="-depth_mm"]').fill("60")
    page.fill("#id_note", "kept")

    expect(row.get_by_text("This needle is 40 mm long. Give that depth or less.")).to_be_visible()
    expect(page.locator("[data-saved-text]")).to_contain_text("1 to correct")
    assert TreatmentSession.objects.get().note == "kept"
    row.locator('input[name$="-depth_mm"]').fill("30")
    expect(row.get_by_text("This needle is 40 mm long. Give that depth or less.")).to_be_hidden()
    saved(page)
    expect(page.locator("[data-saved-text]")).not_to_contain_text("to correct")
    assert Needling.objects.get().depth_mm == 30


def test_an_unknown_muscle_name_shows_an_error(page, draft):
    page.goto(edit(draft))
    page.locator("#muscle-find").press_sequentially("zzz")
    expect(page.get_by_text("No muscle found.")).to_be_visible()
    page.keyboard.press("Enter")

    page.fill("#muscle-find", "infra r")

    expect(page.get_by_text("No muscle found.")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page.locator("[data-muscle-name]")).to_have_text(["Infraspinatus"])
    saved(page, 2)


def test_a_running_timer_survives_a_reload(page, draft):
    page.goto(edit(draft))
    add(page, "lev r")
    row = open_row(page)
    row.locator('input[name$="-retention_seconds"]').fill("10:00")
    expect(row.locator("[data-summary]")).to_contain_text("10:00 min")
    row.get_by_role("button", name="Start").click()
    expect(row.locator("[data-timer]")).to_have_text(re.compile(r"9:5\d left"))
    saved(page)

    page.reload()

    expect(open_row(page).locator("[data-timer]")).to_have_text(re.compile(r"9:5\d left"))
    open_row(page).locator("[data-timer]").click()
    expect(open_row(page).locator('input[name$="-retention_seconds"]')).to_have_value(re.compile(r"0:\d\d"))


def test_a_removed_row_comes_back_with_undo(page, draft):
    page.goto(edit(draft))
    add(page, "lev r")
    saved(page, 2)
    page.get_by_role("button", name="Remove", exact=True).click()
    saved(page, 3)
    assert not Needling.objects.exists()

    page.get_by_role("button", name="Undo").click()

    saved(page, 4)
    assert Needling.objects.count() == 1


def test_a_repeat_visit_with_three_muscles_by_keyboard_alone(page, desk, patient, physiotherapist):
    first = log_first_visit(patient, physiotherapist)
    set_pin(physiotherapist, by=physiotherapist, pin=PIN, proof="password")
    draft = start_session(patient, by=physiotherapist, session_id=uuid.uuid4())
    page.goto(edit(draft))
    keys = Keys(page)

    keys.focus("#id_consent_confirmed")
    keys.press("Space")
    keys.focus("#id_pain_before_0")
    keys.press("5")
    for _ in range(3):
        row = page.locator("details[data-row][open]")
        keys.focus(row.locator('input[name$="-insertions"]'))
        keys.press("2")
        keys.focus(row.locator('input[name$="-twitch"]').first)
        keys.press("ArrowRight")
        keys.focus(row.get_by_role("button", name="Next"))
        keys.press("Enter")
    keys.focus("#id_needles_inserted")
    keys.press("3")
    keys.focus("#id_needles_removed")
    keys.press("3")
    keys.focus("#id_pain_after_0")
    keys.press("3")
    keys.focus("#id_no_reaction_on")
    keys.press("Space")
    keys.focus(page.get_by_role("button", name="Same advice as last time"))
    keys.press("Enter")
    expect(page.locator("[data-missing] a")).to_have_count(0)
    keys.press("Control+Enter")
    expect(page.get_by_label("Your PIN")).to_be_focused()
    for digit in PIN:
        keys.press(digit)

    expect(page.get_by_text("Signed. The record can no longer be changed.")).to_be_visible()
    session = TreatmentSession.objects.get(pk=draft.pk)
    assert (session.pain_before, session.pain_after, session.copied_from_id) == (5, 3, first.pk)
    assert [row.twitch for row in session.needlings.all()] == ["no", "no", "no"]
    assert keys.pressed == 17 + len(PIN)


@pytest.mark.parametrize(("a_proof_holds", "expected"), [(True, 15), (False, 21)])
def test_a_repeat_visit_with_three_muscles_takes_fifteen_taps_and_six_for_the_pin(
    page, desk, patient, physiotherapist, a_proof_holds, expected
):
    log_first_visit(patient, physiotherapist)
    set_pin(physiotherapist, by=physiotherapist, pin=PIN, proof="password")
    if a_proof_holds:
        hold_a_proof(page)
    began = time.monotonic()
    page.goto(f"/patients/{patient.pk}/chart/")
    taps = 0

    def tap(target):
        nonlocal taps
        taps += 1
        target.click()

    tap(page.get_by_role("button", name="Start session").first)
    tap(page.get_by_text("Asked again today: agrees"))
    tap(page.get_by_role("group", name="Pain now, before needling").get_by_text("5", exact=True))
    for _ in range(3):
        row = page.locator("details[data-row][open]")
        tap(row.get_by_role("button", name="2 insertions"))
        tap(row.get_by_role("button", name="3 twitches"))
    tap(page.get_by_role("button", name="3 in", exact=True))
    tap(page.get_by_role("button", name="All 3 out"))
    tap(page.get_by_role("group", name="Pain after needling").get_by_text("3", exact=True))
    tap(page.get_by_role("group", name="Reactions").get_by_text("None", exact=True))
    tap(page.get_by_role("button", name="Same advice as last time"))
    expect(page.locator("[data-missing] a")).to_have_count(0)
    tap(page.get_by_role("button", name="Sign"))
    if not a_proof_holds:
        for digit in PIN:
            tap(page.locator("[data-pin-pad]").get_by_role("button", name=digit, exact=True))

    expect(page.get_by_text("Signed. The record can no longer be changed.")).to_be_visible()
    assert taps == expected
    assert time.monotonic() - began < 60


def hold_a_proof(page):
    """Declare this browser as one's own device, and prove once who one is, as for an earlier note."""
    page.goto("/account/own-device/")
    page.get_by_text("Use my password").click()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="This is my own device").click()
    expect(page.get_by_text("You declared it as your own.")).to_be_visible()
    page.goto("/account/own-device/")
    page.get_by_label("Your PIN").fill(PIN)
    page.get_by_role("button", name="This is my own device").click()
    expect(page.get_by_text("It holds now")).to_be_visible()


def test_the_second_of_two_fast_taps_does_not_write_into_the_row_that_moved_under_the_finger(
    page, desk, patient, physiotherapist
):
    log_first_visit(patient, physiotherapist)
    page.clock.install()
    page.goto(f"/patients/{patient.pk}/chart/")
    page.get_by_role("button", name="Start session").first.click()
    first, second, third = (page.locator("details[data-row]").nth(number) for number in range(3))
    first.get_by_role("button", name="2 insertions").click()
    place = first.get_by_role("button", name="3 twitches").bounding_box()
    at = (place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    page.clock.pause_at(timezone.now() + timedelta(seconds=5))
    page.mouse.click(*at)
    under = second.get_by_role("button", name="3 insertions").bounding_box()
    page.mouse.click(under["x"] + 4, under["y"] + 4)

    expect(first.locator("[data-done]")).to_be_visible()
    assert second.locator('input[name$="-insertions"]').input_value() == ""

    page.clock.run_for(400)
    page.mouse.click(under["x"] + 4, under["y"] + 4)

    assert second.locator('input[name$="-insertions"]').input_value() == "3"
    assert third.locator('input[name$="-insertions"]').input_value() == ""
    page.clock.resume()


def test_signing_during_a_save_is_no_conflict(page, draft, complaints):
    complaints.allowed = ["422"]
    page.goto(edit(draft))
    page.route("**/edit/", lambda route: (page.wait_for_timeout(1200), route.continue_()))
    with page.expect_request("**/edit/"):
        page.fill("#id_note", "on its way")
    page.get_by_role("button", name="Sign").click()

    expect(page.get_by_role("alert").get_by_role("link", name="Pain before")).to_be_visible(timeout=8000)
    expect(page.locator("#id_note")).to_have_value("on its way")
    page.unroute_all(behavior="ignoreErrors")


def test_a_page_without_the_parts_that_all_pages_share_still_saves(page, desk, physiotherapist, patient, complaints):
    complaints.allowed = ["ERR_FAILED"]
    row = make_needling(Muscle.objects.get(slug="infraspinatus"), depth_mm=20)
    draft = make_draft(patient, by=physiotherapist, needlings=[row])
    page.route("**/sessions/parts/**", lambda route: route.abort())
    page.goto(edit(draft))
    expect(page.get_by_text("Part of this page is missing.")).to_be_visible()

    page.fill("#id_note", "typed all the same")
    saved(page, version=draft.version + 1)

    assert TreatmentSession.objects.get().note == "typed all the same"
    assert Needling.objects.get().depth_mm == 20


def test_a_refused_save_is_not_sent_round_in_circles(page, context, draft, complaints):
    complaints.allowed = ["400", "422"]
    sent = []
    page.on("request", lambda request: request.method == "POST" and sent.append(request.url))
    page.goto(edit(draft))
    waiting = {"version": draft.version, "token": str(uuid.uuid4()), "body": "whole=1&pain_before=11", "latest": None}
    key = f"filiform:{draft.saved_by_id}:{draft.pk}:an-earlier-page"
    page.evaluate("([key, waiting]) => localStorage.setItem(key, JSON.stringify(waiting))", [key, waiting])

    page.reload()

    expect(page.get_by_text("Pain must be a whole number from 0 to 10.").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert len(sent) == 1


def test_two_tabs_do_not_take_each_others_writing_away(page, context, draft, complaints):
    complaints.allowed = ["409"]
    page.goto(edit(draft))
    other = context.new_page()
    other.goto(edit(draft))
    other.fill("#id_note", "theirs")
    saved(other, 2)
    page.fill("#id_note", "mine, in conflict")
    expect(page.get_by_role("link", name="Compare both versions")).to_be_visible()
    other.fill("#id_plan", "more of theirs")
    saved(other, 3)
    page.close()
    other.close()

    again = context.new_page()
    again.goto(edit(draft))

    expect(again.get_by_text("mine, in conflict")).to_be_visible()


def keep_rows_of_two_tabs(page, context, draft):
    """Add a different row in each tab; the second tab compares both versions and keeps both rows."""
    page.goto(edit(draft))
    other = context.new_page()
    other.goto(edit(draft))
    add(other, "soleus r")
    saved(other, 2)
    add(page, "lev r")
    page.get_by_role("link", name="Compare both versions").click()
    page.get_by_role("button", name="Save my choices").click()


def test_a_row_only_the_other_version_has_is_kept_unless_chosen_otherwise(page, context, draft, complaints):
    complaints.allowed = ["409"]

    keep_rows_of_two_tabs(page, context, draft)

    expect(page.locator("[data-muscle-name]")).to_have_count(2)
    assert Needling.objects.count() == 2


def test_a_choice_made_before_its_script_had_come_is_not_asked_for_again(page, context, draft, complaints):
    complaints.allowed = ["409", "conflict.js"]
    page.route("**/conflict*.js", lambda route: route.abort())

    keep_rows_of_two_tabs(page, context, draft)

    page.wait_for_function("() => localStorage.length === 0")
    expect(page.locator("[data-muscle-name]")).to_have_count(2)


def test_ten_is_typed_on_the_pain_scale(page, draft):
    page.goto(edit(draft))
    page.locator("#id_pain_before_0").focus()
    page.keyboard.type("10")

    expect(page.locator("#id_pain_before_10")).to_be_checked()


class Keys:
    """Counts key presses. Setting the focus replaces pressing Tab, which reaches everything in order."""

    def __init__(self, page):
        self.page = page
        self.pressed = 0

    def focus(self, target):
        (self.page.locator(target) if isinstance(target, str) else target).focus()

    def press(self, key):
        self.pressed += 1
        self.page.keyboard.press(key)


def log_first_visit(patient, physiotherapist):
    slugs = ["levator-scapulae", "infraspinatus", "rhomboid-major"]
    rows = [make_needling(Muscle.objects.get(slug=slug)) for slug in slugs]
    counts = {"needles_inserted": 3, "needles_removed": 3}
    draft = make_draft(patient, by=physiotherapist, days_ago=7, needlings=rows, **counts)
    return sign_session(draft, by=physiotherapist, proof="PIN")


class TestWithoutJavaScript:
    @pytest.fixture
    def browser_context_args(self, browser_context_args):
        return browser_context_args | {"java_script_enabled": False}

    def test_a_session_is_written_with_its_buttons(self, page, draft, complaints):
        complaints.allowed = ["422"]
        page.goto(edit(draft))
        add_without_script(page, "Levator scapulae")
        row = page.locator("details[data-row]")
        row.locator('select[name$="-needle"]').select_option(index=1)
        row.locator('input[name$="-depth_mm"]').fill("60")
        page.fill("#id_note", "no script here")
        page.get_by_role("button", name="Save", exact=True).click()

        expect(page.get_by_text("This needle is 40 mm long. Give that depth or less.").first).to_be_visible()
        expect(page.locator('input[name$="-depth_mm"]')).to_have_value("60")
        assert TreatmentSession.objects.get().note == "no script here"
        assert Needling.objects.get().muscle.slug == "levator-scapulae"
