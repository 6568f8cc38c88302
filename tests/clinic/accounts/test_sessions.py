"""Sessions end on the server: when idle, after their maximum length, or after a change of the account."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.signals import user_logged_out
from django.utils import timezone

from clinic import services
from tests import people
from tests.admin_pages import typed_page, url_of

from .sign_in import is_signed_in, sign_in

PASSIVE = {"HTTP_X_PASSIVE": "1"}
HTMX = {"HTTP_HX_REQUEST": "true"}
START = timezone.now()


def after(**time):
    return time_machine.travel(START + timedelta(**time), tick=False)


@pytest.fixture
def signed_in(client, physiotherapist):
    with after(seconds=0):
        sign_in(client, physiotherapist)
    return client


def test_a_page_just_before_the_end_extends_the_session(signed_in):
    with after(minutes=14, seconds=59):
        assert signed_in.get("/today/").status_code == 200
    with after(minutes=29, seconds=58):
        assert signed_in.get("/today/").status_code == 200


def test_after_fifteen_minutes_without_a_request_the_user_must_sign_in_again(signed_in):
    with after(minutes=15, seconds=1):
        answer = signed_in.get("/today/", follow=True)

    assert answer.redirect_chain == [("/login/?next=/today/", 302)]
    assert b"You were signed out after 15 minutes" in answer.content


def test_the_session_is_gone_from_the_server_too(signed_in):
    stolen = signed_in.cookies["sessionid"].value
    with after(minutes=15, seconds=1):
        signed_in.get("/today/")
    signed_in.cookies["sessionid"] = stolen

    assert not signed_in.session.exists(stolen)
    assert not is_signed_in(signed_in)


@pytest.mark.parametrize("mode, is_taken_away", [("navigate", True), ("cors", False)])
def test_only_a_page_deletes_the_cookie_of_an_ended_session(signed_in, mode, is_taken_away):
    with after(minutes=15, seconds=1):
        answer = signed_in.get("/session/", headers={"Sec-Fetch-Mode": mode})

    assert answer.json()["user"] is None
    assert ("sessionid" in answer.cookies) == is_taken_away


def test_a_session_ends_after_twelve_hours_even_if_it_is_used(signed_in):
    for minutes in range(14, 12 * 60, 14):
        with after(minutes=minutes):
            assert signed_in.get("/today/").status_code == 200

    with after(hours=12, seconds=1):
        assert signed_in.get("/today/").status_code == 302


def test_polls_do_not_extend_the_session(signed_in):
    for minutes in range(1, 15):
        with after(minutes=minutes):
            assert signed_in.get("/today/", **PASSIVE, **HTMX).status_code == 200

    with after(minutes=15, seconds=1):
        assert signed_in.get("/today/", **PASSIVE, **HTMX).status_code == 401


def test_asking_for_the_time_left_does_not_extend_the_session(signed_in):
    with after(minutes=13):
        asked = signed_in.get("/session/", **PASSIVE).json()
        again = signed_in.get("/session/", **PASSIVE).json()
        stayed = signed_in.post("/session/").json()

    assert [asked["seconds_left"], again["seconds_left"], stayed["seconds_left"]] == [120, 120, 900]


def test_without_a_session_the_state_says_only_that_nobody_is_signed_in(client, db):
    assert client.get("/session/").json() == {"user": None, "seconds_left": 0}


def test_a_fragment_is_refused_and_not_replaced_by_the_sign_in_page(signed_in):
    with after(minutes=16):
        answer = signed_in.get("/today/", **HTMX)

    assert (answer.status_code, answer.content) == (401, b"Signed out.")


def test_the_end_of_a_session_sends_the_sign_out_signal(signed_in, physiotherapist):
    signed_out = []
    listener = lambda user, **_: signed_out.append(user)  # noqa: E731
    user_logged_out.connect(listener)
    try:
        with after(minutes=16):
            signed_in.get("/today/")
    finally:
        user_logged_out.disconnect(listener)

    assert signed_out == [physiotherapist]


def test_a_session_is_not_written_at_every_request(signed_in, django_assert_max_num_queries):
    with after(seconds=20), django_assert_max_num_queries(2):
        signed_in.get("/session/")


def test_disabling_an_account_in_the_admin_ends_its_sessions(client, signed_in, physiotherapist, admin):
    desk = client.__class__()
    desk.force_login(admin)
    people.prove_again(desk)
    url = url_of(type(admin), "change", physiotherapist.pk)
    page = typed_page(desk.get(url))

    desk.post(url, {name: value for name, value in page.items() if name != "is_active"})
    physiotherapist.refresh_from_db()
    was_active = physiotherapist.is_active
    physiotherapist.is_active = True
    physiotherapist.save()

    assert not was_active
    assert not is_signed_in(signed_in)


def test_an_admin_signs_a_person_out_everywhere(signed_in, physiotherapist, admin):
    assert services.end_sessions(physiotherapist, by=admin) == 1

    assert not is_signed_in(signed_in)
