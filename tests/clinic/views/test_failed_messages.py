"""The front desk's list of messages that did not reach their patients."""

import pytest
from django.urls import reverse

from clinic.diary import messages as rules
from clinic.models import Message
from clinic.services import cancel_appointment, move_appointment, send_due_messages
from patients.models import Patient, TrailEntry
from patients.services import update_patient
from tests.clinic.builders import at, book

pytestmark = pytest.mark.both_engines
LIST, Kind = "/diary/failed-messages/", Message.Kind


@pytest.fixture
def visit(ruth, physiotherapist, front_desk):
    return book(ruth, physiotherapist, by=front_desk)


@pytest.fixture
def desk(client, front_desk, clock):
    client.force_login(front_desk)
    return client


def fails(clock, monkeypatch):
    """Send what is due, and let the connection break: nobody knows whether it was sent."""
    with monkeypatch.context() as broken:
        broken.setattr("clinic.diary.messaging.email.EmailMessage.send", _break)
        clock.shift(rules.WAIT)
        send_due_messages(channel="email")


def _break(message):
    raise TimeoutError


def listed(desk):
    found = desk.get(LIST).context["failed_messages"]
    assert desk.get(LIST, {"count": 1}).context["failed"] == len(found)
    return [(message.kind, message.appointment_id) for message in found]


def test_a_failed_message_is_on_the_list_until_one_tap_ends_it(desk, visit, clock, monkeypatch, front_desk):
    assert listed(desk) == []
    fails(clock, monkeypatch)
    assert listed(desk) == [(Kind.BOOKED, visit.pk)]
    page = desk.get(LIST).content.decode()
    assert visit.patient.name in page
    assert (visit.patient.phone or "No telephone number") in page

    message = Message.objects.get()
    for _ in range(2):
        desk.post(reverse("failed_message_close", args=[message.pk]))

    message.refresh_from_db()
    assert (listed(desk), message.handled_by) == ([], front_desk)
    entries = TrailEntry.objects.filter(record_type="message", record_id=str(message.pk), by=front_desk)
    assert [entry.patient_id for entry in entries] == [visit.patient_id]


def test_a_patient_without_an_address_is_on_the_list(desk, visit, clock):
    Patient.objects.update(email="")
    clock.shift(rules.WAIT)
    send_due_messages(channel="email")

    assert listed(desk) == [(Kind.BOOKED, visit.pk)]


@pytest.mark.parametrize("end", ["moved", "told of the move", "has begun", "wants none"])
def test_what_is_no_longer_true_is_not_on_the_list(desk, visit, clock, monkeypatch, front_desk, end):
    if end == "wants none":
        update_patient(visit.patient, by=front_desk, reminder_channel="none")
    fails(clock, monkeypatch)
    if end == "has begun":
        clock.move_to(at("10:00"))
        desk.force_login(front_desk)
    elif end != "wants none":
        visit.refresh_from_db()
        move_appointment(visit, by=front_desk, starts_at=at("12:00"))
    if end == "told of the move":
        clock.shift(rules.WAIT)
        send_due_messages(channel="email")

    assert listed(desk) == []


def test_a_cancellation_that_did_not_arrive_is_on_the_list(desk, visit, clock, monkeypatch, front_desk):
    clock.shift(rules.WAIT)
    send_due_messages(channel="email")
    cancel_appointment(visit, by=front_desk, reason="Sick")
    fails(clock, monkeypatch)

    assert listed(desk) == [(Kind.CANCELLED, visit.pk)]


def test_a_message_that_was_sent_cannot_be_closed(desk, visit, clock):
    clock.shift(rules.WAIT)
    send_due_messages(channel="email")

    answer = desk.post(reverse("failed_message_close", args=[Message.objects.get().pk]))

    assert answer.status_code == 404
    assert Message.objects.get().handled_at is None


def test_physiotherapists_see_those_of_their_own_visits(
    client, visit, clock, monkeypatch, physiotherapist, other_physiotherapist
):
    fails(clock, monkeypatch)

    for user, number in ((physiotherapist, 1), (other_physiotherapist, 0)):
        client.force_login(user)
        assert len(listed(client)) == number
