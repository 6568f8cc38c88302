"""Proving who one is in a real browser: the keypad, Escape, a lost network and a passkey."""

from urllib.parse import parse_qsl, urljoin

import pytest
from allauth.mfa.models import Authenticator
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from clinic.services import set_pin
from tests.people import PASSWORD
from tests.treatments.builders import make_draft
from treatments.models import TreatmentSession

pytestmark = pytest.mark.django_db(transaction=True)
PIN = "482951"


@pytest.fixture
def place(physiotherapist, patient, sign_in):
    set_pin(physiotherapist, by=physiotherapist, pin=PIN, proof="password")
    sign_in(physiotherapist)
    draft = make_draft(patient, by=physiotherapist)
    return f"/patients/{patient.pk}/sessions/{draft.pk}/prove/"


def test_the_keypad_signs_at_six_digits(page, place, complaints):
    complaints.allowed = ["422"]
    page.goto(place)
    pad = page.locator("[data-pin-pad]")
    for digit in "715928":
        pad.get_by_role("button", name=digit, exact=True).click()
    expect(page.get_by_text("That is not your PIN.").first).to_be_visible()
    assert not TreatmentSession.objects.get().is_signed

    for digit in PIN:
        pad.get_by_role("button", name=digit, exact=True).click()

    expect(page.get_by_text("Signed. The record can no longer be changed.")).to_be_visible()
    expect(page.get_by_text("Proved by PIN.")).to_be_visible()


def test_escape_goes_back_to_the_form_and_no_network_signs_nothing(page, place, context):
    page.goto(place)
    context.set_offline(True)
    expect(page.get_by_text("No connection.")).to_be_visible()
    expect(page.get_by_role("button", name="Sign", exact=True)).to_be_disabled()
    context.set_offline(False)
    expect(page.get_by_role("button", name="Sign", exact=True)).to_be_enabled()

    page.keyboard.press("Escape")

    page.wait_for_url("**/edit/**")


@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_the_page_breaks_no_accessibility_rule(page, place, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(place)
    expect(page.locator("[data-pin-pad]")).to_be_visible()
    for scheme in ("light", "dark"):
        page.evaluate(f"document.documentElement.dataset.theme = document.documentElement.dataset.bsTheme = '{scheme}'")
        found = Axe().run(page).response["violations"]
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_passkey_signs_from_the_same_page(page, place, physiotherapist):
    with_passkey(page)

    page.goto(place)
    page.get_by_role("button", name="Sign with passkey").click()

    expect(page.get_by_text("Signed. The record can no longer be changed.")).to_be_visible()
    assert TreatmentSession.objects.get().proved_by_means == "passkey"


def test_the_answer_of_a_passkey_proves_once(page, place, physiotherapist, patient, complaints):
    with_passkey(page)
    other = make_draft(patient, by=physiotherapist, days_ago=1)
    page.goto(place)
    with page.expect_request(lambda request: request.method == "POST") as sent:
        page.get_by_role("button", name="Sign with passkey").click()
    expect(page.get_by_text("Signed. The record can no longer be changed.")).to_be_visible()
    used = dict(parse_qsl(sent.value.post_data))
    complaints.allowed = ["422"]

    url = urljoin(page.url, f"/patients/{patient.pk}/sessions/{other.pk}/prove/")
    form = {"csrfmiddlewaretoken": used["csrfmiddlewaretoken"], "passkey": used["passkey"], "version": other.version}
    before = page.request.post(url, form=form, headers={"Referer": url})
    page.goto(url)  # which asks the passkey anew
    after = page.request.post(url, form=form, headers={"Referer": url})

    assert (before.status, after.status) == (422, 422)
    assert not TreatmentSession.objects.get(pk=other.pk).is_signed


def with_passkey(page):
    """Set up a passkey on a virtual device, through the account's own page."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page.goto("/account/second-factor/webauthn/add/")
    if "/confirm/" in page.url:
        page.locator("#id_password").fill(PASSWORD)
        page.get_by_role("button", name="Continue").click()
    page.locator("#mfa_webauthn_add").click()
    page.wait_for_url(lambda url: "/add/" not in url)
    assert Authenticator.objects.filter(type="webauthn").exists()
