"""Failed sign-ins: counted by account and address, until the pause ends or an admin deletes them."""

import threading
from datetime import timedelta

import pytest
import time_machine
from axes.models import AccessAttempt
from django.db import connections
from django.test import Client
from django.utils import timezone

from patients.models import TrailEntry
from tests import people
from tests.admin_pages import url_of

from .sign_in import code_now, give_app, is_signed_in, sign_in, wrong_code

pytestmark = pytest.mark.both_engines

ELSEWHERE = {"REMOTE_ADDR": "192.0.2.7"}


def fail(client, user, times=5, **extra):
    return [sign_in(client, user, "wrong", **extra).status_code for _ in range(times)]


def test_the_fifth_failure_pauses_sign_in_even_with_the_right_password(client, physiotherapist):
    assert fail(client, physiotherapist) == [200, 200, 200, 200, 429]

    answer = sign_in(client, physiotherapist)

    assert answer.status_code == 429
    assert b"Wait 15 minutes" in answer.content
    assert not is_signed_in(client)


def test_an_unknown_name_gets_the_same_message(client, physiotherapist):
    fail(client, physiotherapist, 5)
    fail(client, "nobody.here", 5)

    assert sign_in(client, physiotherapist).content == sign_in(client, "nobody.here").content


@pytest.mark.parametrize("spelling", ["M.SOLBERG", "m.Solberg"])
def test_capitals_do_not_make_another_account(client, physiotherapist, spelling):
    fail(client, physiotherapist, 4)

    assert sign_in(client, spelling, "wrong").status_code == 429


def test_another_address_and_a_colleague_can_still_sign_in(client, physiotherapist, front_desk):
    fail(client, physiotherapist)

    sign_in(client, physiotherapist, **ELSEWHERE)
    colleague = Client()
    sign_in(colleague, front_desk)

    assert is_signed_in(client)
    assert is_signed_in(colleague)


def test_the_pause_ends_and_attempts_during_it_do_not_extend_it(client, physiotherapist):
    fail(client, physiotherapist)
    with time_machine.travel(timezone.now() + timedelta(minutes=10)):
        assert sign_in(client, physiotherapist).status_code == 429

    with time_machine.travel(timezone.now() + timedelta(minutes=15, seconds=1)):
        assert sign_in(client, physiotherapist).status_code == 302


def test_a_successful_sign_in_clears_earlier_failures(client, physiotherapist):
    fail(client, physiotherapist, 4)
    sign_in(client, physiotherapist)
    client.logout()

    assert fail(client, physiotherapist, 4) == [200, 200, 200, 200]


def test_one_address_that_tries_many_names_is_stopped(client, physiotherapist):
    statuses = [sign_in(client, f"name{number}", "wrong").status_code for number in range(25)]

    assert statuses == [200] * 20 + [429] * 5
    assert sign_in(client, physiotherapist).status_code == 429
    assert sign_in(client, physiotherapist, **ELSEWHERE).status_code == 302


def test_one_account_tried_from_many_addresses_is_stopped(client, physiotherapist, settings):
    settings.SIGN_IN_FAILURES_OF_ACCOUNT = 12
    for number in range(12):
        sign_in(client, physiotherapist, "wrong", REMOTE_ADDR=f"192.0.2.{number}")

    assert sign_in(client, physiotherapist, REMOTE_ADDR="198.51.100.1").status_code == 429


def test_behind_a_proxy_only_the_address_it_added_counts(client, physiotherapist, settings):
    settings.BEHIND_PROXY = True
    for number in range(5):
        sign_in(client, physiotherapist, "wrong", HTTP_X_FORWARDED_FOR=f"10.9.8.{number}, 203.0.113.9")

    assert sign_in(client, physiotherapist, HTTP_X_FORWARDED_FOR="1.2.3.4, 203.0.113.9").status_code == 429
    assert sign_in(client, physiotherapist, HTTP_X_FORWARDED_FOR="203.0.113.9, 203.0.113.10").status_code == 302


@pytest.mark.parametrize("header", ["", "nonsense", "1.2.3.4, not-an-address", "::ffff:999"])
def test_an_invalid_address_does_not_break_the_page(client, physiotherapist, settings, header):
    settings.BEHIND_PROXY = True

    assert sign_in(client, physiotherapist, HTTP_X_FORWARDED_FOR=header).status_code == 302


def test_an_admin_unlocks_a_person(client, physiotherapist, admin):
    fail(client, physiotherapist)
    desk = Client()
    desk.force_login(admin)

    answer = desk.post(url_of(type(admin)), {"action": "unlock", "_selected_action": [physiotherapist.pk]}, follow=True)

    assert b"Unlock: delete failed sign-ins (1): m.solberg." in answer.content
    assert sign_in(client, physiotherapist).status_code == 302


def test_an_admin_unlocks_an_address(client, physiotherapist, admin):
    for number in range(20):
        sign_in(client, f"name{number}", "wrong")
    desk = Client()
    desk.force_login(admin)
    attempts = AccessAttempt.objects.values_list("pk", flat=True)

    desk.post(url_of(AccessAttempt), {"action": "forget", "_selected_action": [*attempts]})

    assert sign_in(client, physiotherapist).status_code == 302


def test_an_admin_cannot_go_on_guessing_their_own_password(admin):
    desk = Client()
    desk.force_login(admin)
    for _ in range(5):
        desk.post("/account/confirm/", {"password": "wrong"})
    own = AccessAttempt.objects.get()

    desk.post(url_of(type(admin)), {"action": "unlock", "_selected_action": [admin.pk]})
    desk.post(url_of(AccessAttempt), {"action": "forget", "_selected_action": [own.pk]})

    assert AccessAttempt.objects.get() == own
    assert desk.post("/account/confirm/", {"password": people.PASSWORD}).status_code != 302


def test_a_stored_attempt_contains_no_password(client, physiotherapist):
    sign_in(client, physiotherapist, "my-real-secret")

    assert "my-real-secret" not in str(AccessAttempt.objects.values().get())


def test_wrong_codes_count_together_with_wrong_passwords(client, physiotherapist):
    give_app(physiotherapist)
    sign_in(client, physiotherapist)
    statuses = [_code(client, wrong_code()) for _ in range(5)]

    assert statuses == [200, 200, 200, 200, 429]
    assert _code(client, code_now()) == 200
    assert not is_signed_in(client)


def _code(client, code):
    return client.post("/account/second-factor/authenticate/", {"code": code}).status_code


@pytest.mark.django_db(transaction=True)
def test_a_thousand_wrong_passwords_at_once_are_stopped_early(physiotherapist):
    """In 8 threads. Passwords are checked only until the pause begins, except for requests already in progress."""
    statuses, barrier = [], threading.Barrier(8)

    def hammer():
        barrier.wait(20)
        statuses.extend(fail(Client(), physiotherapist, 125))
        connections.close_all()

    threads = [threading.Thread(target=hammer) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(statuses) == 1000
    assert set(statuses) == {200, 429}
    assert statuses.count(200) <= 5 + 8
    assert sign_in(Client(), physiotherapist, **ELSEWHERE).status_code == 302


def test_a_pause_is_in_the_audit_trail(client, physiotherapist):
    fail(client, physiotherapist)

    entries = TrailEntry.objects.values_list("action", "by_name")
    assert sorted(entries) == [("failed_login", "m.solberg")] * 5 + [("lock_out", "m.solberg")]
