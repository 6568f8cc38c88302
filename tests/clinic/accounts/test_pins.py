"""The PIN for signing, one's own device, and for how long a proof holds."""

import re
from datetime import timedelta

import pytest
import time_machine
from axes.models import AccessAttempt
from django import forms
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.forms.proof import PinForm, ProvesIdentity
from clinic.models import ClinicSettings, SigningPin
from clinic.models.signing_pin import validate_pin
from clinic.services import create_invitation, set_pin, take_second_factor_away
from patients.models import TrailEntry
from tests import people
from tests.treatments.builders import make_draft
from tests.treatments.pages import as_posted, edit_url, prove
from treatments.models import TreatmentSession

from .sign_in import sign_in

pytestmark = pytest.mark.both_engines
PIN = "482951"


@pytest.fixture
def pin(physiotherapist):
    return set_pin(physiotherapist, by=physiotherapist, pin=PIN, proof="password")


@pytest.fixture
def draft(client, patient, physiotherapist):
    sign_in(client, physiotherapist)
    return make_draft(patient, by=physiotherapist)


def url(session, page):
    return edit_url(session).replace("/edit/", f"/{page}/")


def press_sign(client, session):
    return client.post(url(session, "sign"), as_posted(session))


def own(client):
    answer = client.post("/account/own-device/", {"password": people.PASSWORD})
    assert answer.status_code == 302


def signed():
    return TreatmentSession.objects.signed().order_by("-signed_at")


def failures():
    return sum(AccessAttempt.objects.values_list("failures_since_start", flat=True))


# The PIN -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "easy", ["000000", "123456", "987654", "121212", "123123", "112233", "140379", "791403", "12345"]
)
def test_a_pin_that_is_easy_to_guess_is_refused(easy):
    with pytest.raises(ValidationError):
        validate_pin(easy)


def test_a_pin_is_chosen_after_the_password_and_only_its_hash_is_stored(client, physiotherapist):
    sign_in(client, physiotherapist)
    chosen = {"new_pin": PIN, "again": PIN}

    assert client.post("/account/pin/", chosen | {"password": "wrong"}).status_code == 422
    assert not SigningPin.objects.exists()
    assert client.post("/account/pin/", chosen | {"password": people.PASSWORD}).status_code == 302

    assert PIN not in SigningPin.objects.get().pin_hash
    entry = TrailEntry.objects.filter(action="change").latest("pk")
    assert entry.changes == {"signing_pin": ["", "set anew"]}
    kept = [str(value) for value in TrailEntry.objects.values_list("changes", "note", "by_name")]
    assert not [text for text in kept if PIN in text or people.PASSWORD in text]


def test_a_pin_does_not_prove_a_new_pin(client, physiotherapist, pin):
    sign_in(client, physiotherapist)

    answer = client.post("/account/pin/", {"new_pin": "715928", "again": "715928", "pin": PIN})

    assert answer.status_code == 422


def test_a_pin_signs_nobody_in(pin, physiotherapist):
    visitor = Client()

    sign_in(visitor, physiotherapist, PIN)

    assert visitor.get("/account/").status_code == 302


def test_a_reset_of_the_account_takes_the_pin_away(pin, physiotherapist, admin):
    take_second_factor_away(physiotherapist, by=admin, proof="password")
    assert not SigningPin.objects.exists()

    set_pin(physiotherapist, by=physiotherapist, pin=PIN, proof="password")
    create_invitation(physiotherapist, by=admin, proof="password")
    assert not SigningPin.objects.exists()


def test_a_pin_can_be_removed(client, pin, physiotherapist):
    sign_in(client, physiotherapist)

    client.post("/account/pin/remove/")

    assert not SigningPin.objects.exists()


# Signing -------------------------------------------------------------------------------


def test_signing_asks_for_a_proof_and_seals_how_it_was_given(client, draft, pin):
    asked = press_sign(client, draft)

    assert asked.url == url(draft, "prove")
    assert not signed()
    assert prove(client, asked.url, pin=PIN).status_code == 302
    assert signed().get().proved_by_means == "PIN"
    assert "Proved by PIN." in client.get(url(draft, "edit").replace("edit/", "")).content.decode()


def test_a_wrong_pin_is_a_failed_sign_in_without_anything_about_the_patient(client, draft, pin):
    place = press_sign(client, draft).url

    answer = prove(client, place, pin="715928")

    assert answer.status_code == 422
    assert not signed()
    attempt = AccessAttempt.objects.get()
    assert attempt.failures_since_start == 1
    assert "715928" not in (attempt.get_data + attempt.post_data)
    assert str(draft.pk) not in attempt.path_info
    assert TrailEntry.objects.filter(action="failed_login", by_name="m.solberg").count() == 1


def test_after_three_wrong_pins_only_another_proof_helps_and_resumes_the_pin(client, draft, pin):
    place = press_sign(client, draft).url
    for _ in range(3):
        prove(client, place, pin="715928")

    assert prove(client, place, pin=PIN).status_code == 422
    assert not signed()
    assert prove(client, place).status_code == 302  # by password

    assert signed().get().proved_by_means == "password"
    pin.refresh_from_db()
    assert pin.wrong_in_a_row == 0


