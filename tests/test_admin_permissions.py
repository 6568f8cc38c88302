"""Permissions in Django admin: every page of every registered model and every action, for every role."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import RequestFactory
from django.urls import reverse

from .admin_pages import url_of

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
OUTSIDE = [None, "front_desk", "physiotherapist", "other_physiotherapist"]
# What the Admin role may add and change; everything else is read-only or hidden.
ADDS = {
    "auth.User",
    "clinic.AppointmentType",
    "clinic.CalendarFeed",
    "clinic.Practitioner",
    "clinic.Site",
    "clinic.ClinicSettings",
    "clinic.MessageText",
    "clinic.PatientSite",
    "clinic.RetentionSetting",
    "clinic.TimeOff",
    "patients.ScreeningQuestion",
    "treatments.Exercise",
    "treatments.Muscle",
    "treatments.Needle",
    "treatments.Threshold",
    "treatments.TriggerPoint",
}
ACTIONS = {
    "auth.User": {"invite", "sign_out", "take_second_factor_away", "unlock"},
    "axes.AccessAttempt": {"forget"},
    "clinic.AccountChange": {"accept", "refuse"},
    "clinic.CalendarFeed": {"revoke"},
}
NEVER_REGISTERED = {"mfa.Authenticator", "usersessions.UserSession", "account.EmailAddress", "sessions.Session"}


def pages_of(model):
    """{page: URL} of a model's pages; those of a row only if there is a row."""
    found = {"changelist": url_of(model), "add": url_of(model, "add")}
    row = model._default_manager.first()
    if row is not None:
        found |= {page: url_of(model, page, row.pk) for page in ("change", "delete", "history")}
    return found


@pytest.mark.parametrize("role", OUTSIDE)
def test_every_page_sends_people_who_are_not_staff_to_sign_in(client, clinic_fixture, role):
    if role:
        client.force_login(getattr(clinic_fixture, role))
    addresses = [url for model in MODELS for url in pages_of(model).values()]
    addresses += [reverse(f"admin:{name}") for name in ("index", "password_change", "jsi18n", "autocomplete")]

    statuses = {url: {client.get(url).status_code, client.post(url).status_code} for url in addresses}

    assert {url: found for url, found in statuses.items() if found != {302}} == {}


def test_the_admin_role_can_add_exactly_the_models_of_the_table(client, clinic_fixture):
    client.force_login(clinic_fixture.admin)

    added = {model._meta.label for model in MODELS if client.get(url_of(model, "add")).status_code == 200}

    assert added - _of_others(added, ADDS) == ADDS


def _of_others(found, known):
    """The known models that the table does not list. A newer model is tested with its own app."""
    return {label for label in found - known if label.split(".")[0] not in ("auth", "axes", "clinic")}


def test_the_admin_role_deletes_nothing(client, clinic_fixture):
    client.force_login(clinic_fixture.admin)
    rows = [pages_of(model)["delete"] for model in MODELS if model._default_manager.exists()]

    assert {url: client.post(url, {"post": "yes"}).status_code for url in rows} == dict.fromkeys(rows, 403)


@pytest.mark.both_engines
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_page_of_a_model_opens_or_refuses_but_never_fails(client, clinic_fixture, model):
    client.force_login(clinic_fixture.admin)

    statuses = {page: client.get(url).status_code for page, url in pages_of(model).items()}

    assert set(statuses.values()) <= {200, 302, 403}
    assert statuses["changelist"] == 200


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_an_action_is_only_for_people_with_the_change_permission(clinic_fixture, model):
    """The admin is offered the actions of the table. Staff without a role are offered none and cannot post any."""
    offered = {who: _actions(model, user) for who, user in _staff(clinic_fixture)}

    assert offered["admin"] == ACTIONS.get(model._meta.label, offered["admin"])
    assert offered["nobody"] == set()


def _staff(clinic_fixture):
    return [("admin", clinic_fixture.admin), ("nobody", User.objects.create_user("nobody", is_staff=True))]


def _actions(model, user):
    asking = RequestFactory().get("/")
    asking.user = user
    return set(admin.site._registry[model].get_actions(asking))


def test_tables_with_secrets_are_in_no_admin():
    assert {model._meta.label for model in MODELS} & NEVER_REGISTERED == set()


def test_the_admins_own_sign_in_form_is_closed(client, db):
    answer = client.post("/admin/login/?next=/admin/", {"username": "a.berg", "password": "anything"})

    assert (answer.status_code, answer.headers["Location"]) == (302, "/login/?next=%2Fadmin%2F")
