import pytest
from django.utils import timezone

from clinic.roles import ADMIN
from tests import people
from tests.clinic.builders import make_appointment


@pytest.fixture
def running_clinic(patient, physiotherapist):
    """A visit was booked, so rights are no longer given at once."""
    make_appointment(patient, physiotherapist, at=timezone.now())


@pytest.fixture
def second(db):
    """Another admin, who has signed in before."""
    return people.make_user("o.second", role=ADMIN, is_staff=True, last_login=timezone.now(), email="o@example.org")


@pytest.fixture
def with_email(settings):
    settings.EMAIL_URL = "smtp://mail.example.org"
