"""Every field that takes a password of somebody who is signed in: counted, recorded and paused like a sign-in."""

import uuid

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.test import Client

from patients.models import TrailEntry
from tests import people
from tests.treatments.builders import make_signed
from treatments.models import Amendment

from .sign_in import code_now, give_app, is_signed_in, sign_in, wrong_code

pytestmark = pytest.mark.both_engines
TEXT = "Left, not right."


@pytest.fixture
def signed(client, patient, physiotherapist):
    sign_in(client, physiotherapist)
    return make_signed(patient, by=physiotherapist)


def amend(client, session, **changes):
    sent = {"id": uuid.uuid4(), "text": TEXT, "reason": "Wrong side", "password": people.PASSWORD} | changes
    return client.post(f"/patients/{session.patient_id}/sessions/{session.pk}/amend/", sent)


def change_password(client, oldpassword=people.PASSWORD, new="a-longer-one-4712"):
    return client.post("/account/password/", {"oldpassword": oldpassword, "password1": new, "password2": new})


def told(*actions):
    return list(TrailEntry.objects.filter(action__in=actions).order_by("pk").values_list("action", "by_name"))


def failures():
    return sum(AccessAttempt.objects.values_list("failures_since_start", flat=True))


def test_guessing_the_password_of_an_amendment_is_paused_and_told(client, signed):
    answers = [amend(client, signed, password=f"guess {number}") for number in range(4)]
    assert {answer.status_code for answer in answers} == {422}
    assert "This password is not correct. Type it again." in answers[-1].content.decode()
    assert failures() == 4

    paused = amend(client, signed, password="guess 5")
    right = amend(client, signed)

    for answer in (paused, right):
        html = answer.content.decode()
        assert answer.status_code == 422
        assert "Too many wrong passwords. Wait 15 minutes, then try again." in html
        assert TEXT in html
        assert people.PASSWORD not in html
    assert not Amendment.objects.exists()
    assert told("failed_login", "lock_out").count(("failed_login", "m.solberg")) >= 5
    assert ("lock_out", "m.solberg") in told("lock_out")


def test_a_pause_that_began_at_an_amendment_holds_at_the_door(client, signed, physiotherapist):
    for _ in range(5):
        amend(client, signed, password="guess")

    assert sign_in(Client(), physiotherapist).status_code == 429
    assert is_signed_in(client)


def test_nothing_that_was_posted_is_kept_with_a_failed_attempt(client, signed):
    amend(client, signed, password="guess")
    change_password(client, "guess", "the-new-one-4711")

    (attempt,) = AccessAttempt.objects.all()
    kept = (attempt.get_data + attempt.post_data).replace("-", "").split()  # axes separates attempts by a line
    assert kept == []
    assert attempt.failures_since_start == 2


def test_the_right_password_amends_and_counts_nothing(client, signed):
    assert amend(client, signed).status_code == 302
    assert (Amendment.objects.count(), failures()) == (1, 0)


def test_guessing_the_present_password_is_paused_and_told(client, signed, physiotherapist):
    for _ in range(5):
        assert change_password(client, "guess").status_code == 200

    assert failures() == 5
    assert ("lock_out", "m.solberg") in told("lock_out")
    assert change_password(client).status_code == 429
    physiotherapist.refresh_from_db()
    assert physiotherapist.check_password(people.PASSWORD)


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_admin_has_no_password_page_of_its_own(client, admin, method):
    client.force_login(admin)

    answer = getattr(client, method)(
        "/admin/password_change/", {"old_password": "guess", "new_password1": "x", "new_password2": "x"}
    )

    assert (answer.status_code, answer.headers["Location"]) == (302, "/account/password/")


def test_no_other_code_looks_at_a_password():
    """Django's check_password neither counts nor records a wrong one."""
    apps = [settings.BASE_DIR / name for name in ("patients", "clinic", "treatments")]
    modules = [path for app in apps for path in app.rglob("*.py")]

    assert [path.name for path in modules if ".check_password(" in path.read_text()] == []


# Without a password ------------------------------------------------------------------


@pytest.fixture
def without_password(signed, physiotherapist):
    """Somebody who signs in with something else, signed in."""
    physiotherapist.set_unusable_password()
    physiotherapist.save()
    return physiotherapist


@pytest.fixture
def visitor(without_password):
    visitor = Client()
    visitor.force_login(without_password)
    return visitor


def test_who_has_no_password_amends_after_another_proof(visitor, signed, without_password):
    give_app(without_password)
    page = visitor.get(f"/patients/{signed.patient_id}/sessions/{signed.pk}/amend/").content.decode()
    assert "Your password" not in page

    asked = amend(visitor, signed)
    assert asked.headers["Location"].startswith("/account/second-factor/reauthenticate/")
    assert not Amendment.objects.exists()

    visitor.post(asked.headers["Location"], {"code": wrong_code()})
    assert not Amendment.objects.exists()
    assert told("failed_login") == [("failed_login", "m.solberg")]

    done = visitor.post(asked.headers["Location"], {"code": code_now()})

    assert done.headers["Location"] == f"/patients/{signed.patient_id}/sessions/{signed.pk}/"
    assert Amendment.objects.get().text == TEXT


def test_one_proof_holds_for_some_minutes(visitor, signed, without_password):
    give_app(without_password)
    visitor.post(amend(visitor, signed).headers["Location"], {"code": code_now()})

    amend(visitor, signed, text="And deeper.")

    assert Amendment.objects.count() == 2


def test_who_can_prove_nothing_amends_nothing(visitor, signed):
    answer = amend(visitor, signed)

    assert answer.status_code == 422
    assert "You have neither a password nor a passkey" in answer.content.decode()
    assert not Amendment.objects.exists()


def test_what_is_wrong_in_the_form_is_said_before_the_proof(visitor, signed, without_password):
    give_app(without_password)

    assert amend(visitor, signed, text="").status_code == 422
