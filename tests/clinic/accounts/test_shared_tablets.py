"""Changing the user of a shared tablet by PIN: who can, what ends it, and what the new user gets of the old one."""

import re
from datetime import timedelta
from urllib.parse import unquote

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.contrib.auth.models import Group, Permission
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.accounts.draft_keys import draft_keys
from clinic.accounts.shared_tablets import COOKIE
from clinic.models import SigningPin, TabletSignIn
from clinic.roles import ADMIN
from clinic.services import disable_account, end_sessions, remove_pin, set_pin
from patients.models import TrailEntry
from tests import people
from tests.treatments.builders import make_draft

from .sign_in import code_now, give_app, is_signed_in, sign_in

pytestmark = pytest.mark.both_engines

PIN, OTHER_PIN, WRONG = "482951", "715928", "305917"


@pytest.fixture
def tablet(client, physiotherapist, other_physiotherapist):
    """A shared tablet on which two people with a PIN have signed in; the second one is signed in now."""
    for user, pin in ((physiotherapist, PIN), (other_physiotherapist, OTHER_PIN)):
        set_pin(user, by=user, pin=pin, proof="password")
    sign_in(client, physiotherapist)
    declare(client)
    client.post("/logout/")
    sign_in(client, other_physiotherapist)
    return client


def declare(client):
    answer = client.post("/account/shared-tablet/", {"password": people.PASSWORD})
    assert (answer.status_code, answer.url) == (302, "/account/")
    return answer


def names(client):
    """The user names of those whom the page for a change of user offers."""
    return [one.user.get_username() for one in client.get("/login/change/").context["people"]]


def page_of(user):
    return reverse("change_user_to", args=[TabletSignIn.objects.get(user=user).pk])


def change(client, user, pin=PIN):
    return client.post(page_of(user), {"pin": pin})


def who(client):
    return client.get("/session/").json()["user"]


# The change -----------------------------------------------------------------------


def test_a_pin_changes_the_user_and_starts_a_fresh_session(tablet, physiotherapist, other_physiotherapist):
    old = tablet.session.session_key
    session = tablet.session
    session["of_the_old_user"] = "Adeyemi"
    session.save()

    answer = change(tablet, physiotherapist)

    assert (answer.status_code, answer.url) == (302, "/")
    assert who(tablet) == physiotherapist.pk
    assert tablet.session.session_key != old
    assert not Session.objects.filter(session_key=old).exists()
    assert "of_the_old_user" not in tablet.session
    assert names(tablet) == [other_physiotherapist.username]


def test_the_sign_in_page_of_the_tablet_offers_those_who_can_come_back(tablet, physiotherapist):
    tablet.post("/logout/")

    page = tablet.get("/login/").content.decode()

    assert page_of(physiotherapist) in page
    assert "Marit Solberg" in page
    assert change(tablet, physiotherapist).status_code == 302
    assert who(tablet) == physiotherapist.pk


def test_no_other_browser_shows_names_or_takes_the_pin(tablet, physiotherapist):
    stranger = Client()

    page = stranger.get("/login/").content.decode()
    listed, asked = stranger.get("/login/change/"), stranger.get(page_of(physiotherapist))

    assert "Solberg" not in page
    assert (listed.status_code, listed.url) == (302, "/login/")
    assert (asked.status_code, asked.url) == (302, "/login/change/")
    assert change(stranger, physiotherapist).status_code == 302
    assert not is_signed_in(stranger)


def test_a_message_for_the_old_user_is_not_shown_to_the_new_one(tablet, physiotherapist):
    tablet.post("/account/shared-tablet/forget/")  # leaves a message that no page has shown
    sign_in(tablet, physiotherapist)

    text = "signs you in on no tablet"
    change(tablet, physiotherapist)
    page = tablet.get("/account/").content.decode()

    assert text not in page
    assert "You are signed in as Marit Solberg." in page


