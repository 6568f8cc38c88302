"""The states of a page that saves a session: the table, its documentation, and what each answer of the server does."""

import re

import pytest
from django.templatetags.static import static
from playwright.sync_api import expect

from tests.browser.test_session import desk, draft, edit  # noqa: F401 - fixtures
from tests.test_arrows import ROOT
from treatments.models import TreatmentSession

pytestmark = pytest.mark.django_db(transaction=True)

ROW = re.compile(r"^\| `(\w+)` \| `(\w+)` \| `(\w+)` \|$", re.MULTILINE)
NO_QUESTION = {"stop": "", "recount": {"text": "", "token": ""}, "question": ""}
SAVED = {
    "basis_changes": [],
    "is_late_entry": False,
    "needled": {},
    "needling_left": False,
    "version": 2,
    "saved_at": "10:00:00",
    "missing": [],
    "errors": {},
    "warnings": [],
} | NO_QUESTION


@pytest.fixture(autouse=True)
def failures(complaints):
    complaints.allowed = ["Failed to load resource", "503"]


def state_of(page):
    return page.locator("#session-form")


def test_the_documentation_lists_every_transition_and_no_other(page, draft):  # noqa: F811
    page.goto(edit(draft))
    address = static("js/session/save-states.js")
    table = page.evaluate("async (address) => (await import(address)).TRANSITIONS", address)

    documented = ROW.findall((ROOT / "docs" / "save-protocol.md").read_text())

    assert sorted(documented) == sorted(
        (s, event, after) for s, events in table.items() for event, after in events.items()
    )


@pytest.mark.parametrize(
    ("status", "answer", "state"),
    [
        (200, SAVED, "idle"),
        (422, SAVED | {"errors": {"note": ["Too long."]}}, "idle"),
        (400, {"refusal": ["This lot was recalled."]}, "stopped"),
        (409, {"closed": "/"}, "stopped"),
        (409, {"foreign": True}, "signed_out"),
        (409, {"stale": True}, "conflict"),
        (403, {}, "signed_out"),
        (503, {}, "offline"),
    ],
)
def test_each_answer_of_the_server_leads_to_its_state(page, draft, status, answer, state):  # noqa: F811
    page.route(
        "**/edit/", lambda route: route.fulfill(status=status, json=answer) if is_save(route) else route.continue_()
    )
    page.goto(edit(draft))
    expect(state_of(page)).to_have_attribute("data-save-state", "idle")

    page.fill("#id_note", "Rotation freer.")

    expect(state_of(page)).to_have_attribute("data-save-state", "editing")
    expect(state_of(page)).to_have_attribute("data-save-state", state)


def is_save(route):
    return route.request.method == "POST"


def test_what_is_written_while_a_save_is_on_its_way_is_the_next_save(page, draft):  # noqa: F811
    held = []
    page.route("**/edit/", lambda route: held.append(route) if is_save(route) and not held else route.continue_())
    page.goto(edit(draft))
    page.fill("#id_note", "first")
    expect(state_of(page)).to_have_attribute("data-save-state", "sending")
    page.fill("#id_plan", "second")
    page.wait_for_timeout(1600)  # longer than a change ever waits
    expect(state_of(page)).to_have_attribute("data-save-state", "sending")

    held[0].continue_()

    expect(page.locator("[data-saved-text]")).to_have_text(re.compile("^Saved"), timeout=8000)
    session = TreatmentSession.objects.get()
    assert (session.note, session.plan, session.version) == ("first", "second", draft.version + 2)
