"""Two colleagues share a tablet of 1024 by 768 pixels, change user by PIN, and write only their own drafts."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from clinic.accounts.draft_keys import draft_keys
from clinic.services import set_pin
from tests.people import PASSWORD
from tests.treatments.builders import make_draft

from .proving import prove
from .schemes import show_scheme

pytestmark = pytest.mark.django_db(transaction=True)
PIN, OTHER_PIN = "482951", "715928"


def sign_in_with_password(page, user):
    page.goto("/login/")
    page.get_by_label("User name or email").fill(user.username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/login/" not in url)


def press(page, digits):
    """Six digits on the keypad, which send the form."""
    with page.expect_navigation():
        for digit in digits:
            page.locator("[data-pin-pad]").get_by_role("button", name=digit, exact=True).click()


def look(page, complaints):
    """The open page breaks no accessibility rule and fits at every width, in light and in dark."""
    heard, found = len(complaints), []
    for width, height in ((1440, 900), (390, 844), (1024, 768)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        for scheme in ("dark", "light"):
            show_scheme(page, scheme)
            found += [(rule["id"], width, scheme) for rule in Axe().run(page).response["violations"]]
    del complaints[heard:]  # axe tries inline styles, which the content security policy refuses
    assert found == []


def test_two_people_share_a_tablet(page, context, patient, physiotherapist, other_physiotherapist, complaints):
    complaints.allowed = ["422", "403"]
    page.set_viewport_size({"width": 1024, "height": 768})
    for user, pin in ((physiotherapist, PIN), (other_physiotherapist, OTHER_PIN)):
        set_pin(user, by=user, pin=pin, proof="password")
    draft = make_draft(patient, by=physiotherapist)

    sign_in_with_password(page, physiotherapist)
    page.goto("/account/")
    page.get_by_role("link", name="This is a shared tablet").click()
    look(page, complaints)
    prove(page, "This is a shared tablet")
    expect(page.get_by_text("This browser is now known as a shared tablet.")).to_be_visible()
    look(page, complaints)
    page.get_by_role("link", name="Change user").first.click()
    expect(page.get_by_text("Nobody else can use their PIN on this tablet now.")).to_be_visible()
    page.get_by_role("button", name="Log out, and sign in without a PIN").click()
    expect(page.get_by_role("link", name="Marit Solberg")).to_be_visible()
    look(page, complaints)
    sign_in_with_password(page, other_physiotherapist)

    # The colleague hands the tablet over. A wrong PIN changes nothing.
    page.get_by_role("link", name="Change user").click()
    look(page, complaints)
    page.get_by_role("link", name="Marit Solberg").click()
    press(page, "305917")
    expect(page.get_by_text("That is not your PIN.").first).to_be_visible()
    look(page, complaints)
    press(page, PIN)
    expect(page.get_by_text("You are signed in as Marit Solberg.")).to_be_visible()
    address = f"/patients/{patient.pk}/sessions/{draft.pk}/edit/"
    page.goto(address)
    page.fill("#id_note", "Fear of needles since childhood")
    expect(page.get_by_text("Saved").first).to_be_visible()

    # Back to the colleague, who may read the draft but cannot go on writing it, also not with the Back button.
    page.goto("/today/")
    page.get_by_role("link", name="Change user").click()
    page.get_by_role("link", name=f"{other_physiotherapist.first_name} {other_physiotherapist.last_name}").click()
    press(page, OTHER_PIN)
    expect(page.get_by_text("You are signed in as")).to_be_visible()
    for _ in range(4):
        page.go_back()
        expect(page.locator("#id_note")).to_have_count(0)
    page.goto(address)
    assert not page.url.endswith("/edit/")
    page.goto("/today/")
    assert not any(key in page.content() for key in draft_keys(physiotherapist).values())
    stored = page.evaluate("JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)])")
    assert "Fear of needles" not in stored
    assert page.evaluate("document.cookie").count("shared_tablet") == 0
