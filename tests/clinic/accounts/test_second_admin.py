"""What gives rights to an account needs a second admin, or time; a new clinic needs neither."""

from datetime import date, timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group, Permission, User
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import NoReverseMatch
from django.utils import timezone

from clinic import services
from clinic.accounts.second_admin import rights_to_decide
from clinic.models import AccountChange, Practitioner
from clinic.roles import ADMIN, FRONT_DESK, PHYSIOTHERAPIST
from patients.models import TrailEntry
from tests import people
from tests.admin_pages import typed_page, url_of

from .sign_in import give_app, is_signed_in, second_factors, sign_in

TO_ADMIN = {"groups": [[FRONT_DESK], [ADMIN, FRONT_DESK]]}
LATER = timedelta(hours=24, minutes=1)


def ask(user, by, **changes):
    return services.ask_for_account_change(user, by=by, changes=changes or TO_ADMIN, proof="password")


def accept(change, by):
    return services.accept_account_change(change, by=by, proof="password")


def roles(user):
    return sorted(user.groups.values_list("name", flat=True))


def choose_roles(client, user, *names):
    page = url_of(User, "change", user.pk)
    keys = list(Group.objects.filter(name__in=names).values_list("pk", flat=True))
    return client.post(page, typed_page(client.get(page)) | {"groups": keys})


def decide(client, action, change):
    typed = {"action": action, "_selected_action": [change.pk]}
    return client.post(url_of(AccountChange), typed, follow=True)


@pytest.mark.parametrize(
    ("name", "before", "after", "given"),
    [
        ("groups", ["A"], ["B"], [[], ["B"]]),
        ("groups", ["A", "B"], ["A"], None),
        ("is_active", False, True, [False, True]),
        ("is_active", True, False, None),
        ("email", "a@example.org", "", ["a@example.org", ""]),
        ("certificate_expires_on", None, "2030-01-01", [None, "2030-01-01"]),
        ("certificate_expires_on", "2030-01-01", "2029-01-01", None),
        ("certificate_expires_on", "2030-01-01", None, None),
        ("cover_expires_on", None, "2030-01-01", None),
        ("cover_expires_on", "2030-01-01", None, ["2030-01-01", None]),
        ("excludes_thorax", True, False, [True, False]),
        ("excluded_regions", ["thorax", "hip"], ["hip", "knee"], [["thorax", "hip", "knee"], ["hip", "knee"]]),
        ("excluded_techniques", [], ["electrical"], None),
    ],
)
def test_what_gives_a_right_is_held_back_and_what_takes_one_away_is_not(name, before, after, given):
    assert rights_to_decide({name: before}, {name: after}) == ({name: given} if given else {})


def test_a_role_takes_effect_when_a_second_admin_accepts_it(client, proved_admin, second, front_desk, running_clinic):
    page = choose_roles(proved_admin, front_desk, FRONT_DESK, ADMIN)
    change = AccountChange.objects.get()
    assert (page.status_code, roles(front_desk), change.is_waiting) == (302, [FRONT_DESK], True)
    assert "another admin must accept it" in decide(proved_admin, "accept", change).content.decode()

    client.force_login(second)
    people.prove_again(client)
    decide(client, "accept", change)

    front_desk.refresh_from_db()
    assert (roles(front_desk), front_desk.is_staff) == ([ADMIN, FRONT_DESK], True)
    entry = TrailEntry.objects.get(action="permission_change", changes__has_key="groups")
    assert (entry.by, entry.record_id) == (second, str(front_desk.pk))


def test_a_role_is_taken_away_at_once_and_both_need_a_new_sign_in(
    proved_admin, admin, second, front_desk, running_clinic
):
    desk = Client()
    sign_in(desk, front_desk)
    accept(ask(front_desk, admin, groups=[[FRONT_DESK], [FRONT_DESK, PHYSIOTHERAPIST]]), second)
    assert not is_signed_in(desk)
    sign_in(desk, front_desk)

    choose_roles(proved_admin, front_desk, FRONT_DESK)

    assert roles(front_desk) == [FRONT_DESK]
    assert not is_signed_in(desk)


def test_the_only_admin_waits_a_day(admin, front_desk, running_clinic):
    change = ask(front_desk, admin)
    with pytest.raises(ValidationError, match="You can do so from"):
        accept(change, admin)

    with time_machine.travel(timezone.now() + LATER):
        accept(change, admin)

    assert roles(front_desk) == [ADMIN, FRONT_DESK]


def test_an_admin_who_never_signed_in_does_not_count(admin, second, front_desk, running_clinic):
    User.objects.filter(pk=second.pk).update(last_login=None)

    assert ask(front_desk, admin).alone_from is not None


def test_a_change_expires(admin, second, front_desk, running_clinic):
    change = ask(front_desk, admin)

    with time_machine.travel(timezone.now() + timedelta(days=7, minutes=1)):
        with pytest.raises(ValidationError, match="expired"):
            accept(change, second)
        assert not AccountChange.objects.waiting().exists()


