import pytest

from tests import people

from .builders import make_room


@pytest.fixture
def other_patient(front_desk):
    return people.make_patient(by=front_desk, given_name="Tomasz", family_name="Wilk")


@pytest.fixture
def room(db):
    return make_room()
