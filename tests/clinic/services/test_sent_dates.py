"""The dates of all visits of a patient in one message, sent from the page of their visits."""

import pytest
from django.core import mail
from django.urls import reverse

from clinic.diary import messages as rules
from clinic.models import ClinicSettings, Message
from clinic.services import cancel_appointment, move_appointment, record_time_off, send_due_messages
from patients.models import Patient, TrailEntry
from tests.clinic.builders import at, book

pytestmark = pytest.mark.both_engines


@pytest.fixture
def visits(ruth, physiotherapist, front_desk, clock):
    """Three visits whose confirmations were sent; the physiotherapist is away at the last one."""
    made = [book(ruth, physiotherapist, clock_time, by=front_desk) for clock_time in ("10:00", "12:00", "14:00")]
    record_time_off(
        by=front_desk, practitioner=physiotherapist.practitioner, starts_at=at("14:00"), ends_at=at("16:00")
    )
    send(clock)
    mail.outbox.clear()
    return made


@pytest.fixture
def desk(client, front_desk, clock):
    client.force_login(front_desk)
    return client


def send(clock):
    clock.shift(rules.WAIT)
    return send_due_messages(channel="email")


def ask(desk, patient):
    return desk.post(reverse("patient_visits", args=[patient.pk]))


def test_one_message_lists_the_visits_that_can_take_place_with_a_calendar_file(desk, ruth, visits, clock):
    assert ask(desk, ruth).status_code == ask(desk, ruth).status_code == 302
    assert send_due_messages(channel="email").total() == 0
    send(clock)

    [message] = mail.outbox
    assert [f"at {hour}:00" in message.body for hour in (10, 12, 14)] == [True, True, False]
    [(_, file, _)] = message.attachments
    assert (file if isinstance(file, str) else file.decode()).count("BEGIN:VEVENT") == 2
    assert TrailEntry.objects.filter(action="create", record_type="message").count() == 2


@pytest.mark.parametrize(("change", "kind"), [("move", "moved"), ("cancel", "cancelled")])
def test_a_change_in_the_meantime_is_sent_as_a_change(desk, ruth, visits, front_desk, clock, change, kind):
    ask(desk, ruth)
    if change == "move":
        move_appointment(visits[0], by=front_desk, starts_at=at("11:00"))
    else:
        cancel_appointment(visits[0], by=front_desk, reason="Ill")

    send(clock)

    sent = Message.objects.filter(appointment__in=visits[:2], status="sent").order_by("-pk")[:2]
    assert {(message.appointment_id, message.kind) for message in sent} == {
        (visits[0].pk, kind), (visits[1].pk, "booked"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda: Patient.objects.update(email=""), rules.NO_EMAIL),
        (lambda: Patient.objects.update(wants_confirmations=False), rules.NOT_WANTED),
        (lambda: ClinicSettings(sends_confirmations=False).save(), rules.NOT_OFFERED),
    ],
)
def test_a_message_that_would_not_be_sent_is_refused_with_the_reason(desk, ruth, visits, change, why):
    change()

    answer = ask(desk, ruth)

    assert (answer.status_code, why in answer.context["refusal"].messages[0]) == (409, True)
    assert not Message.objects.waiting().filter(appointment__in=visits[:2]).exists()