def test_a_draft_of_the_old_user_is_not_for_the_new_one(tablet, patient, physiotherapist, other_physiotherapist):
    draft = make_draft(patient, by=other_physiotherapist)
    address = f"/patients/{patient.pk}/sessions/{draft.pk}/edit/"
    own_page = tablet.get(address)
    change(tablet, physiotherapist)

    answer = tablet.get(address)

    assert own_page.status_code == 200
    assert answer.status_code != 200
    page = tablet.get("/today/").content.decode()
    assert not any(key in page for key in draft_keys(other_physiotherapist).values())


def test_each_change_is_in_the_audit_trail(tablet, physiotherapist, other_physiotherapist):
    before = TrailEntry.objects.count()

    change(tablet, physiotherapist)

    entries = TrailEntry.objects.order_by("pk")[before:]
    assert [(one.action, one.by, one.note) for one in entries] == [
        ("logout", other_physiotherapist, ""),
        ("login", physiotherapist, "By PIN, on a shared tablet."),
    ]


def test_the_cookie_is_signed_httponly_strict_and_says_nothing(client, physiotherapist, settings):
    settings.SESSION_COOKIE_SECURE = True
    sign_in(client, physiotherapist)

    cookie = declare(client).cookies[COOKIE]

    assert (cookie["httponly"], cookie["samesite"], cookie["secure"]) == (True, "Strict", True)
    assert re.fullmatch(r"[\w-]{43}:[\w-]+:[\w-]{43}", cookie.value)
    assert cookie.value.partition(":")[0] not in str(TabletSignIn.objects.values())


@pytest.mark.parametrize("forged", ["", "x", "a" * 43, "..", "a:b:c", "\x00", "é" * 2000])
def test_a_forged_cookie_opens_nothing(tablet, physiotherapist, forged):
    tablet.cookies[COOKIE] = forged

    assert tablet.get("/login/change/").status_code == 302
    assert change(tablet, physiotherapist).url == "/login/change/"
    assert who(tablet) != physiotherapist.pk


# Wrong PINs -----------------------------------------------------------------------


def failures_of(user):
    return sum(one.failures_since_start for one in AccessAttempt.objects.filter(username=user.username))


def test_three_wrong_pins_pause_it_until_the_person_signs_in_in_another_way(tablet, physiotherapist):
    current = who(tablet)
    for _ in range(3):
        assert change(tablet, physiotherapist, WRONG).status_code == 422

    answer = change(tablet, physiotherapist)

    assert answer.status_code == 422
    assert b"This PIN is paused" in answer.content
    assert (who(tablet), failures_of(physiotherapist)) == (current, 3)
    assert TrailEntry.objects.filter(action="failed_login", by_name=physiotherapist.username).count() == 3

    tablet.post("/logout/")
    sign_in(tablet, physiotherapist)
    tablet.post("/logout/")
    assert change(tablet, physiotherapist).status_code == 302


def test_wrong_pins_count_for_the_pin_at_signing_too(tablet, physiotherapist):
    for _ in range(3):
        change(tablet, physiotherapist, WRONG)

    assert SigningPin.objects.get(user=physiotherapist).is_paused


def test_while_sign_in_is_paused_the_right_pin_is_refused(tablet, physiotherapist):
    for number in range(5):
        sign_in(Client(), physiotherapist, password=f"guess {number}")

    answer = change(tablet, physiotherapist)

    assert answer.status_code == 422
    assert who(tablet) != physiotherapist.pk
    assert SigningPin.objects.get(user=physiotherapist).wrong_in_a_row == 0


def test_a_right_pin_does_not_forget_wrong_passwords(tablet, physiotherapist):
    for number in range(4):
        sign_in(Client(), physiotherapist, password=f"guess {number}")

    change(tablet, physiotherapist)

    assert failures_of(physiotherapist) == 4


@pytest.mark.parametrize(
    "typed", ["", "1", "48295", "4829510", "abcdef", "\x00", "４８２９５１", "' OR 1=1", "9" * 5000]
)
def test_hostile_pins_are_refused(tablet, physiotherapist, typed):
    answer = change(tablet, physiotherapist, typed)

    assert answer.status_code == 422
    assert who(tablet) != physiotherapist.pk


# What ends it ---------------------------------------------------------------------


