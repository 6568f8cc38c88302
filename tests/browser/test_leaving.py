"""Forms ask before what was typed in them is lost, and Enter in them saves."""

from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from clinic.models import TimeOff
from clinic.services import record_time_off
from tests.clinic.builders import at, monday

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def questions(page):
    """The kinds of questions that the browser asked; each is answered with yes."""
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    return asked


def test_half_done_forms_are_not_left_without_a_question(page, desk, patient, questions):
    asked = {}
    for name in ("patient_create", "patient_edit", "desk_note", "time_off_create", "waiting_create"):
        url = reverse(name, args=[patient.pk] if name in ("patient_edit", "desk_note") else [])
        page.goto(f"{url}?patient={patient.pk}")
        page.locator("main form[method=post] input[type=text]:visible").last.fill("Half of it")
        questions.clear()
        page.goto(reverse("patient_search"))
        asked[name] = list(questions)

    assert asked == dict.fromkeys(asked, ["beforeunload"])


def test_typed_text_in_the_panel_is_not_replaced_without_a_question(page, desk, visit, patient, questions):
    day = visit.starts_at.date()
    page.goto(f"{reverse('day')}?day={day}")
    page.keyboard.press("n")
    page.locator("#booking-find").fill(patient.family_name)
    page.locator(".fl-hit--booking").first.click()
    page.locator("#id_note").fill("Rings first")

    page.locator(f"#visit-{visit.pk}").click()
    page.locator("#panel [data-visit-shown]").wait_for()

    assert questions == ["confirm"]


def test_a_form_that_is_untouched_or_sent_asks_nothing(page, desk, patient, questions):
    url = reverse("desk_note", args=[patient.pk])
    page.goto(url)
    page.goto(url)

    page.locator("#id_desk_note").fill("Wheelchair")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"**{patient.get_absolute_url()}")

    assert questions == []


def test_enter_in_the_reason_saves_new_time_off_and_cancels_none(page, desk, physiotherapist):
    planned = {"starts_at": at("09:00"), "ends_at": at("10:00")}
    record_time_off(by=desk, practitioner=physiotherapist.practitioner, **planned)
    page.goto(reverse("time_off_create"))
    page.locator("#id_who").select_option(str(physiotherapist.practitioner.pk))
    for name in ("first_day", "last_day"):
        page.locator(f"#id_{name}").fill(str(monday() + timedelta(days=1)))
    page.locator("#id_reason").fill("Course")
    page.keyboard.press("Enter")

    expect(page.get_by_role("listitem").filter(has_text="Course")).to_be_visible()
    assert TimeOff.objects.filter(cancelled_at=None).count() == 2
