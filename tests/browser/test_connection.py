"""A slow or lost connection: the panel beside the diary never shows the visit of another patient."""

import pytest
from playwright.sync_api import expect

from clinic.services import record_time_off
from tests.clinic.builders import at, book, make_type, monday

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def visits(desk, patient, other_patient, physiotherapist):
    make_type()
    return book(patient, physiotherapist, "10:00", by=desk), book(other_patient, physiotherapist, "11:00", by=desk)


def slot(page, visit):
    return page.locator(f"#visit-{visit.pk}")


def test_the_open_visit_is_marked_in_the_grid(page, visits):
    page.goto(f"/diary/?day={monday()}")

    for visit in visits:
        slot(page, visit).click()
        expect(page.locator("#panel h2")).to_have_text(visit.patient.name)
        expect(page.locator(".fl-slot.is-open")).to_have_attribute("id", f"visit-{visit.pk}")


def test_offline_the_former_patient_goes_and_trying_again_opens_the_visit(page, complaints, visits):
    complaints.allowed += ["ERR_", "htmx:"]
    first, second = visits
    page.goto(f"/diary/?day={monday()}")
    slot(page, first).click()
    expect(page.locator("#panel h2")).to_have_text(first.patient.name)

    page.context.set_offline(True)
    slot(page, second).click()
    expect(page.locator("#panel [role=alert]")).to_be_visible()
    expect(page.locator("#panel")).not_to_contain_text(first.patient.name)
    expect(page.locator("[data-offline]")).to_be_visible()

    page.context.set_offline(False)
    page.locator("#panel").get_by_role("button").click()
    expect(page.locator("#panel h2")).to_have_text(second.patient.name)


def test_an_older_and_slower_answer_does_not_replace_the_visit_that_was_opened_last(page, visits):
    first, second = visits
    page.goto(f"/diary/?day={monday()}")
    held = []
    page.route(f"**/diary/{first.pk}/", lambda route: held.append(route))

    slot(page, first).click()
    expect(page.locator("#panel [role=status]")).to_be_visible()
    slot(page, second).click()
    expect(page.locator("#panel h2")).to_have_text(second.patient.name)
    with page.expect_response(f"**/diary/{first.pk}/"):
        held[0].continue_()
    page.wait_for_timeout(200)

    expect(page.locator("#panel h2")).to_have_text(second.patient.name)


def test_typing_is_kept_when_it_cannot_be_sent(page, complaints, visits):
    complaints.allowed += ["ERR_", "htmx:"]
    page.goto(f"/diary/?day={monday()}")
    slot(page, visits[0]).click()
    page.locator("#panel").get_by_role("link", name="Cancel visit").click()
    page.locator("#panel [name=reason]").fill("Ill")

    page.context.set_offline(True)
    page.locator("#panel form button.btn-danger").click()

    expect(page.locator("#panel [data-connection]")).to_be_visible()
    expect(page.locator("#panel [name=reason]")).to_have_value("Ill")


def test_without_an_answer_the_list_to_move_and_the_search_say_so(page, complaints, visits, desk, physiotherapist):
    complaints.allowed += ["ERR_", "htmx:", "503"]
    away = {"starts_at": at("00:00"), "ends_at": at("23:00"), "practitioner": physiotherapist.practitioner}
    record_time_off(by=desk, reason="Sick", **away)
    page.goto("/diary/to-move/")

    page.context.set_offline(True)
    page.get_by_role("button", name="No answer").first.click()
    expect(page.locator("#no-answer")).to_contain_text("may not be saved")

    page.context.set_offline(False)
    page.get_by_role("button", name="No answer").first.click()
    expect(page.locator("#to-move")).to_contain_text("no answer")
    expect(page.locator("#no-answer")).to_have_count(0)

    page.goto("/diary/book/")
    page.route("**/diary/book/?*", lambda route: route.fulfill(status=503, body="Away"))
    page.locator("#booking-find").press_sequentially("ad")
    expect(page.locator("#no-answer")).to_contain_text("cannot be reached")