def change_password(user):
    user.set_password("another-secret-4711")
    user.save()


def give_role(user):
    user.groups.add(Group.objects.get(name=ADMIN))


def give_right(user):
    user.user_permissions.add(Permission.objects.get(codename="identify_outcome"))


def change_pin(user):
    set_pin(user, by=user, pin="918273", proof="password")


ENDINGS = {
    "password": change_password,
    "pin": change_pin,
    "no pin": lambda user: remove_pin(user, by=user),
    "role": give_role,
    "right": give_right,
    "second factor": give_app,
    "account": lambda user: disable_account(user, by=None),
    "signed out everywhere": lambda user: end_sessions(user, by=None),
}


@pytest.mark.parametrize("ended_by", ENDINGS)
def test_a_change_of_the_account_ends_it(tablet, physiotherapist, ended_by):
    address = page_of(physiotherapist)
    assert names(tablet) == [physiotherapist.username]

    ENDINGS[ended_by](physiotherapist)

    assert names(tablet) == []
    for pin in (PIN, "918273"):
        assert tablet.post(address, {"pin": pin}).url == "/login/change/"
    assert who(tablet) != physiotherapist.pk


def test_an_account_that_was_disabled_and_enabled_needs_a_new_sign_in(tablet, physiotherapist):
    disable_account(physiotherapist, by=None)
    physiotherapist.is_active = True
    physiotherapist.save()

    assert names(tablet) == []


@pytest.mark.parametrize(("hours", "is_offered"), [(3.9, True), (4.1, False)])
def test_it_ends_when_the_person_does_not_use_the_tablet(tablet, physiotherapist, hours, is_offered):
    with time_machine.travel(timezone.now() + timedelta(hours=hours)):
        tablet.get("/login/")
        assert (names(tablet) == []) is not is_offered


def test_it_ends_after_twelve_hours_however_often_the_pin_was_used(tablet, physiotherapist):
    began = timezone.now()
    for hours in (3, 6, 9, 11.9):
        with time_machine.travel(began + timedelta(hours=hours)):
            tablet.get("/login/")
            assert change(tablet, physiotherapist).status_code == 302
            tablet.post("/logout/")
    with time_machine.travel(began + timedelta(hours=12, minutes=1)):
        assert names(tablet) == []


def test_a_session_that_ended_long_ago_is_no_use_of_the_tablet(tablet, other_physiotherapist):
    used_at = TabletSignIn.objects.get(user=other_physiotherapist).used_at
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        tablet.get("/today/")  # ends the session

    assert not is_signed_in(tablet)
    assert TabletSignIn.objects.get(user=other_physiotherapist).used_at == used_at


def test_the_clinic_can_switch_it_off(tablet, physiotherapist, settings):
    settings.SHARED_TABLET_SECONDS = 0

    assert tablet.get("/login/change/").status_code == 302
    assert b"This is a shared tablet" not in tablet.get("/account/").content
    assert tablet.post("/account/shared-tablet/", {"password": people.PASSWORD}).url == "/account/"
    assert change(tablet, physiotherapist).status_code == 302
    assert who(tablet) != physiotherapist.pk


def test_signing_out_everywhere_ends_the_session_of_a_pin_too(tablet, physiotherapist):
    change(tablet, physiotherapist)

    end_sessions(physiotherapist, by=None)

    assert not is_signed_in(tablet)


def test_signing_oneself_out_everywhere_else_forgets_the_pin_on_tablets(tablet, physiotherapist):
    elsewhere = Client()
    sign_in(elsewhere, physiotherapist)

    elsewhere.post("/account/sessions/")

    assert names(tablet) == []


def test_a_user_can_be_forgotten_on_all_tablets(tablet, physiotherapist, other_physiotherapist):
    tablet.post("/account/shared-tablet/forget/")
    tablet.post("/logout/")

    assert names(tablet) == [physiotherapist.username]
    entry = TrailEntry.objects.get(changes={"shared_tablets": [1, 0]})
    assert entry.by == other_physiotherapist


