"""Signing in with a real browser: codes, passkeys, invitations, and a session that ends in the middle of typing."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.urls import reverse
from playwright.sync_api import expect

from clinic import services
from clinic.models import AppointmentType
from patients.models import Patient
from tests import people
from tests.browser.test_session import desk, draft, edit  # noqa: F401 - fixtures
from tests.clinic.accounts.sign_in import code_now, give_app, wrong_code
from treatments.models import TreatmentSession

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def refusals(complaints, page):
    """The browser writes every 400, 401 and 429 to its console; these tests ask for them."""
    complaints.allowed = ["Failed to load resource", "Response Status Error Code 401"]
    page.set_default_timeout(8000)


def sign_in_by_form(page, user, password=people.PASSWORD):
    page.goto("/login/")
    page.fill("#id_username", user.username)
    page.fill("#id_password", password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def end_session(user):
    """End the session as the server does when its time is up."""
    Session.objects.all().delete()


def sign_in_again(page, password=people.PASSWORD):
    expect(page.get_by_role("heading", name="Sign in again")).to_be_visible()
    page.locator("#over-password").fill(password)
    page.locator('[data-over-part="password"] button').click()


def give_code(page, code):
    page.fill("#id_code", code)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_a_wrong_code_is_refused_and_the_right_one_signs_in(page, physiotherapist):
    give_app(physiotherapist)
    sign_in_by_form(page, physiotherapist)

    give_code(page, wrong_code())
    expect(page.get_by_text("This code is wrong, already used or expired.")).to_be_visible()
    give_code(page, code_now())

    expect(page).to_have_url(re.compile("/today/$"))


def test_a_recovery_code_signs_in_without_the_phone(page, physiotherapist):
    codes = give_app(physiotherapist)
    sign_in_by_form(page, physiotherapist)

    give_code(page, codes[0])

    expect(page).to_have_url(re.compile("/today/$"))


def test_five_wrong_passwords_pause_sign_in(page, physiotherapist):
    for _ in range(5):
        sign_in_by_form(page, physiotherapist, "wrong")

    expect(page.get_by_role("heading", name="Sign-in is paused")).to_be_visible()
    sign_in_by_form(page, physiotherapist)
    expect(page.get_by_text("Wait 15 minutes")).to_be_visible()


def test_an_invited_person_who_must_have_a_second_factor_sets_both_up(page, settings, admin, superuser):
    settings.TWO_FACTOR_ROLES = ["Admin"]
    page.goto(services.create_invitation(admin, by=superuser, proof="password"))
    page.fill("#id_password1", "chosen-by-myself-1")
    page.fill("#id_password2", "chosen-by-myself-1")
    page.get_by_role("button", name="Save password").click()
    sign_in_by_form(page, admin, "chosen-by-myself-1")
    expect(page.get_by_text("Your role needs a second factor.")).to_be_visible()
    page.get_by_role("link", name="Set up an app").click()
    page.fill("#id_password", "chosen-by-myself-1")
    page.get_by_role("button", name="Continue").click()
    secret = page.get_by_label("Or type this secret into the app").input_value()
    page.fill("#id_code", code_now(secret=secret))
    page.get_by_role("button", name="Set up the app").click()
    expect(page.locator(".fl-codes li")).to_have_count(10)
    page.get_by_role("link", name="I have saved them").click()

    expect(page).to_have_url(re.compile("/setup/site/$"))  # the clinic is not set up yet


def test_a_passkey_is_added_and_signs_in_alone(page, context, physiotherapist):
    device = context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    ready = {"isUserVerified": True, "automaticPresenceSimulation": True}
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options | ready})
    sign_in_by_form(page, physiotherapist)
    page.goto("/account/second-factor/webauthn/add/")
    page.fill("#id_password", people.PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Sign in with this passkey alone").check()
    page.get_by_role("button", name="Add this device").click()
    expect(page.locator(".fl-codes li")).to_have_count(10)
    page.get_by_role("button", name="Log out").click()

    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page).to_have_url(re.compile("/today/$"))
    assert Authenticator.objects.filter(type="webauthn").count() == 1


# The end of a session ---------------------------------------------------------


def test_a_session_that_ends_while_writing_takes_the_password_over_the_page(page, draft, physiotherapist):  # noqa: F811
    page.goto(edit(draft))
    end_session(physiotherapist)
    page.fill("#id_note", "Rotation freer, still typing")

    sign_in_again(page, "wrong")
    expect(page.get_by_text("The user name or the password is wrong.")).to_be_visible()
    sign_in_again(page)

    expect(page.get_by_role("dialog", name="Your sign-in")).to_be_hidden()
    expect(page.locator("#id_note")).to_have_value("Rotation freer, still typing")
    expect(page.locator("[data-saved-text]")).to_have_text(re.compile("^Saved"), timeout=8000)
    assert TreatmentSession.objects.get().note == "Rotation freer, still typing"


@pytest.fixture
def filled_in(page, front_desk, sign_in, settings):
    """A person to register, and a session that ended longer ago than the page still takes for granted."""
    settings.SESSION_IDLE_SECONDS, settings.SESSION_WARNING_SECONDS = 8, 1
    sign_in(front_desk)
    page.goto("/patients/new/")
    for name, value in {"given_name": "Nadia", "family_name": "Haddad", "born_on": "14 Mar 1990"}.items():
        page.fill(f"#id_{name}", value)
    end_session(front_desk)
    page.wait_for_timeout(2500)


@pytest.mark.usefixtures("filled_in")
def test_a_form_that_was_sent_too_late_is_sent_again_after_signing_in(page):
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("heading", name="Sign in again")).to_be_visible()
    assert Patient.objects.count() == 0

    sign_in_again(page)

    expect(page.get_by_role("heading", name="Nadia Haddad")).to_be_visible()
    assert Patient.objects.count() == 1


@pytest.mark.usefixtures("filled_in")
def test_an_answer_older_than_the_sign_in_does_not_ask_for_it_again(page):
    answered = []  # the check asks first and is answered at once; sending asks next and is answered late

    def second_is_late(route):
        headers = route.request.headers | {"sec-fetch-mode": "cors"}
        answered.append((route, route.fetch(headers=headers)))
        if len(answered) != 2:
            route.fulfill(response=answered[-1][1])

    page.route("**/session/", second_is_late)
    page.get_by_role("button", name="Register").click()
    sign_in_again(page)
    expect(page.get_by_role("dialog", name="Your sign-in")).to_be_hidden()
    route, answer = answered[1]
    route.fulfill(response=answer)

    expect(page.get_by_role("heading", name="Nadia Haddad")).to_be_visible()


def test_a_drawer_of_the_diary_goes_on_after_signing_in(page, front_desk, physiotherapist, patient, sign_in):
    sign_in(front_desk)
    page.goto(reverse("day"), wait_until="networkidle")  # the page has then asked for the state of the sign-in
    end_session(front_desk)
    page.get_by_role("link", name="Book", exact=True).click()

    sign_in_again(page)

    expect(page.locator("#panel").get_by_role("heading", name="Book")).to_be_visible()


def test_who_is_away_is_warned_and_then_signed_out_by_the_server(page, physiotherapist, settings):
    settings.SESSION_IDLE_SECONDS, settings.SESSION_WARNING_SECONDS = 6, 3
    sign_in_by_form(page, physiotherapist)
    expect(page.get_by_role("heading", name="Are you still there?")).to_be_visible(timeout=6000)
    page.get_by_role("button", name="Stay signed in").click()
    expect(page.get_by_role("dialog", name="Your sign-in")).to_be_hidden()
    expect(page.get_by_role("heading", name="Are you still there?")).to_be_visible(timeout=6000)

    expect(page.get_by_role("heading", name="Sign in again")).to_be_visible(timeout=8000)
    assert page.evaluate("fetch('/session/').then((answer) => answer.json())")["user"] is None
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Sign in again")).to_be_visible()


def test_signing_in_again_takes_the_code_too(page, draft, physiotherapist):  # noqa: F811
    give_app(physiotherapist)
    page.goto(edit(draft))
    end_session(physiotherapist)
    page.fill("#id_note", "With a second step")
    sign_in_again(page)
    page.locator("#over-code").fill(wrong_code())
    page.locator('[data-over-part="code"] button').click()
    expect(page.get_by_text("This code is wrong, already used or expired.")).to_be_visible()
    page.locator("#over-code").fill(code_now())
    page.locator('[data-over-part="code"] button').click()

    expect(page.locator("[data-saved-text]")).to_have_text(re.compile("^Saved"), timeout=8000)
    assert TreatmentSession.objects.get().note == "With a second step"


def test_somebody_else_signing_in_elsewhere_does_not_get_this_page(page, context, draft, front_desk):  # noqa: F811
    page.goto(edit(draft))
    end_session(front_desk)
    page.fill("#id_note", "Mine")
    expect(page.get_by_role("heading", name="Sign in again")).to_be_visible()
    other = context.new_page()
    sign_in_by_form(other, front_desk)
    expect(other).to_have_url(re.compile(f"{reverse('day')}$"))
    page.bring_to_front()

    sign_in_again(page)

    expect(page.get_by_text("Another user is signed in")).to_be_visible()
    assert TreatmentSession.objects.get().note == ""


def test_a_sign_in_in_another_tab_lets_this_page_go_on(page, context, draft, physiotherapist):  # noqa: F811
    page.goto(edit(draft))
    end_session(physiotherapist)
    page.fill("#id_note", "Went on")
    expect(page.get_by_role("heading", name="Sign in again")).to_be_visible()
    other = context.new_page()
    sign_in_by_form(other, physiotherapist)
    expect(other).to_have_url(re.compile("/today/$"))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    expect(page.get_by_role("dialog", name="Your sign-in")).to_be_hidden()
    expect(page.locator("[data-saved-text]")).to_have_text(re.compile("^Saved"), timeout=8000)


def test_a_form_of_the_admin_goes_on_too(page, admin, sign_in, settings):
    settings.SESSION_IDLE_SECONDS, settings.SESSION_WARNING_SECONDS = 8, 1
    sign_in(admin)
    page.goto("/admin/clinic/appointmenttype/add/")
    page.fill("#id_name", "Needling, long")
    page.fill("#id_minutes", "60")
    end_session(admin)
    page.wait_for_timeout(2500)
    page.get_by_role("button", name="Save", exact=True).click()

    sign_in_again(page)

    expect(page.get_by_text("was added successfully")).to_be_visible(timeout=15_000)
    assert AppointmentType.objects.get().minutes == 60
