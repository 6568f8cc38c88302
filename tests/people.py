"""Users, a site and a patient for tests."""

from datetime import date

from django.contrib.auth.models import Group, User

from clinic.models import Practitioner, Site
from clinic.roles import ADMIN, FRONT_DESK, PHYSIOTHERAPIST
from patients.services import register_patient

PASSWORD = "needles-out-4711"


def make_user(username, *, role, first_name="Jo", last_name="Whelan", **fields):
    user = User.objects.create_user(username, password=PASSWORD, first_name=first_name, last_name=last_name, **fields)
    user.groups.add(Group.objects.get(name=role))
    return user


def make_site():
    return Site.objects.get_or_create(name="Harbour Lane", defaults={"timezone": "Europe/London"})[0]


def make_physiotherapist(username="m.solberg", *, first_name="Marit", last_name="Solberg"):
    user = make_user(username, role=PHYSIOTHERAPIST, first_name=first_name, last_name=last_name)
    Practitioner.objects.create(user=user, site=make_site())
    return user


def make_front_desk():
    return make_user("j.whelan", role=FRONT_DESK)


def make_admin():
    return make_user("a.berg", role=ADMIN, first_name="Ada", last_name="Berg", is_staff=True)


def make_superuser(username="root"):
    return User.objects.create_superuser(username, password=PASSWORD)


def prove_again(client):
    """The user who is signed in proves who they are by password, which holds for some minutes."""
    assert client.post("/account/confirm/", {"password": PASSWORD}).status_code == 302


def make_patient(*, by, **fields):
    named = {"given_name": "Ruth", "family_name": "Adeyemi", "born_on": date(1979, 3, 14), "sex": "female"}
    return register_patient(by=by, **(named | fields))
