"""Fixtures named by role or by state."""

import gc
from copy import deepcopy

import pytest
from django.db import transaction
from hypothesis import settings as hypothesis_settings

from . import people
from .clinic_fixture import make_clinic_fixture
from .clock import avoid_midnight
from .database.management.commands.flush import remember_rows_of_migrate

# Property tests try the same examples in each run, so that a change is to blame when one fails.
# --hypothesis-profile=search looks for new ones.
hypothesis_settings.register_profile("same", derandomize=True)
hypothesis_settings.register_profile("search", derandomize=False)
hypothesis_settings.load_profile("same")


def pytest_configure():
    avoid_midnight()


def pytest_collection_finish():
    """Exclude imported and collected objects from garbage collection, since they are needed to the end."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        remember_rows_of_migrate()


@pytest.fixture
def physiotherapist(db):
    return people.make_physiotherapist()


@pytest.fixture
def other_physiotherapist(db):
    return people.make_physiotherapist("d.okonkwo", first_name="Daniel", last_name="Okonkwo")


@pytest.fixture
def front_desk(db):
    return people.make_front_desk()


@pytest.fixture
def admin(db):
    return people.make_admin()


@pytest.fixture
def patient(front_desk):
    return people.make_patient(by=front_desk)


@pytest.fixture
def as_admin(client, admin):
    client.force_login(admin)
    return client


@pytest.fixture
def proved_admin(as_admin):
    """The admin has just proved again who they are, as changes of accounts ask."""
    people.prove_again(as_admin)
    return as_admin


@pytest.fixture
def superuser(db):
    return people.make_superuser()


@pytest.fixture(scope="module")
def kept_clinic_fixture(django_db_setup, django_db_blocker):
    """Create the clinic once for a module. Each test runs in a savepoint, which is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_clinic_fixture()
        transaction.set_rollback(True)


@pytest.fixture
def clinic_fixture(kept_clinic_fixture, db):
    """A clinic with data on every page. Its users have the names of the fixtures above: use one or the other."""
    return deepcopy(kept_clinic_fixture)