def test_nobody_decides_about_themselves(admin, second, front_desk, running_clinic):
    change = ask(second, admin, is_active=[True, True])

    with pytest.raises(ValidationError, match="your own account"):
        accept(change, second)
    for changes in (TO_ADMIN, {"second_factor": ["", "removed"]}, {"treats_patients": [False, True]}):
        with pytest.raises(ValidationError):
            ask(admin, admin, **changes)


def test_a_change_is_refused_when_the_account_has_changed_since(admin, second, front_desk, running_clinic):
    change = ask(front_desk, admin)
    front_desk.groups.clear()

    with pytest.raises(ValidationError, match="changed since"):
        accept(change, second)

    change.refresh_from_db()
    assert change.decided_at is None


def test_a_refused_change_has_no_effect_and_cannot_be_accepted(proved_admin, admin, second, front_desk, running_clinic):
    change = ask(front_desk, second)

    decide(proved_admin, "refuse", change)

    change.refresh_from_db()
    assert (change.is_accepted, change.decided_by) == (False, admin)
    with pytest.raises(ValidationError, match="already been decided"):
        accept(change, second)


def test_a_page_sent_twice_asks_once(admin, front_desk, running_clinic):
    assert ask(front_desk, admin) == ask(front_desk, admin)


def test_a_new_clinic_gives_rights_at_once(proved_admin, front_desk):
    choose_roles(proved_admin, front_desk, FRONT_DESK, ADMIN)

    assert roles(front_desk) == [ADMIN, FRONT_DESK]


def test_a_new_person_of_a_running_clinic_waits_for_role_and_clinical_rights(admin, second, running_clinic):
    treats = {"site": people.make_site(), "certificate_expires_on": date(2030, 3, 1)}
    names = {"first_name": "Ivo", "last_name": "Ek", "roles": [PHYSIOTHERAPIST]}
    user = services.add_person(by=admin, practitioner=treats, site=treats["site"], proof="PIN", **names)

    practitioner = Practitioner.objects.get(user=user)
    assert (roles(user), practitioner.is_active, practitioner.certificate_expires_on) == ([], False, None)
    accept(AccountChange.objects.get(), second)
    practitioner.refresh_from_db()
    given = (roles(user), practitioner.is_active, practitioner.certificate_expires_on)
    assert given == ([PHYSIOTHERAPIST], True, date(2030, 3, 1))


def test_a_later_certificate_waits_and_a_phone_call_about_cover_does_not(
    proved_admin, second, physiotherapist, running_clinic
):
    practitioner = physiotherapist.practitioner
    page = url_of(Practitioner, "change", practitioner.pk)
    typed = typed_page(proved_admin.get(page)) | {"certificate_expires_on": "2030-03-01", "insurer": "Mutual"}

    assert proved_admin.post(page, typed).status_code == 302

    practitioner.refresh_from_db()
    assert (practitioner.insurer, practitioner.certificate_expires_on) == ("Mutual", None)
    accept(AccountChange.objects.get(), second)
    practitioner.refresh_from_db()
    assert practitioner.certificate_expires_on == date(2030, 3, 1)


def test_an_admin_cannot_become_a_practitioner_on_the_page_of_practitioners(proved_admin, admin, running_clinic):
    page = proved_admin.post(url_of(Practitioner, "add"), {"user": admin.pk, "site": people.make_site().pk})

    assert page.status_code == 200
    assert not Practitioner.objects.filter(user=admin).exists()


@pytest.mark.parametrize("changes", [{"is_superuser": [False, True]}, {"second_factor": ["", "removed"]}])
def test_an_admin_accepts_what_a_superuser_asked_for(superuser, second, physiotherapist, running_clinic, changes):
    if "second_factor" in changes:
        give_app(physiotherapist)
        User.objects.filter(pk=physiotherapist.pk).update(is_superuser=True)

    change = accept(ask(physiotherapist, superuser, **changes), second)

    physiotherapist.refresh_from_db()
    assert change.is_accepted
    assert second_factors(physiotherapist) == []


def test_a_link_for_a_superuser_is_shown_to_superusers_only(client, superuser, second, physiotherapist, running_clinic):
    User.objects.filter(pk=physiotherapist.pk).update(is_superuser=True)
    change = ask(physiotherapist, superuser, password_link=["", "made"])
    client.force_login(second)
    people.prove_again(client)

    page = decide(client, "accept", change).content.decode()

    change.refresh_from_db()
    assert "Only a superuser can see a link for the account of a superuser." in page
    assert change.decided_at is None


def test_a_lost_second_factor_is_removed_by_two(proved_admin, second, physiotherapist, running_clinic):
    give_app(physiotherapist)
    typed = {"action": "take_second_factor_away", "_selected_action": [physiotherapist.pk]}
    proved_admin.post(url_of(User), typed)
    assert second_factors(physiotherapist)

    accept(AccountChange.objects.get(), second)

    assert second_factors(physiotherapist) == []


