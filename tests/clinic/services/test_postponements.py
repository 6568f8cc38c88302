"""The message that a visit cannot take place: sent when the desk asks for it, once, and taken back when it can."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.exceptions import ValidationError

from clinic.diary import messages as rules
from clinic.models import ClinicSettings, Message
from clinic.services import (
    StaleAppointment,
    book_series,
    cancel_appointment,
    cancel_time_off,
    keep_appointment,
    move_appointment,
    queue_postponement_notice,
    record_time_off,
    send_due_messages,
    withdraw_postponement_notice,
)
from patients.models import Patient, TrailEntry
from tests import people
from tests.clinic.builders import at, book, make_hours, make_type, monday
from tests.clinic.services.test_concurrent_booking import at_once

pytestmark = pytest.mark.both_engines

SENT, SKIPPED = Message.Status.SENT, Message.Status.SKIPPED


@pytest.fixture
def visit(ruth, physiotherapist, front_desk, clock):
    """A visit whose patient has the confirmation."""
    visit = book(ruth, physiotherapist, by=front_desk)
    send(clock)
    return visit


@pytest.fixture
def day_off(visit, physiotherapist, front_desk):
    """The physiotherapist is away on the day of the visit."""
    return away(physiotherapist, by=front_desk)


def away(user, *, by):
    span = {"starts_at": at("00:00"), "ends_at": at("23:00")}
    return record_time_off(by=by, practitioner=user.practitioner, reason="Sick", **span)


def send(clock):
    clock.shift(rules.WAIT)
    return send_due_messages(channel="email")


def log():
    return list(Message.objects.order_by("pk").values_list("kind", "status", "error"))


def test_the_patient_is_told_once_after_three_minutes(visit, day_off, front_desk, clock):
    assert send(clock).total() == 0
    queue_postponement_notice(visit, by=front_desk)
    clock.shift(timedelta(minutes=1))
    queue_postponement_notice(visit, by=front_desk)
    assert send_due_messages(channel="email").total() == 0

    assert send(clock) == {SENT: 1}
    queue_postponement_notice(visit, by=front_desk)
    assert send(clock).total() == 0

    message = mail.outbox[-1]
    assert f"{monday():%A} {monday().day} {monday():%B} at 10:00" in message.body
    assert "cannot take place" in message.subject
    assert message.attachments == []
    assert [word for word in ("Ruth", "Solberg", "Sick", "away") if word in message.subject + message.body] == []
    assert log() == [("booked", SENT, ""), ("postponed", SENT, "")]
    assert TrailEntry.objects.filter(action="create", record_type="message", by=front_desk).count() == 1


def test_it_is_withdrawn_while_it_waits_and_can_be_sent_later(visit, day_off, front_desk, clock):
    queue_postponement_notice(visit, by=front_desk)
    withdraw_postponement_notice(visit, by=front_desk)

    assert send(clock).total() == 0
    assert log()[1] == ("postponed", SKIPPED, rules.WITHDRAWN)
    queue_postponement_notice(visit, by=front_desk)
    assert send(clock) == {SENT: 1}
    with pytest.raises(ValidationError) as refused:
        withdraw_postponement_notice(visit, by=front_desk)
    assert refused.value.code == "sent"


def test_a_visit_that_can_take_place_needs_no_message(visit, front_desk):
    with pytest.raises(ValidationError) as refused:
        queue_postponement_notice(visit, by=front_desk)

    assert refused.value.code == "obstacle"


def test_a_visit_that_somebody_moved_meanwhile_is_refused(visit, day_off, front_desk):
    with pytest.raises(StaleAppointment):
        queue_postponement_notice(visit, by=front_desk, version=visit.version - 1)


@pytest.mark.parametrize(
    ("clinic", "patient", "why"),
    [
        ({"sends_postponement_notices": False}, {}, rules.NOT_OFFERED),
        ({}, {"wants_postponement_notices": False}, rules.NOT_WANTED),
        ({}, {"reminder_channel": "none"}, rules.NO_CHANNEL),
        ({}, {"phone": "020 7946 0002", "reminder_channel": "sms"}, rules.NO_PHONE),
    ],
)
def test_a_message_that_would_not_be_sent_is_refused_with_the_reason(visit, day_off, front_desk, clinic, patient, why):
    ClinicSettings.objects.create(**clinic)
    Patient.objects.update(**patient)

    with pytest.raises(ValidationError) as refused:
        queue_postponement_notice(visit, by=front_desk)

    assert refused.value.code == "message"
    assert why in refused.value.messages[0]


@pytest.mark.parametrize("change", ["moved", "cancelled"])
def test_a_change_in_the_meantime_replaces_it(visit, day_off, front_desk, clock, change):
    queue_postponement_notice(visit, by=front_desk)
    if change == "moved":
        move_appointment(visit, by=front_desk, starts_at=at("10:00", day=monday() + timedelta(days=1)))
    else:
        cancel_appointment(visit, by=front_desk, reason="Sick", by_clinic=True)

    assert send(clock) == {SENT: 1}
    assert log()[1:] == [(change, SENT, "")]


@pytest.mark.parametrize("way", ["time off cancelled", "kept"])
def test_it_is_not_sent_when_the_visit_can_take_place_again(visit, day_off, front_desk, clock, way):
    queue_postponement_notice(visit, by=front_desk)
    if way == "kept":
        keep_appointment(visit, by=front_desk)
    else:
        cancel_time_off(day_off, by=front_desk)

    assert send(clock).total() == 0
    assert log()[1:] == [("postponed", SKIPPED, rules.CHANGED_BACK)]


@pytest.mark.parametrize("way", ["time off cancelled", "kept", "moved to a colleague at the same time"])
def test_a_patient_who_has_it_gets_a_confirmation_when_the_visit_can_take_place_again(
    visit, day_off, front_desk, clock, way
):
    queue_postponement_notice(visit, by=front_desk)
    send(clock)
    if way == "kept":
        keep_appointment(visit, by=front_desk)
    elif way == "time off cancelled":
        cancel_time_off(day_off, by=front_desk)
    else:
        colleague = people.make_physiotherapist("d.okonkwo", first_name="Daniel", last_name="Okonkwo")
        make_hours(colleague)
        move_appointment(visit, by=front_desk, practitioner=colleague.practitioner)

    send_due_messages(channel="email")
    assert send(clock) == {SENT: 1}
    assert send(clock).total() == 0

    assert log()[1:] == [("postponed", SENT, ""), ("booked", SENT, "")]
    assert "at 10:00" in mail.outbox[-1].body


def test_it_names_the_time_that_the_patient_knows(visit, physiotherapist, front_desk, clock):
    move_appointment(visit, by=front_desk, starts_at=at("12:00"))
    away(physiotherapist, by=front_desk)
    visit.refresh_from_db()

    queue_postponement_notice(visit, by=front_desk)

    assert send(clock) == {SENT: 1}
    assert "at 10:00" in mail.outbox[-1].body
    assert "12:00" not in mail.outbox[-1].body


def test_a_confirmation_that_it_replaced_is_sent_when_the_visit_is_possible(ruth, physiotherapist, front_desk, clock):
    visit = book(ruth, physiotherapist, by=front_desk)
    row = away(physiotherapist, by=front_desk)
    queue_postponement_notice(visit, by=front_desk)
    cancel_time_off(row, by=front_desk)

    assert send(clock) == {SENT: 1}
    assert log() == [("booked", SENT, "")]


def test_the_visits_of_one_patient_are_one_message(ruth, physiotherapist, front_desk, clock):
    starts = [at(hour) for hour in ("10:00", "11:00")]
    fields = {"by": front_desk, "practitioner": physiotherapist.practitioner, "type": make_type()}
    visits = book_series(ruth, visits=[(start, None) for start in starts], **fields)
    send(clock)
    away(physiotherapist, by=front_desk)
    for visit in visits:
        queue_postponement_notice(visit, by=front_desk)

    assert send(clock) == {SENT: 2}
    assert len(mail.outbox) == 2
    assert mail.outbox[-1].body.count(" at 1") == 2


def test_two_receptionists_at_once_queue_one(transactional_db, physiotherapist, front_desk):
    make_hours(physiotherapist)
    patient = people.make_patient(by=front_desk, email="ruth@example.org", reminder_channel="email")
    visit = book(patient, physiotherapist, by=front_desk)
    away(physiotherapist, by=front_desk)
    Message.objects.update(status=SENT)

    made = at_once(*[lambda: queue_postponement_notice(visit, by=front_desk)] * 5)

    assert len({message.pk for message in made}) == 1
    assert Message.objects.filter(kind="postponed").count() == 1
