"""Many users over real HTTP, against the server as it is deployed. `make stress` does the same at a larger scale."""

from datetime import timedelta
from uuid import uuid4

import pytest

from clinic.models import Appointment
from tests.clinic.builders import monday
from tests.stress.clinic import choices_of, lost_changes, open_clinic, overlapping_pairs, slot
from tests.stress.crowd import crowd, random_days
from tests.stress.desk import Desk
from tests.stress.server import serving, signed_in

pytestmark = pytest.mark.both_engines

CLIENTS = 24
NO_PAIRS = {"practitioner_id": 0, "room_id": 0, "patient_id": 0}


@pytest.fixture
def clinic(transactional_db):
    return open_clinic(patients=CLIENTS)


@pytest.fixture
def session(clinic):
    return signed_in(clinic["desk"])


@pytest.fixture
def port(session):
    with serving(workers=4) as port:
        yield port


def booking(clinic, *, patient=0, clock="09:15", minutes=30, day=None, token=None):
    return {
        "patient": clinic["patients"][patient],
        "type": clinic["types"][minutes],
        "slot": slot(clinic, day or monday(), clock),
        "token": token or uuid4(),
    }


def test_of_many_clients_one_gets_the_slot_and_the_others_a_message(clinic, port, session):
    longer = {"clock": "09:00", "minutes": 45}
    days = [[{}] * CLIENTS, [{}, longer] * (CLIENTS // 2)]

    with crowd(port, session, desks=CLIENTS) as send:
        for number, wishes in enumerate(days):
            day = monday() + timedelta(days=number)
            wishes = [booking(clinic, patient=patient, day=day, **wish) for patient, wish in enumerate(wishes)]
            answers = send([("book", wish) for wish in wishes])

            messages = [answer.message for answer in answers if answer.status == 409]
            assert sorted(answer.status for answer in answers) == [200] + [409] * (CLIENTS - 1)
            assert all("This physiotherapist is already booked 09:" in message for message in messages)
            assert Appointment.objects.count() == number + 1


def test_one_page_sent_many_times_books_once(clinic, port, session):
    with crowd(port, session, desks=10) as send:
        at_once = send([("book", booking(clinic, token="0e3c9a52-6d0f-4f7e-9d54-2f1d5a0c7b11"))] * 10)
    desk = Desk(port, session)
    for times in range(2, 11):
        sent = booking(clinic, patient=1, day=monday() + timedelta(days=times))
        in_turn = [desk.book(**sent) for _ in range(times)]

        assert len({answer.visit for answer in in_turn}) == 1
        assert {answer.status for answer in in_turn} == {200}

    assert len({answer.visit for answer in at_once}) == 1
    assert {answer.status for answer in at_once} == {200}
    assert Appointment.objects.count() == 10


def test_random_work_of_many_users_double_books_nobody(clinic, port, session):
    choices = choices_of(clinic)

    counted, _ = random_days(port, session, clients=4, operations=160, seconds=60, choices=choices)

    # Time off and re-homing have pages of their own: what succeeds there leads to the next page.
    with_pages = {"time_off", "cancel_time_off", "rehome"}
    assert {status for verb, status in counted if verb not in with_pages} <= {200, 404, 409, 422}
    assert {status for verb, status in counted if verb in with_pages} <= {200, 302, 404, 409, 422}
    assert {verb for verb, status in counted if status == 200} >= {"book", "move", "cancel"}, counted
    assert Appointment.objects.count() == counted["book", 200]
    assert overlapping_pairs() == NO_PAIRS
    assert lost_changes() == []
