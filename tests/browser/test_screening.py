"""Screening in a real browser: "not known" answered by keyboard, on a phone, and without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from patients.models import Screening, ScreeningQuestion
from tests.reference_data import have_questions

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def url(physiotherapist, patient, sign_in):
    have_questions()
    sign_in(physiotherapist)
    return f"/patients/{patient.pk}/screening/"


def row_of(page, key):
    return page.locator(".fl-ask").filter(has=page.locator(f'[name="answer_{key}"]'))


def answer_no_to_the_rest(page, *but):
    for key in ScreeningQuestion.objects.asked().exclude(key__in=but).values_list("key", flat=True):
        row_of(page, key).locator("label").filter(has_text=re.compile("^No$")).click()


def test_not_known_is_answered_by_keyboard_and_asks_for_no_place(page, url):
    page.goto(url)
    row = row_of(page, "lymphoedema_area")
    expect(row.get_by_text("counts as “Yes” until the answer is known")).to_be_hidden()
    answer_no_to_the_rest(page, "lymphoedema_area")

    row.get_by_role("radio", name="No", exact=True).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")

    expect(row.get_by_role("radio", name="Not known")).to_be_checked()
    expect(row.get_by_text("counts as “Yes” until the answer is known")).to_be_visible()
    expect(row.get_by_role("group", name="Side")).to_be_hidden()
    page.keyboard.press("Tab")
    page.keyboard.type("asks her doctor")
    page.keyboard.press("Enter")
    page.wait_for_url("**/episodes/new/")
    expect(page.get_by_role("link", name="Lymphoedema: not known, asks her doctor")).to_be_visible()
    answer = Screening.objects.get().answers.get(is_yes=None)
    assert (answer.question.key, answer.detail) == ("lymphoedema_area", "asks her doctor")


@pytest.mark.parametrize(("width", "visible", "hidden"), [(1440, "words", "mark"), (390, "mark", "words")])
def test_the_words_show_where_there_is_room_and_are_read_out_everywhere(page, url, width, visible, hidden):
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(url)
    row = row_of(page, "fainting")

    expect(row.get_by_role("radio", name="Not known", exact=True)).to_have_count(1)
    assert row.locator(f".fl-ask__{visible}").bounding_box()["width"] > 5
    assert (row.locator(f".fl-ask__{hidden}").bounding_box() or {"width": 0})["width"] <= 1
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_without_javascript_not_known_is_kept(browser, browser_context_args, context, url):
    plain = browser.new_context(**browser_context_args | {"java_script_enabled": False})
    plain.add_cookies(context.cookies())
    page = plain.new_page()
    page.goto(url)
    answer_no_to_the_rest(page, "anticoag_deep")
    row_of(page, "anticoag_deep").locator("label").filter(has_text="Not known").click()
    page.get_by_role("button", name="Save the answers").click()

    page.wait_for_url("**/episodes/new/")
    plain.close()
    assert Screening.objects.get().answers.get(is_yes=None).question.key == "anticoag_deep"
