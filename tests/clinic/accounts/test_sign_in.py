"""Signing in and out: names, passwords, redirects, closed sign-up and new sessions."""

import pytest
from django.contrib.auth import user_logged_in, user_logged_out, user_login_failed
from django.contrib.auth.models import User

from clinic.roles import FRONT_DESK
from tests import people

from .sign_in import is_signed_in, sign_in

pytestmark = pytest.mark.both_engines

WRONG = "The user name or the password is wrong."


@pytest.fixture
def signals():
    """The signals of signing in and out that were sent, in order."""
    found = []
    listeners = [
        (signal, lambda name=name, **_: found.append(name))
        for name, signal in (("in", user_logged_in), ("out", user_logged_out), ("failed", user_login_failed))
    ]
    for signal, listener in listeners:
        signal.connect(listener)
    yield found
    for signal, listener in listeners:
        signal.disconnect(listener)


@pytest.mark.parametrize("typed", ["m.solberg", "M.Solberg", "marit@example.org", "Marit@Example.org"])
def test_a_user_name_or_an_e_mail_address_signs_in(client, physiotherapist, typed):
    User.objects.filter(pk=physiotherapist.pk).update(email="marit@example.org")

    assert sign_in(client, typed).headers["Location"] == "/"
    assert is_signed_in(client)


def test_an_e_mail_address_of_two_users_does_not_sign_in(client, physiotherapist, front_desk):
    User.objects.update(email="desk@example.org")

    sign_in(client, "desk@example.org")

    assert not is_signed_in(client)


def test_an_e_mail_address_that_is_another_persons_user_name_means_the_user_name(client, physiotherapist, front_desk):
    User.objects.filter(pk=physiotherapist.pk).update(email=front_desk.username)

    sign_in(client, front_desk.username)

    assert client.get("/session/").json()["user"] == front_desk.pk


@pytest.mark.parametrize("password", ["", "wrong", "x" * 5000, "with \0 nul"])
@pytest.mark.parametrize("who", ["m.solberg", "nobody.here", "gone.away"])
def test_the_error_is_the_same_whatever_was_wrong(client, physiotherapist, password, who):
    people.make_user("gone.away", role=FRONT_DESK, is_active=False)

    page = sign_in(client, who, password).content.decode()
    of_stranger = sign_in(client, "nobody.at.all", password).content.decode()

    assert _error_text(page) == _error_text(of_stranger)
    assert not is_signed_in(client)


def test_a_disabled_account_with_the_right_password_gets_the_same_error(client, db):
    people.make_user("gone.away", role=FRONT_DESK, is_active=False)

    assert WRONG in sign_in(client, "gone.away").content.decode()


def _error_text(page):
    return [line for line in page.splitlines() if "alert" in line or "invalid-feedback" in line]


def test_the_session_has_a_new_key_after_signing_in(client, physiotherapist):
    client.get("/account/password/choose/1-no-such-key/")
    session = client.session
    session["planted"] = True
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before

    sign_in(client, physiotherapist)

    assert client.cookies["sessionid"].value != before
    assert not client.session.exists(before)


def test_signing_out_ends_the_session_on_the_server(client, physiotherapist):
    sign_in(client, physiotherapist)
    stolen = client.cookies["sessionid"].value

    client.post("/logout/")
    client.cookies["sessionid"] = stolen

    assert not is_signed_in(client)
    assert client.get("/today/").status_code == 302


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "\t//evil.example",
    ],
)
def test_a_link_to_another_site_is_not_followed(client, physiotherapist, elsewhere):
    answer = client.post(
        "/login/", {"username": physiotherapist.username, "password": people.PASSWORD, "next": elsewhere}
    )
    again = client.get("/login/", {"next": elsewhere})
    out = client.post("/logout/", {"next": elsewhere})

    assert [a.headers["Location"] for a in (answer, again, out)] == ["/", "/", "/login/"]


def test_sign_in_leads_to_the_requested_page(client, physiotherapist):
    asked = client.get("/today/?day=2026-03-02").headers["Location"]

    answer = client.post(asked, {"username": physiotherapist.username, "password": people.PASSWORD, "next": "/today/"})

    assert answer.headers["Location"] == "/today/"


@pytest.mark.parametrize("path", ["/signup/", "/account/signup/", "/accounts/signup/", "/account/email/"])
def test_there_is_no_sign_up(client, db, path):
    new = {"username": "mallory", "password1": "long-enough-4711", "password2": "long-enough-4711"}

    assert client.post(path, new).status_code in (302, 404)
    assert not User.objects.filter(username="mallory").exists()


def test_signing_in_and_out_sends_signals(client, physiotherapist, signals):
    sign_in(client, physiotherapist, "wrong")
    sign_in(client, physiotherapist)
    client.post("/logout/")

    assert signals == ["failed", "in", "out"]


def test_a_changed_password_ends_the_other_sessions_and_keeps_this_one(client, physiotherapist, django_user_model):
    other = client.__class__()
    sign_in(other, physiotherapist)
    sign_in(client, physiotherapist)
    new = {"oldpassword": people.PASSWORD, "password1": "a-longer-one-4712", "password2": "a-longer-one-4712"}

    assert client.post("/account/password/", new).status_code == 302

    assert is_signed_in(client)
    assert not is_signed_in(other)


@pytest.mark.parametrize("password", ["short1", "password1234", "84719284719", "m.solberg-1"])
def test_a_weak_password_is_refused_with_the_reason_beside_the_field(client, physiotherapist, password):
    sign_in(client, physiotherapist)
    new = {"oldpassword": people.PASSWORD, "password1": password, "password2": password}

    page = client.post("/account/password/", new)

    assert b"error_1_id_password1" in page.content
    physiotherapist.refresh_from_db()
    assert physiotherapist.check_password(people.PASSWORD)


def test_users_can_end_their_other_sessions(client, physiotherapist):
    other = client.__class__()
    sign_in(other, physiotherapist)
    sign_in(client, physiotherapist)

    client.post("/account/sessions/")

    assert is_signed_in(client)
    assert not is_signed_in(other)


def test_the_account_page_shows_only_the_users_own_sign_ins(client, physiotherapist, front_desk):
    sign_in(client.__class__(), front_desk, HTTP_USER_AGENT="Desk browser")
    sign_in(client, physiotherapist, HTTP_USER_AGENT="Couch browser")

    page = client.get("/account/").content.decode()

    assert "Couch browser" in page
    assert "Desk browser" not in page
