from datetime import timedelta

import pytest
import time_machine

from clinic.models import Site
from tests import people

from .builders import at, make_hours, make_room, monday


@pytest.fixture
def other_patient(front_desk):
    return people.make_patient(by=front_desk, given_name="Tomasz", family_name="Wilk")


@pytest.fixture
def room(db):
    return make_room()


@pytest.fixture
def clock(settings):
    """The clock is stopped ten days before the usual day of the visits, and e-mails can be sent."""
    settings.EMAIL_URL, settings.DEFAULT_FROM_EMAIL = "smtp://here", "clinic@example.org"
    with time_machine.travel(at("09:00", day=monday() - timedelta(days=10)), tick=False) as clock:
        yield clock


@pytest.fixture
def ruth(clock, front_desk, physiotherapist):
    """A patient who gets messages by e-mail, of a clinic with working hours and a telephone."""
    make_hours(physiotherapist)
    Site.objects.update(phone="020 7946 0001")
    return people.make_patient(by=front_desk, email="ruth@example.org", reminder_channel="email")
