"""Authenticator app, recovery codes, secrets at rest, and who must have a second factor."""

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.management import CommandError, call_command
from django.test import Client

from clinic import services
from clinic.apps import ClinicConfig
from tests import people

from .sign_in import SECRET, code_now, give_app, is_signed_in, second_factors, sign_in, wrong_code

CODE = "/account/second-factor/authenticate/"


@pytest.fixture
def with_app(physiotherapist):
    physiotherapist.recovery_codes = give_app(physiotherapist)
    return physiotherapist


def confirm(client, password=people.PASSWORD):
    return client.post("/account/confirm/", {"password": password})


def test_the_password_alone_stops_at_the_second_step(client, with_app):
    answer = sign_in(client, with_app)

    assert answer.headers["Location"] == CODE
    assert not is_signed_in(client)
    assert client.get("/today/").status_code == 302


def test_the_code_of_the_app_signs_in(client, with_app):
    sign_in(client, with_app)

    client.post(CODE, {"code": code_now()})

    assert is_signed_in(client)


@pytest.mark.parametrize("code", ["", "12345", "abcdef", "４７１１００", "0" * 500, "\0", "' OR 1=1"])
def test_a_wrong_code_does_not_sign_in(client, with_app, code):
    sign_in(client, with_app)

    answer = client.post(CODE, {"code": code or wrong_code()})

    assert answer.status_code == 200
    assert not is_signed_in(client)


def test_a_code_works_once(client, with_app):
    code = code_now()
    for visitor in (client, Client()):
        sign_in(visitor, with_app)
        visitor.post(CODE, {"code": code})
        last = visitor

    assert is_signed_in(client)
    assert not is_signed_in(last)


def test_a_recovery_code_works_once(client, with_app):
    code = with_app.recovery_codes[3]
    again = Client()
    for visitor in (client, again):
        sign_in(visitor, with_app)
        visitor.post(CODE, {"code": code})

    assert is_signed_in(client)
    assert not is_signed_in(again)


def test_the_second_step_can_be_left_for_another_person(client, with_app, front_desk):
    sign_in(client, with_app)
    client.post("/logout/")

    sign_in(client, front_desk)

    assert is_signed_in(client)


def test_secrets_are_unreadable_in_the_database(with_app):
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))

    assert SECRET not in stored
    assert not any(code in stored for code in with_app.recovery_codes)
    assert stored.count("gAAAA") == 2


@pytest.mark.parametrize("changed", [{"SECOND_FACTOR_KEY": "a-new-key"}, {"SECRET_KEY": "another"}])
def test_an_older_key_still_works_and_without_the_key_no_code_does(settings, client, with_app, changed):
    old = settings.SECRET_KEY
    for name, value in changed.items():
        setattr(settings, name, value)

    settings.SECRET_KEY_FALLBACKS = [old]
    kept = get_adapter().decrypt(_secret())
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [], "lost"
    lost = get_adapter().decrypt(_secret())

    assert kept == SECRET
    assert lost not in (SECRET, "")


def _secret():
    return Authenticator.objects.get(type="totp").data["secret"]


def test_setting_up_an_app_asks_for_the_password_and_gives_recovery_codes(client, physiotherapist):
    sign_in(client, physiotherapist)
    assert client.get("/account/second-factor/totp/activate/").headers["Location"].startswith("/account/confirm/")
    confirm(client)
    page = client.get("/account/second-factor/totp/activate/")
    secret = page.context["form"].secret

    answer = client.post("/account/second-factor/totp/activate/", {"code": code_now(secret=secret)}, follow=True)

    assert second_factors(physiotherapist) == ["recovery_codes", "totp"]
    assert answer.content.decode().count("<code>") == 10


def test_the_admin_site_needs_the_second_step_too(client, admin):
    give_app(admin)
    asked = client.get("/admin/", follow=True).redirect_chain[-1][0]
    assert asked.startswith("/login/")

    sign_in(client, admin)

    assert client.get("/admin/").status_code == 302


