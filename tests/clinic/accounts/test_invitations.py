"""Links with which new users, and users who forgot their password, choose a password."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from clinic import services
from clinic.roles import FRONT_DESK
from patients.models import TrailEntry
from tests import people
from tests.admin_pages import url_of
from tests.markup import on_one_line

from .sign_in import is_signed_in, sign_in

NEW = "chosen-by-myself-1"


@pytest.fixture
def with_email(settings):
    settings.EMAIL_URL = "smtp://mail.example.org"
    settings.DEFAULT_FROM_EMAIL = "clinic@example.org"


@pytest.fixture
def newcomer(db):
    user = User.objects.create_user("n.new", first_name="Nia", email="nia@example.org")
    user.groups.add(Group.objects.get(name=FRONT_DESK))
    return user


def choose(path, password=NEW):
    """Open a link, choose a password and return the last page."""
    visitor = Client()
    page = visitor.get(path, follow=True)
    if not page.redirect_chain:
        return page
    return visitor.post(page.redirect_chain[-1][0], {"password1": password, "password2": password}, follow=True)


def links_in(page):
    return re.findall(r"http://testserver(/account/password/choose/[\w-]+/)", page.content.decode())


def test_an_admin_makes_a_user_without_a_password_and_sees_the_link_once(proved_admin):
    person = {"username": "n.new", "first_name": "Nia", "groups": [Group.objects.get(name=FRONT_DESK).pk]}

    page = proved_admin.post(url_of(User, "add"), person)

    user = User.objects.get(username="n.new")
    assert not user.has_usable_password()
    assert len(links_in(page)) == 1
    assert links_in(proved_admin.get(url_of(User, "change", user.pk))) == []


def test_the_invited_person_chooses_a_password_and_signs_in(client, newcomer, admin):
    page = choose(services.create_invitation(newcomer, by=admin))

    assert b"Your password has been saved" in page.content
    sign_in(client, newcomer, NEW)
    assert is_signed_in(client)


def test_a_link_works_once(newcomer, admin):
    path = services.create_invitation(newcomer, by=admin)
    choose(path)

    page = choose(path, "chosen-by-a-thief-1")

    assert b"This link no longer works" in page.content
    newcomer.refresh_from_db()
    assert newcomer.check_password(NEW)


def test_an_unused_link_expires_with_the_next_sign_in(client, physiotherapist, admin):
    path = services.create_invitation(physiotherapist, by=admin, proof="password")

    sign_in(client, physiotherapist)

    assert b"This link no longer works" in choose(path).content


# Django counts hours of local time, so a clock change adds or removes one.
@pytest.mark.parametrize(("hours", "opens"), [(70, True), (74, False)])
def test_a_link_works_for_three_days(newcomer, admin, hours, opens):
    path = services.create_invitation(newcomer, by=admin)

    with time_machine.travel(timezone.now() + timedelta(hours=hours)):
        page = choose(path)

    assert (b"Your password has been saved" in page.content) is opens


def test_a_link_does_not_work_for_another_user(newcomer, physiotherapist, admin):
    path = services.create_invitation(newcomer, by=admin)
    of_another = services.create_invitation(physiotherapist, by=admin, proof="password")
    forged = of_another.split("-")[0] + "-" + path.split("-", 1)[1]

    assert b"This link no longer works" in choose(forged).content


def test_an_invitation_is_sent_by_e_mail_if_e_mail_is_set_up(proved_admin, newcomer, with_email):
    page = proved_admin.post(url_of(User), {"action": "invite", "_selected_action": [newcomer.pk]})

    assert "also sent to nia@example.org" in on_one_line(page)
    assert [message.to for message in mail.outbox] == [["nia@example.org"]]
    assert links_in(page)[0] in mail.outbox[0].body


def test_without_e_mail_the_page_does_not_claim_that_it_was_sent(proved_admin, newcomer):
    page = proved_admin.post(url_of(User), {"action": "invite", "_selected_action": [newcomer.pk]})

    assert b"also sent" not in page.content
    assert len(links_in(page)) == 1
    assert mail.outbox == []


def test_an_unreachable_mail_server_does_not_break_the_page(proved_admin, newcomer, with_email, settings):
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = (
        "django.core.mail.backends.smtp.EmailBackend",
        "127.0.0.1",
        9,
    )

    page = proved_admin.post(url_of(User), {"action": "invite", "_selected_action": [newcomer.pk]})

    assert page.status_code == 200
    assert b"also sent" not in page.content


def test_disabled_users_and_superusers_are_not_invited_by_an_admin(newcomer, superuser, admin):
    newcomer.is_active = False

    for user in (newcomer, superuser):
        with pytest.raises(ValidationError):
            services.create_invitation(user, by=admin)


def test_the_admin_page_refuses_to_invite_a_superuser(proved_admin, superuser):
    page = proved_admin.post(url_of(User), {"action": "invite", "_selected_action": [superuser.pk]}, follow=True)

    assert b"Only a superuser" in page.content
    assert links_in(page) == []


def test_creating_and_sending_a_link_is_in_the_audit_trail(newcomer, admin, with_email):
    path = services.create_invitation(newcomer, by=admin)
    services.send_invitation(newcomer, by=admin, address=f"https://clinic{path}")

    entries = TrailEntry.objects.order_by("pk").values_list("by_name", "record_id", "changes")
    assert list(entries) == [
        (admin.username, str(newcomer.pk), {"password_link": ["", "made"]}),
        (admin.username, str(newcomer.pk), {"password_link": ["made", "sent by e-mail"]}),
    ]


# Forgotten passwords --------------------------------------------------------------------


def test_a_forgotten_password_is_replaced_by_e_mail(client, physiotherapist, with_email):
    User.objects.filter(pk=physiotherapist.pk).update(email="marit@example.org")
    client.post("/account/password/reset/", {"email": "marit@example.org"})

    choose(re.search(r"http://testserver(\S+)", mail.outbox[0].body)[1])

    assert sign_in(client, physiotherapist).status_code == 200
    sign_in(client, physiotherapist, NEW)
    assert is_signed_in(client)


def test_an_unknown_address_is_answered_like_a_known_one(client, physiotherapist, with_email):
    User.objects.filter(pk=physiotherapist.pk).update(email="marit@example.org")

    known = client.post("/account/password/reset/", {"email": "marit@example.org"})
    unknown = client.post("/account/password/reset/", {"email": "nobody@example.org"})

    assert (known.status_code, known.headers["Location"]) == (unknown.status_code, unknown.headers["Location"])
    assert len(mail.outbox) == 1


def test_a_new_password_ends_earlier_sessions(client, physiotherapist, admin):
    sign_in(client, physiotherapist)
    physiotherapist.refresh_from_db()

    choose(services.create_invitation(physiotherapist, by=admin, proof="password"))

    assert not is_signed_in(client)
    sign_in(client, physiotherapist, people.PASSWORD)
    assert not is_signed_in(client)