def test_a_tablet_that_is_shared_no_longer_forgets_everybody(tablet, physiotherapist):
    tablet.post("/account/shared-tablet/end/")

    assert not TabletSignIn.objects.exists()
    assert tablet.get("/login/change/").status_code == 302


def test_ones_own_device_is_no_shared_tablet(tablet):
    tablet.post("/account/own-device/", {"pin": OTHER_PIN})

    assert tablet.cookies[COOKIE].value == ""
    assert not TabletSignIn.objects.exists()


# Who is remembered ----------------------------------------------------------------


def test_without_a_pin_nobody_is_offered(client, physiotherapist, front_desk):
    sign_in(client, physiotherapist)
    declare(client)
    client.post("/logout/")

    assert names(client) == []


def test_a_tablet_is_declared_with_another_proof_than_the_pin(client, physiotherapist):
    set_pin(physiotherapist, by=physiotherapist, pin=PIN, proof="password")
    sign_in(client, physiotherapist)

    for typed in ({}, {"pin": PIN}, {"password": "wrong"}):
        answer = client.post("/account/shared-tablet/", typed)
        assert answer.status_code == 422
        assert COOKIE not in answer.cookies


def test_whoever_needs_a_second_factor_is_remembered_after_it_only(client, admin, settings):
    settings.TWO_FACTOR_ROLES = [ADMIN]
    set_pin(admin, by=admin, pin=PIN, proof="password")
    give_app(admin)
    sign_in(client, admin)
    assert not is_signed_in(client)
    client.post("/account/second-factor/authenticate/", {"code": code_now()})
    declare(client)
    client.post("/logout/")
    assert names(client) == [admin.username]

    TabletSignIn.objects.all().delete()
    sign_in(client, admin)  # the password alone

    assert not TabletSignIn.objects.exists()


def test_a_second_factor_that_was_lost_ends_it(client, admin, settings):
    test_whoever_needs_a_second_factor_is_remembered_after_it_only(client, admin, settings)
    client.post("/account/second-factor/authenticate/", {"code": code_now(1)})
    client.post("/logout/")
    assert names(client) == [admin.username]

    Authenticator.objects.all().delete()

    assert names(client) == []


def test_a_change_by_pin_does_not_prolong_what_the_sign_in_allowed(tablet, physiotherapist):
    signed_in_at = TabletSignIn.objects.get(user=physiotherapist).signed_in_at

    change(tablet, physiotherapist)

    assert TabletSignIn.objects.get(user=physiotherapist).signed_in_at == signed_in_at


# Admins ---------------------------------------------------------------------------


@pytest.fixture
def admin_by_pin(tablet, admin):
    set_pin(admin, by=admin, pin=PIN, proof="password")
    tablet.post("/logout/")
    sign_in(tablet, admin)
    assert tablet.get("/admin/").status_code == 200
    tablet.post("/logout/")
    assert change(tablet, admin).status_code == 302
    return tablet


@pytest.mark.parametrize("place", ["admin:index", "admin:auth_user_changelist", "setup_people", "import_list"])
def test_a_pin_alone_opens_no_page_for_admins(admin_by_pin, place):
    answer = admin_by_pin.get(reverse(place))

    assert (answer.status_code, unquote(answer.url)) == (302, f"/account/confirm/?next={reverse(place)}")
    assert admin_by_pin.post(reverse(place)).url == "/account/confirm/?next=%2F"


def test_after_another_proof_the_admin_goes_on(admin_by_pin):
    answer = admin_by_pin.post("/account/confirm/?next=/admin/", {"password": people.PASSWORD})

    assert answer.url == "/admin/"
    assert admin_by_pin.get("/admin/").status_code == 200
    with time_machine.travel(timezone.now() + timedelta(minutes=10)):
        assert admin_by_pin.get("/admin/").status_code == 200


def test_a_wrong_proof_opens_nothing(admin_by_pin):
    admin_by_pin.post("/account/confirm/?next=/admin/", {"password": "wrong"})

    assert admin_by_pin.get("/admin/").status_code == 302


def test_other_pages_need_no_other_proof(admin_by_pin):
    assert admin_by_pin.get("/patients/").status_code == 200