def test_the_right_pin_is_refused_while_sign_in_is_paused(client, draft, pin):
    place = press_sign(client, draft).url
    for number in range(5):
        prove(client, place, password=f"guess {number}")

    assert failures() == 5
    assert prove(client, place, pin=PIN).status_code == 422
    assert not signed()


def test_what_was_saved_after_the_page_was_opened_is_shown_and_not_signed(client, draft, pin):
    place = press_sign(client, draft).url
    version = re.search(r'name="version" value="([0-9]+)"', client.get(place).content.decode()).group(1)
    stored = TreatmentSession.objects.get()
    client.post(edit_url(draft), as_posted(stored, note="Other tab"))

    answer = client.post(place, {"version": version, "pin": PIN})

    assert answer.status_code == 409
    assert "Other tab" in " ".join(line for saved in answer.context["saved"] for line in saved.lines)
    assert not signed()


# A proof that holds -------------------------------------------------------------------


def another(patient, physiotherapist):
    return make_draft(patient, by=physiotherapist, days_ago=1)


def test_on_an_own_device_a_proof_holds_for_some_minutes(client, draft, pin, patient, physiotherapist):
    other = another(patient, physiotherapist)
    own(client)
    prove(client, press_sign(client, draft).url, pin=PIN)

    with time_machine.travel(timezone.now() + timedelta(minutes=3, seconds=10)):
        press_sign(client, other)

    assert signed().get(pk=other.pk).proved_by_means == "PIN, 3 minutes before"


@pytest.mark.parametrize("ended_by", ["time", "sign-out", "setting", "shared", "other browser", "end", "wrong proof"])
def test_a_proof_that_no_longer_holds_is_asked_again(client, draft, pin, patient, physiotherapist, ended_by):
    other = another(patient, physiotherapist)
    own(client)
    prove(client, press_sign(client, draft).url, pin=PIN)
    later = timedelta(minutes=5, seconds=10) if ended_by == "time" else timedelta(0)
    if ended_by == "sign-out":
        client.post("/logout/")
        sign_in(client, physiotherapist)
    elif ended_by == "setting":
        ClinicSettings(proof_minutes=0).save()
    elif ended_by == "shared":
        client.post("/account/own-device/end/")
    elif ended_by == "other browser":
        client = Client()
        sign_in(client, physiotherapist)
    elif ended_by == "end":
        client.post("/account/proof/end/")
    elif ended_by == "wrong proof":
        client.post("/account/own-device/", {"password": "wrong"})

    with time_machine.travel(timezone.now() + later):
        answer = press_sign(client, other)

    assert answer.url == url(other, "prove")
    assert [session.pk for session in signed()] == [draft.pk]


def test_on_a_shared_device_no_proof_holds(client, draft, pin, patient, physiotherapist):
    prove(client, press_sign(client, draft).url, pin=PIN)

    asked = press_sign(client, other := another(patient, physiotherapist))

    assert asked.url == url(other, "prove")


def test_a_device_is_not_declared_without_a_proof(client, physiotherapist):
    sign_in(client, physiotherapist)

    answer = client.post("/account/own-device/", {"password": "wrong"})

    assert answer.status_code == 422
    assert "own_device" not in answer.cookies


def test_the_device_of_one_user_is_not_that_of_the_next(client, draft, pin, other_physiotherapist):
    own(client)
    client.post("/logout/")
    sign_in(client, other_physiotherapist)

    assert client.get("/account/").context["is_own_device"] is False


@pytest.mark.parametrize("minutes", [16, 999])
def test_a_clinic_lets_a_proof_hold_for_fifteen_minutes_at_most(db, minutes):
    with pytest.raises(ValidationError):
        ClinicSettings(proof_minutes=minutes).full_clean()


# The kind ------------------------------------------------------------------------------

# Forms with a field for a password, other than those that prove identity, and what counts and limits a wrong one.
COUNTED = {"SignInForm": "axes, at sign-in", "PasswordForm": "check_own_password", "ChangeUserForm": "check_own_pin"}


def test_every_form_of_ours_that_takes_a_password_or_pin_counts_wrong_ones(db):
    reverse("home")  # imports every view, and with it every form
    found = [form for form in _subclasses(forms.BaseForm) if form.__module__.split(".")[0] in APPS and _hides(form)]

    assert {ProvesIdentity, PinForm} <= set(found)
    assert {form.__name__ for form in found if not issubclass(form, ProvesIdentity)} == set(COUNTED)


APPS = ("patients", "clinic", "treatments")


def _hides(form):
    """Whether a field of its own hides what is typed."""
    fields = getattr(form, "base_fields", {}).values()
    return any(isinstance(field.widget, forms.PasswordInput) for field in fields) or form.__name__ in COUNTED


def _subclasses(base):
    for form in base.__subclasses__():
        yield form
        yield from _subclasses(form)