# Passwords ------------------------------------------------------------------------------


def test_no_page_sets_the_password_of_another_person(proved_admin, physiotherapist):
    with pytest.raises(NoReverseMatch):
        url_of(User, "password_change", physiotherapist.pk)
    typed = {"password1": "another-one-4711", "password2": "another-one-4711"}
    proved_admin.post(f"/admin/auth/user/{physiotherapist.pk}/password/", typed)
    physiotherapist.refresh_from_db()
    assert physiotherapist.check_password(people.PASSWORD)
    assert b"/password/" not in proved_admin.get(url_of(User, "change", physiotherapist.pk)).content


def test_a_link_for_an_account_in_use_is_shown_after_a_second_admin_agreed(
    client, proved_admin, second, physiotherapist, running_clinic
):
    typed = {"action": "invite", "_selected_action": [physiotherapist.pk]}
    assert b"/account/password/choose/" not in proved_admin.post(url_of(User), typed, follow=True).content
    client.force_login(second)
    people.prove_again(client)

    shown = decide(client, "accept", AccountChange.objects.get())

    assert b"/account/password/choose/" in shown.content


def test_a_link_for_an_account_in_use_is_mailed_and_not_shown(
    proved_admin, physiotherapist, running_clinic, with_email
):
    User.objects.filter(pk=physiotherapist.pk).update(email="marit@example.org")

    typed = {"action": "invite", "_selected_action": [physiotherapist.pk]}
    page = proved_admin.post(url_of(User), typed, follow=True)

    assert b"/account/password/choose/" not in page.content
    assert mail.outbox[0].to == ["marit@example.org"]


def test_another_address_for_an_account_in_use_waits(proved_admin, second, physiotherapist, running_clinic):
    page = url_of(User, "change", physiotherapist.pk)
    proved_admin.post(page, typed_page(proved_admin.get(page)) | {"email": "mine@example.org"})

    physiotherapist.refresh_from_db()
    assert (physiotherapist.email, AccountChange.objects.get().changes["email"]) == ("", ["", "mine@example.org"])


# Notices --------------------------------------------------------------------------------


def test_everybody_concerned_gets_an_e_mail(
    admin, second, front_desk, running_clinic, with_email, django_capture_on_commit_callbacks
):
    User.objects.filter(pk=front_desk.pk).update(email="jo@example.org")

    with django_capture_on_commit_callbacks(execute=True):
        ask(front_desk, admin)

    assert sorted(message.to[0] for message in mail.outbox) == ["jo@example.org", "o@example.org"]
    assert "role Admin" in mail.outbox[0].body


def test_an_admin_who_disabled_the_other_one_is_seen_by_everybody(
    admin, second, physiotherapist, running_clinic, with_email, django_capture_on_commit_callbacks
):
    User.objects.filter(pk=physiotherapist.pk).update(email="marit@example.org")
    User.objects.filter(pk=second.pk).update(is_active=False)
    invented = people.make_user("c.invented", role=FRONT_DESK, email="mine@example.org")

    with django_capture_on_commit_callbacks(execute=True):
        ask(invented, admin)

    assert sorted(message.to[0] for message in mail.outbox) == ["marit@example.org", "mine@example.org"]


def test_the_person_sees_it_on_every_page_and_the_admins_on_their_start_page(
    client, admin, second, front_desk, running_clinic
):
    ask(front_desk, admin)

    client.force_login(front_desk)
    assert "An admin has asked for a change to your account" in client.get("/patients/").content.decode()
    ((_, words, _),) = client.get("/account/").context["account_changes"]
    assert list(words) == ["role Admin"]
    client.force_login(second)
    assert "role Admin" in client.get("/admin/").content.decode()


# The database ---------------------------------------------------------------------------


@pytest.mark.both_engines
def test_the_database_refuses_a_change_accepted_by_one_person_alone(admin, second, front_desk, running_clinic):
    change = ask(front_desk, admin)
    decided = {"is_accepted": True, "decided_at": timezone.now(), "decision_proved_by_means": "password"}
    rows = AccountChange.objects.filter(pk=change.pk)

    for wrong in ({"decided_by": admin}, {"decided_by": front_desk}, {"decided_by": second, "is_accepted": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**decided | wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(changes={"is_superuser": [False, True]})
    rows.update(**decided, decided_by=second)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(is_accepted=False)


def test_a_permission_of_one_person_needs_a_second_admin_too(client, superuser, second, front_desk, running_clinic):
    client.force_login(superuser)
    people.prove_again(client)
    page = url_of(User, "change", front_desk.pk)
    wanted = Permission.objects.get(codename="identify_outcome")

    client.post(page, typed_page(client.get(page)) | {"user_permissions": [wanted.pk]})

    assert not front_desk.user_permissions.exists()
    accept(AccountChange.objects.get(), second)
    assert front_desk.user_permissions.get() == wanted
