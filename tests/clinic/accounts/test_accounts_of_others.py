"""Changing accounts and roles of others asks the admin for another proof of identity."""

from datetime import timedelta

import pytest
import time_machine
from allauth.account import app_settings
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.utils import timezone

from patients.models import TrailEntry
from tests import people
from tests.admin_pages import typed_page, url_of

from .sign_in import give_app, second_factors


def action(name, rows):
    return {"action": name, "_selected_action": [row.pk for row in rows]}


def a_link_to_choose_one(client, user):
    return url_of(User), action("invite", [user])


def a_lost_second_factor(client, user):
    give_app(user)
    return url_of(User), action("take_second_factor_away", [user])


def a_role_or_an_address(client, user):
    page = url_of(User, "change", user.pk)
    return page, typed_page(client.get(page)) | {"email": "mine@example.org", "groups": Group.objects.first().pk}


def a_new_user(client, user):
    return url_of(User, "add"), {"username": "new", "groups": [Group.objects.first().pk]}


CHANGES = [a_link_to_choose_one, a_lost_second_factor, a_role_or_an_address, a_new_user]


def accounts():
    """Everything that these changes can change."""
    users = list(User.objects.order_by("pk").values("username", "password", "email", "groups"))
    trail = TrailEntry.objects.filter(action="permission_change").count()
    return users, [second_factors(user) for user in User.objects.order_by("pk")], trail


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_it_is_refused_without_a_proof_and_done_after_one(as_admin, physiotherapist, change):
    url, typed = change(as_admin, physiotherapist)
    before = accounts()

    asked = as_admin.post(url, typed)

    assert asked.status_code == 302
    assert asked.headers["Location"].startswith("/account/confirm/?next=")
    assert accounts() == before
    as_admin.post(asked.headers["Location"], {"password": people.PASSWORD})
    assert accounts() != before


def test_nobody_changes_the_permissions_of_a_role(client, superuser):
    client.force_login(superuser)
    people.prove_again(client)
    group = Group.objects.first()

    answer = client.post(url_of(Group, "change", group.pk), {"name": "Anything", "permissions": []})

    group.refresh_from_db()
    assert (answer.status_code, group.name == "Anything") == (403, False)


def test_the_filters_of_a_list_do_not_lose_what_was_sent(as_admin, physiotherapist):
    asked = as_admin.post(f"{url_of(User)}?is_active__exact=1", action("invite", [physiotherapist]))

    done = as_admin.post(asked.headers["Location"], {"password": people.PASSWORD})

    assert [found["user"] for found in done.context["invited"]] == [physiotherapist]


def test_a_proof_ends_after_some_minutes(proved_admin, physiotherapist):
    later = timezone.now() + timedelta(seconds=app_settings.REAUTHENTICATION_TIMEOUT + 1)

    with time_machine.travel(later):
        answer = proved_admin.post(url_of(User), action("invite", [physiotherapist]))

    assert answer.headers["Location"].startswith("/account/confirm/")


def test_a_wrong_proof_is_counted_recorded_and_limited(as_admin, physiotherapist):
    asked = as_admin.post(url_of(User), action("invite", [physiotherapist])).headers["Location"]

    answers = [as_admin.post(asked, {"password": "wrong"}).status_code for _ in range(settings.AXES_FAILURE_LIMIT)]

    assert 429 in answers
    assert as_admin.post(asked, {"password": people.PASSWORD}).status_code == 429
    assert TrailEntry.objects.filter(action="failed_login").count() >= len(answers) - 1
    assert not TrailEntry.objects.filter(action="permission_change").exists()


def test_the_audit_trail_has_how_it_was_proved(proved_admin, physiotherapist):
    proved_admin.post(url_of(User), action("invite", [physiotherapist]))

    assert TrailEntry.objects.get(action="permission_change").note == "Proved by password"
