"""What waits in the browser of a shared tablet is encrypted, given back to its owner only, and deleted in the end."""

import json
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import expect

from clinic.accounts.draft_keys import KEPT_DAYS, draft_keys
from patients.services import open_episode
from tests.browser.test_session import desk, draft, edit  # noqa: F401 - fixtures
from tests.treatments.builders import make_assessment, make_letter
from treatments.models import TreatmentSession

pytestmark = pytest.mark.django_db(transaction=True)
WRITTEN = "Fear of needles since childhood"
SOMEBODY_ELSE = "Somebody’s unsaved changes wait in this browser."
OWN = "Changes of yours wait in this browser and are not saved yet."


@pytest.fixture(autouse=True)
def no_network(complaints, page):
    complaints.allowed = ["ERR_INTERNET_DISCONNECTED", "Failed to load resource"]
    page.set_default_timeout(8000)


def kept(page):
    """All that the browser has stored, as one text."""
    stores = "[localStorage, sessionStorage].flatMap((store) => Object.entries(store))"
    found = page.evaluate(f"JSON.stringify({stores})")
    assert page.evaluate("indexedDB.databases().then((found) => found.length)") == 0
    assert page.evaluate("caches.keys().then((found) => found.length)") == 0
    return found


def write_without_network(page, context, address, field):
    """Write into a page, lose the network, and close the tab. Returns what the browser has stored then."""
    page.goto(address)
    context.set_offline(True)
    page.fill(field, WRITTEN)
    page.wait_for_function("() => Object.keys(localStorage).some((key) => key.startsWith('filiform:'))")
    expect(page.get_by_text("No connection since")).to_be_visible()
    found = kept(page)
    page.close()
    context.set_offline(False)
    return found


@pytest.fixture
def pages(draft, patient, physiotherapist):  # noqa: F811
    """{kind: (address, field)} of all pages that save themselves."""
    episode = open_episode(patient, by=physiotherapist, complaint="Neck pain", region="neck")
    assessment, letter = make_assessment(episode, by=physiotherapist), make_letter(episode, by=physiotherapist)
    return {
        "session": (edit(draft), "#id_note"),
        "assessment": (assessment.get_absolute_url(), "#id_history"),
        "letter": (letter.get_absolute_url(), "#id_body"),
    }


@pytest.mark.parametrize("kind", ["session", "assessment", "letter"])
def test_nothing_that_was_written_can_be_read_in_the_browser(page, context, pages, patient, kind):
    found = write_without_network(page, context, *pages[kind])

    assert '"data' in found.replace("\\", "")
    for secret in (WRITTEN, WRITTEN.replace(" ", "+"), "needles", "body=", patient.family_name):
        assert secret not in found


def test_only_the_owner_gets_it_back(page, context, draft, sign_in, physiotherapist, other_physiotherapist):  # noqa: F811
    write_without_network(page, context, edit(draft), "#id_note")
    Session.objects.all().delete()

    tablet = context.new_page()
    tablet.goto("/login/")
    expect(tablet.get_by_text(SOMEBODY_ELSE)).to_be_visible()
    sign_in(other_physiotherapist)
    tablet.goto("/today/")
    expect(tablet.get_by_text(SOMEBODY_ELSE)).to_be_visible()
    assert not any(key in tablet.content() for key in draft_keys(physiotherapist).values())
    assert WRITTEN not in kept(tablet)

    sign_in(physiotherapist)
    tablet.goto("/today/")
    expect(tablet.get_by_text(OWN)).to_be_visible()
    tablet.goto(edit(draft))
    expect(tablet.locator("#id_note")).to_have_value(WRITTEN)
    assert TreatmentSession.objects.get().note == WRITTEN
    tablet.wait_for_function("() => localStorage.length === 0")


def test_it_expires(page, context, draft):  # noqa: F811
    write_without_network(page, context, edit(draft), "#id_note")
    tablet = context.new_page()
    tablet.clock.install(time=timezone.now() + timedelta(days=KEPT_DAYS))

    tablet.goto("/today/")

    tablet.wait_for_function("() => localStorage.length === 0")


def test_a_key_that_is_not_given_any_more_opens_nothing(page, context, draft, physiotherapist):  # noqa: F811
    write_without_network(page, context, edit(draft), "#id_note")
    tablet = context.new_page()
    late = draft_keys(physiotherapist, now=timezone.now() + timedelta(days=KEPT_DAYS))
    assert not set(late) & set(draft_keys(physiotherapist))
    # The page of somebody who set back the clock of the tablet: the server decides which keys it gives.
    page_of_later = f"form.dataset.draftKeys = {json.dumps(json.dumps(late))}"
    tablet.add_init_script(
        "new MutationObserver(() => { const form = document.querySelector('[data-draft-keys]');"
        f" if (form) {{ {page_of_later} }} }}).observe(document, {{ childList: true, subtree: true }})"
    )

    tablet.goto(edit(draft))

    tablet.wait_for_function("() => localStorage.length === 0")
    assert TreatmentSession.objects.get().note == ""
