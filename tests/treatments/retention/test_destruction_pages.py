"""The pages of a destruction in the admin: ask, accept or refuse, and the certificate."""

from uuid import uuid4

import pytest
from django.core.management import call_command
from django.urls import reverse

from patients.models import Destruction, DestructionCertificate, TrailEntry
from tests import people
from tests.admin_pages import url_of
from tests.treatments.retention.test_due import registered
from treatments.models import RetentionCase

pytestmark = pytest.mark.django_db


@pytest.fixture
def old(front_desk):
    return registered(front_desk)


@pytest.fixture
def admins(db):
    return people.make_admin(), people.make_user("b.lind", role=people.ADMIN, is_staff=True)


def sign_in(client, user):
    client.force_login(user)
    people.prove_again(client)


def ask(client, patient, reason="The period is over"):
    typed = {"destroy": "yes", "destruction-id": uuid4(), "destruction-reason": reason}
    return client.post(url_of(RetentionCase, "change", patient.pk), typed)


def test_two_admins_agree_and_the_certificate_is_a_page(client, old, admins, capsys):
    sign_in(client, admins[0])
    assert "Ask for the destruction" in client.get(url_of(RetentionCase, "change", old.pk)).content.decode()
    assert ask(client, old).status_code == 302
    asked = Destruction.objects.get()
    url = reverse("admin:patients_destruction_change", args=[asked.pk])
    own = client.get(url).content.decode()
    sign_in(client, admins[1])
    accepted = client.post(url, {"accept": "yes", "note": ""})
    agreed = client.get(url).content.decode()
    call_command("destroy_record", old.record_number, confirm=old.record_number)
    done = client.get(url).content.decode()
    certificate = DestructionCertificate.objects.get()
    page = client.get(reverse("admin:patients_destructioncertificate_change", args=[certificate.pk])).content.decode()

    assert "Take it back" in own and 'name="accept"' not in own
    assert accepted.status_code == 302
    assert f"manage.py destroy_record {old.record_number}" in agreed
    assert "Certificate 1" in done
    assert all(words in page for words in (old.record_number, "Ada Berg", "Backups made before", certificate.seal))
    assert "was changed after it was made" not in page
    assert [name for name in (old.family_name, old.given_name) if name in own + agreed + done + page] == []


def test_both_admins_prove_who_they_are(client, old, admins):
    client.force_login(admins[0])
    unproved = ask(client, old)
    people.prove_again(client)
    ask(client, old)
    client.force_login(admins[1])
    url = reverse("admin:patients_destruction_change", args=[Destruction.objects.get().pk])
    undecided = client.post(url, {"accept": "yes", "note": ""})

    assert unproved.headers["Location"].startswith("/account/confirm/")
    assert undecided.headers["Location"].startswith("/account/confirm/")
    assert Destruction.objects.get().is_waiting


def test_what_was_typed_is_kept_when_a_destruction_is_refused(client, old, admins):
    sign_in(client, admins[0])
    empty = ask(client, old, reason=" ")
    named = ask(client, old, reason=f"{old.family_name} has died")
    assert [empty.status_code, named.status_code] == [422, 422]
    assert "Do not name the patient" in named.content.decode()
    assert f"{old.family_name} has died" in named.content.decode()
    ask(client, old)
    asked = Destruction.objects.get()
    url = reverse("admin:patients_destruction_change", args=[asked.pk])
    own = client.post(url, {"accept": "yes", "note": "Please"})
    sign_in(client, admins[1])
    without_note = client.post(url, {"refuse": "yes", "note": ""})
    refused = client.post(url, {"refuse": "yes", "note": "A claim is likely"})
    again = client.post(url, {"refuse": "yes", "note": "A claim is likely"})

    assert (own.status_code, "another admin must accept" in own.content.decode()) == (422, True)
    assert "Say why the record is kept." in without_note.content.decode()
    assert [refused.status_code, again.status_code] == [302, 403]
    assert "Refused by Jo Whelan" in client.get(url).content.decode()
    entries = TrailEntry.objects.filter(record_type="destruction", patient=old).order_by("pk")
    assert [entry.action for entry in entries] == ["create", "change"]


def test_a_record_that_must_be_kept_offers_no_destruction(client, front_desk, admins):
    people.make_site()
    new = people.make_patient(by=front_desk)
    sign_in(client, admins[0])

    page = client.get(url_of(RetentionCase, "change", new.pk)).content.decode()

    assert "Ask for the destruction" not in page
    assert ask(client, new).status_code == 403
    assert not Destruction.objects.exists()


def test_the_lists_show_the_state(client, old, admins):
    sign_in(client, admins[0])
    ask(client, old)

    for state, count in (("waiting", 1), ("accepted", 0), ("refused", 0), ("done", 0)):
        page = client.get(url_of(Destruction), {"state": state}).content.decode()
        assert page.count("Waits for a second admin") == count
