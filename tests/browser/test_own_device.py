"""A physiotherapist chooses a PIN, signs with it, and declares and forgets their own device, in a real browser."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.treatments.builders import make_draft
from treatments.models import TreatmentSession

from .proving import prove
from .schemes import show_scheme

pytestmark = pytest.mark.django_db(transaction=True)
PIN, OTHER = "482951", "715928"
SIGNED = "Signed. The record can no longer be changed."


@pytest.fixture
def looked_at(page, complaints):
    """looked_at(): the open page breaks no accessibility rule and fits at every width, in light and in dark."""

    def look():
        heard, found = len(complaints), []
        for width, height in ((1440, 900), (1024, 768), (390, 844)):
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            for scheme in ("light", "dark"):
                show_scheme(page, scheme)
                found += [(rule["id"], width, scheme) for rule in Axe().run(page).response["violations"]]
        del complaints[heard:]  # axe tries inline styles, which the content security policy refuses
        assert found == []

    return look


@pytest.fixture
def open_to_sign(page, patient, physiotherapist):
    """open_to_sign(days_ago): the page that signs a new draft."""

    def open_page(days_ago):
        draft = make_draft(patient, by=physiotherapist, days_ago=days_ago)
        page.goto(f"/patients/{patient.pk}/sessions/{draft.pk}/prove/")

    return open_page


def press(page, digits):
    """Six digits on the keypad, which send the form."""
    with page.expect_navigation():
        for digit in digits:
            page.locator("[data-pin-pad]").get_by_role("button", name=digit, exact=True).click()


def test_a_pin_and_ones_own_device_from_the_first_to_the_last_signature(
    page, physiotherapist, sign_in, complaints, looked_at, open_to_sign
):
    complaints.allowed = ["422"]
    sign_in(physiotherapist)
    page.goto("/account/")
    page.get_by_role("link", name="Choose a PIN").click()
    page.get_by_label("New PIN, six digits").fill(PIN)
    page.get_by_label("The same again").fill(OTHER)
    prove(page, "Save PIN")
    expect(page.get_by_text("The two PINs differ.").first).to_be_visible()
    looked_at()
    page.get_by_label("New PIN, six digits").fill(PIN)
    page.get_by_label("The same again").fill(PIN)
    prove(page, "Save PIN")
    expect(page.get_by_text("Your PIN is set.")).to_be_visible()

    page.get_by_role("link", name="This is my own device").click()
    page.get_by_label("Your PIN").fill(OTHER)
    page.get_by_role("button", name="This is my own device").click()
    expect(page.get_by_text("That is not your PIN.").first).to_be_visible()
    looked_at()
    page.get_by_label("Your PIN").fill(PIN)
    page.get_by_role("button", name="This is my own device").click()
    expect(page.get_by_text("This browser is now known as your own device.")).to_be_visible()
    looked_at()

    # The first signature asks for the PIN, the next one within some minutes does not.
    open_to_sign(3)
    press(page, PIN)
    expect(page.get_by_text(SIGNED)).to_be_visible()
    open_to_sign(2)
    expect(page.locator("[data-pin-pad]")).to_have_count(0)
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_text(SIGNED)).to_be_visible()
    means = [session.proved_by_means for session in TreatmentSession.objects.signed().order_by("signed_at")]
    assert (means[0], means[1].startswith("PIN, ")) == ("PIN", True)

    page.goto("/account/")
    page.get_by_role("button", name="This is a shared device").click()
    expect(page.get_by_text("no longer your own device")).to_be_visible()
    open_to_sign(1)
    for _ in range(3):
        press(page, OTHER)
    expect(page.get_by_text("Your PIN is paused after too many wrong ones.")).to_be_visible()
    looked_at()
    assert TreatmentSession.objects.signed().count() == 2
    prove(page)
    expect(page.get_by_text(SIGNED)).to_be_visible()
