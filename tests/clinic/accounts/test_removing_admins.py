"""An admin cannot first remove the other one and then decide alone: that needs another admin, or time, too."""

import io

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from clinic import services
from clinic.accounts.change_words import changes_in_words
from clinic.accounts.second_admin import rights_to_decide
from clinic.models import AccountChange
from clinic.roles import ADMIN, FRONT_DESK
from patients.models import TrailEntry
from tests import people
from tests.admin_pages import typed_page, url_of

from .sign_in import is_signed_in, sign_in
from .test_second_admin import LATER, accept, ask, roles

pytestmark = pytest.mark.usefixtures("running_clinic")
DISABLED = {"is_active": [True, False]}


def save_user(client, user, **typed):
    page = url_of(User, "change", user.pk)
    return client.post(page, {k: v for k, v in (typed_page(client.get(page)) | typed).items() if v is not None})


@pytest.mark.parametrize(
    ("name", "before", "after", "kept"),
    [
        ("is_active", True, False, True),
        ("is_superuser", True, False, True),
        ("groups", [ADMIN, FRONT_DESK], [], [ADMIN]),
        ("groups", [ADMIN], [FRONT_DESK], [ADMIN]),
        ("groups", [ADMIN, FRONT_DESK], [ADMIN], None),
        ("user_permissions", ["auth.change_user"], [], ["auth.change_user"]),
    ],
)
def test_what_makes_somebody_an_admin_is_not_taken_away_at_once(name, before, after, kept):
    expected = {name: [kept, after]} if kept else {}

    assert rights_to_decide({name: before}, {name: after}, is_admin=True) == expected


@pytest.mark.parametrize("typed", [{"is_active": None}, {"groups": []}], ids=["disabled", "without the role"])
def test_the_other_admin_stays_one_until_the_delay_is_over_and_can_refuse(
    proved_admin,
    admin,
    second,
    front_desk,
    typed,
):
    other = Client()
    sign_in(other, second)
    save_user(proved_admin, second, **typed)

    change = AccountChange.objects.get()
    second.refresh_from_db()
    assert (second.is_active, roles(second), change.is_waiting, is_signed_in(other)) == (True, [ADMIN], True, True)
    assert "An admin has asked for a change to your account" in other.get("/admin/").content.decode()
    assert ask(front_desk, admin).alone_from is None  # they still decide about the changes of the other
    with pytest.raises(ValidationError, match="You can do so from"):
        accept(change, admin)

    services.refuse_account_change(change, by=second)
    with time_machine.travel(timezone.now() + LATER), pytest.raises(ValidationError, match="already been decided"):
        accept(change, admin)


def test_an_admin_who_left_is_disabled_after_the_delay(proved_admin, admin, second):
    other = Client()
    sign_in(other, second)
    save_user(proved_admin, second, is_active=None)
    change = AccountChange.objects.get()
    assert changes_in_words(change.changes) == ["account disabled"]

    with time_machine.travel(timezone.now() + LATER):
        accept(change, admin)

    second.refresh_from_db()
    assert not second.is_active
    assert not is_signed_in(other)


def test_a_third_admin_agrees_at_once_and_the_role_is_taken_away(admin, second):
    third = people.make_user("t.third", role=ADMIN, is_staff=True, last_login=timezone.now())
    change = ask(second, admin, groups=[[ADMIN], [FRONT_DESK]])
    assert changes_in_words(change.changes) == ["role Front desk, role Admin removed"]

    accept(change, third)

    second.refresh_from_db()
    assert (roles(second), second.is_staff) == ([FRONT_DESK], False)


def test_everybody_hears_of_it(
    admin,
    second,
    physiotherapist,
    with_email,
    django_capture_on_commit_callbacks,
    mailoutbox,
):
    User.objects.filter(pk=physiotherapist.pk).update(email="marit@example.org")

    with django_capture_on_commit_callbacks(execute=True):
        ask(second, admin, **DISABLED)

    assert sorted(message.to[0] for message in mailoutbox) == ["marit@example.org", "o@example.org"]
    assert "account disabled" in mailoutbox[0].body


@pytest.mark.parametrize("who", ["somebody else", "an admin who never signed in"])
def test_others_are_disabled_at_once(proved_admin, second, front_desk, who):
    user = front_desk if who == "somebody else" else second
    User.objects.filter(pk=user.pk).update(last_login=None)

    save_user(proved_admin, user, is_active=None)

    user.refresh_from_db()
    assert not user.is_active
    assert not AccountChange.objects.exists()


def test_a_role_is_taken_away_in_the_same_form_that_gives_another(proved_admin, second, front_desk):
    User.objects.filter(pk=front_desk.pk).update(last_login=timezone.now())
    front_desk.groups.add(Group.objects.get(name=ADMIN))

    save_user(proved_admin, front_desk, groups=[])

    assert roles(front_desk) == [ADMIN]
    accept(AccountChange.objects.get(), second)
    assert roles(front_desk) == []


def test_the_server_disables_an_admin_at_once(second):
    client, out = Client(), io.StringIO()
    sign_in(client, second)

    call_command("disable_account", second.username, stdout=out)

    second.refresh_from_db()
    assert (second.is_active, is_signed_in(client)) == (False, False)
    assert "o.second is disabled. Sessions that ended: 1." in out.getvalue()
    entry = TrailEntry.objects.get(action="permission_change", record_id=str(second.pk))
    assert (entry.by, entry.changes) == (None, DISABLED)
    with pytest.raises(CommandError):
        call_command("disable_account", "nobody")


def test_no_service_disables_the_other_admin_at_once(admin, second, front_desk):
    for user in (second, admin):
        with pytest.raises(ValidationError):
            services.disable_account(user, by=admin)

    services.disable_account(front_desk, by=admin)
    front_desk.refresh_from_db()
    assert not front_desk.is_active