# Required by role ------------------------------------------------------------


@pytest.fixture
def required(settings):
    settings.TWO_FACTOR_ROLES = ["Physiotherapist", "Admin"]


def test_a_user_without_the_required_factor_is_sent_to_its_set_up(client, required, physiotherapist, patient):
    sign_in(client, physiotherapist)

    for path in ("/", "/today/", f"/patients/{patient.pk}/", f"/patients/{patient.pk}/chart/", "/admin/"):
        assert client.get(path).headers["Location"] == "/account/second-factor/"
    assert client.post(f"/patients/{patient.pk}/episodes/new/", {}).headers["Location"] == "/account/second-factor/"
    assert b"Your role needs a second factor" in client.get("/account/second-factor/").content


def test_after_set_up_every_page_opens(client, required, physiotherapist):
    sign_in(client, physiotherapist)
    give_app(physiotherapist)

    assert client.get("/today/").status_code == 200


def test_other_roles_need_no_second_factor(client, required, front_desk):
    sign_in(client, front_desk)

    assert client.get("/patients/").status_code == 200


def test_a_superuser_counts_as_an_admin(client, required, superuser):
    sign_in(client, superuser)

    assert client.get("/admin/").headers["Location"] == "/account/second-factor/"


def test_a_required_factor_cannot_be_removed(client, required, with_app):
    sign_in(client, with_app)
    client.post(CODE, {"code": code_now()})
    confirm(client)

    answer = client.post("/account/second-factor/totp/deactivate/")

    assert b"Your role needs a second factor" in answer.content
    assert second_factors(with_app) == ["recovery_codes", "totp"]


def test_an_optional_factor_can_be_removed(client, with_app):
    sign_in(client, with_app)
    client.post(CODE, {"code": code_now()})
    confirm(client)

    client.post("/account/second-factor/totp/deactivate/")

    assert second_factors(with_app) == []


def test_a_new_factor_is_required_after_the_passkey_is_removed(client, required, physiotherapist):
    key = Authenticator.objects.create(user=physiotherapist, type="webauthn", data={"name": "Phone"})
    client.force_login(physiotherapist)
    assert client.get("/today/").status_code == 200
    confirm(client)

    client.post(f"/account/second-factor/webauthn/keys/{key.pk}/remove/")

    assert client.get("/today/").headers["Location"] == "/account/second-factor/"


def test_an_unknown_role_in_the_settings_stops_the_start_with_a_message(settings):
    settings.TWO_FACTOR_ROLES = ["Physio"]

    with pytest.raises(ImproperlyConfigured, match="has unknown roles: Physio"):
        ClinicConfig.create("clinic").ready()


# A lost factor -------------------------------------------------------------------------


def test_an_admin_removes_a_lost_factor_and_ends_the_sessions(client, with_app, admin):
    sign_in(client, with_app)
    client.post(CODE, {"code": code_now()})

    services.take_second_factor_away(with_app, by=admin, proof="password")

    assert second_factors(with_app) == []
    assert not is_signed_in(client)


def test_an_admin_cannot_remove_the_own_factor_or_that_of_a_superuser(admin, superuser):
    give_app(admin)
    give_app(superuser)

    for user in (admin, superuser):
        with pytest.raises(ValidationError):
            services.take_second_factor_away(user, by=admin, proof="password")
    assert second_factors(admin) == second_factors(superuser) == ["recovery_codes", "totp"]


def test_the_factor_of_the_only_admin_can_be_removed_with_a_command(superuser, capsys):
    give_app(superuser)

    call_command("take_second_factor_away", superuser.username)

    assert second_factors(superuser) == []
    assert "Second factors removed: 2." in capsys.readouterr().out


def test_the_command_names_an_unknown_user(db):
    with pytest.raises(CommandError, match="no user named nobody"):
        call_command("take_second_factor_away", "nobody")
