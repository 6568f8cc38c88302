"""Fixtures named by role or by state."""

import pytest

from . import cast
from .flushing import let_tests_empty_tables


def pytest_configure():
    let_tests_empty_tables()


@pytest.fixture
def physiotherapist(db):
    return cast.make_physiotherapist()


@pytest.fixture
def other_physiotherapist(db):
    return cast.make_physiotherapist("d.okonkwo", first_name="Daniel", last_name="Okonkwo")


@pytest.fixture
def front_desk(db):
    return cast.make_front_desk()


@pytest.fixture
def admin(db):
    return cast.make_admin()


@pytest.fixture
def patient(front_desk):
    return cast.make_patient(by=front_desk)


@pytest.fixture
def as_admin(client, admin):
    client.force_login(admin)
    return client


@pytest.fixture
def superuser(db):
    return cast.make_superuser()
