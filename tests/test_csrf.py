"""Every POST needs the CSRF token of the person's own session; without it nothing is written."""

import pytest
from django.apps import apps
from django.test import Client

from patients.models import TrailEntry

from .clinic_fixture import addresses

# Rows that a refused request leaves, beside those of the trail: who tried, when somebody was last seen.
OF_THE_DOOR = {"axes", "sessions", "usersessions", "admin"}
# The secret in its address, which no other site knows, stands for the token. With a false secret it is not found.
BY_SECRET = {"visit_link": 404, "after_visit_link": 404}
PEOPLE = [None, "front_desk", "physiotherapist", "admin"]


@pytest.fixture(params=PEOPLE)
def visitor(request, clinic_fixture):
    client = Client(enforce_csrf_checks=True)
    if request.param:
        client.force_login(getattr(clinic_fixture, request.param))
    client.get("/login/")
    client.get("/account/password/")
    return client


def token_of(client):
    return client.cookies["csrftoken"].value


def counted():
    """How many rows each table has; refused requests must not add or take one."""
    models = [model for model in apps.get_models() if model._meta.app_label not in OF_THE_DOOR]
    return {model._meta.label: model._default_manager.count() for model in models if model is not TrailEntry}


def posted(client, clinic_fixture, **extra):
    """The addresses that answer a POST otherwise than 'forbidden'; a wrong method is no answer."""
    data = {"csrfmiddlewaretoken": extra.pop("token")} if "token" in extra else {}
    statuses = {name: client.post(clinic_fixture.url(name), data, **extra).status_code for name in addresses()}
    assert statuses.items() >= BY_SECRET.items()
    return {name: status for name, status in (statuses.items() - BY_SECRET.items()) if status not in (403, 405)}


def test_without_a_token(visitor, clinic_fixture):
    before = counted()

    assert posted(visitor, clinic_fixture) == {}
    assert counted() == before


def test_with_the_token_of_another_session(visitor, clinic_fixture):
    stranger = Client()
    stranger.get("/login/")
    before = counted()

    assert posted(visitor, clinic_fixture, token=token_of(stranger)) == {}
    assert counted() == before


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://testserver.evil.example"])
def test_from_another_origin_with_the_right_token(visitor, clinic_fixture, origin):
    before = counted()

    assert posted(visitor, clinic_fixture, token=token_of(visitor), HTTP_ORIGIN=origin) == {}
    assert counted() == before


def test_with_everything_right_it_is_the_page_that_answers(clinic_fixture):
    client = Client(enforce_csrf_checks=True)
    client.force_login(clinic_fixture.front_desk)
    client.get("/patients/new/")

    answer = client.post("/patients/new/", {"csrfmiddlewaretoken": token_of(client)}, HTTP_ORIGIN="http://testserver")

    assert answer.status_code == 422


def test_the_token_is_new_after_signing_in(clinic_fixture):
    client = Client()
    client.get("/login/")
    before = token_of(client)

    client.post("/login/", {"username": clinic_fixture.admin.username, "password": "needles-out-4711"})

    assert token_of(client) != before


@pytest.mark.parametrize("path", ["/admin/auth/user/add/", "/admin/treatments/muscle/", "/admin/auth/user/"])
def test_the_admin_too(clinic_fixture, path):
    client = Client(enforce_csrf_checks=True)
    client.force_login(clinic_fixture.admin)

    assert client.post(path, {"action": "sign_off", "_selected_action": "1"}).status_code == 403
