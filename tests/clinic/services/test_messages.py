"""Confirmations of bookings and notices of moves and cancellations: when they are sent, and that they are sent once."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone
from icalendar import Calendar

from clinic.diary import messages as rules
from clinic.diary.messaging import NotSent
from clinic.models import ClinicSettings, Message, Practitioner, Site, TimeOff
from clinic.services import (
    book_series,
    cancel_appointment,
    check_in,
    claim_messages,
    move_appointment,
    move_this_and_following,
    send_due_messages,
    undo_last,
)
from patients.services import update_patient
from tests import people
from tests.clinic.builders import at, book, make_hours, make_type, monday
from tests.clinic.services.test_concurrent_booking import at_once

pytestmark = pytest.mark.both_engines

SENT, SKIPPED, PENDING, CLAIMED = (getattr(Message.Status, name) for name in ("SENT", "SKIPPED", "PENDING", "CLAIMED"))
NOW = at("09:00", day=monday() - timedelta(days=10))


class Refusing(EmailBackend):
    """Refuse the first message; what somebody does meanwhile is in `meanwhile`."""

    meanwhile = None

    def send_messages(self, messages):
        if Refusing.meanwhile:
            meanwhile, Refusing.meanwhile = Refusing.meanwhile, None
            meanwhile()
            raise NotSent("The mail server refused the message: SMTPRecipientsRefused.")
        return super().send_messages(messages)


@pytest.fixture(autouse=True)
def mail_settings(settings):
    settings.EMAIL_URL, settings.DEFAULT_FROM_EMAIL = "smtp://here", "clinic@example.org"


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def ruth(clock, front_desk, physiotherapist):
    make_hours(physiotherapist)
    Site.objects.update(phone="020 7946 0001")
    return people.make_patient(by=front_desk, email="ruth@example.org", reminder_channel="email")


def send(clock=None, channel="email"):
    """Send what is due, after the waiting time when a clock is given."""
    if clock:
        clock.shift(rules.WAIT)
    return send_due_messages(channel=channel)


def log():
    return list(Message.objects.order_by("pk").values_list("kind", "status", "error"))


def event_of(message):
    [(name, content, kind)] = message.attachments
    assert (name, kind) == ("appointment.ics", "text/calendar")
    return Calendar.from_ical(content).walk("VEVENT")


def test_a_booking_is_confirmed_once_after_three_minutes(ruth, physiotherapist, front_desk, clock):
    book(ruth, physiotherapist, by=front_desk)

    clock.shift(timedelta(minutes=2, seconds=59))
    assert send().total() == 0
    clock.shift(timedelta(seconds=1))
    assert send() == {SENT: 1}
    assert send(clock).total() == 0

    [message] = mail.outbox
    assert f"{monday():%A} {monday().day} {monday():%B} at 10:00" in message.body
    private = ["Adeyemi", "Ruth", "Solberg", "Follow-up", "needl", "treat", "pain"]
    assert [word for word in private if word.lower() in (message.subject + message.body).lower()] == []
    assert log() == [("booked", SENT, "")]


def test_the_calendar_file_says_when_and_where_and_nothing_else(ruth, physiotherapist, front_desk, clock):
    visit = book(ruth, physiotherapist, by=front_desk)
    send(clock)
    visit = move_appointment(visit, by=front_desk, starts_at=at("11:00"))
    send(clock)
    cancel_appointment(visit, by=front_desk, reason="Ill")
    send(clock)

    events = [event for message in mail.outbox for event in event_of(message)]

    assert len({event["uid"] for event in events}) == 1
    assert [event["sequence"] for event in events] == sorted({event["sequence"] for event in events})
    assert [str(event["status"]) for event in events] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert [event.decoded("dtstart") for event in events] == [at("10:00"), at("11:00"), at("11:00")]
    assert "Harbour Lane" in events[0]["summary"]
    assert "Solberg" not in mail.outbox[0].attachments[0][1]


@pytest.mark.parametrize("way", ["booked and cancelled", "moved and moved back", "cancelled and undone"])
def test_a_corrected_slip_sends_nothing(ruth, physiotherapist, front_desk, clock, way):
    visit = book(ruth, physiotherapist, by=front_desk)
    if way == "booked and cancelled":
        cancel_appointment(visit, by=front_desk, reason="Wrong patient")
    else:
        send(clock)
        mail.outbox.clear()
        if way == "moved and moved back":
            moved = move_appointment(visit, by=front_desk, starts_at=at("12:00"))
            clock.shift(timedelta(minutes=1))
            move_appointment(moved, by=front_desk, starts_at=at("10:00"))
        else:
            cancel_appointment(visit, by=front_desk, reason="Ill")
            undo_last(visit, by=front_desk)

    assert send(clock).total() == 0
    assert mail.outbox == []
    assert log()[-1][1:] == (SKIPPED, rules.CHANGED_BACK)


def test_of_several_changes_only_the_last_state_is_told(ruth, physiotherapist, front_desk, clock):
    visit = book(ruth, physiotherapist, by=front_desk)
    send(clock)
    for hour in ("11:00", "12:00", "13:00"):
        clock.shift(timedelta(minutes=2))
        visit = move_appointment(visit, by=front_desk, starts_at=at(hour))

    assert send().total() == 0
    assert send(clock) == {SENT: 1}

    body = mail.outbox[-1].body
    assert "at 13:00" in body
    assert "at 10:00" in body  # the time that the patient knew
    assert "11:00" not in body
    assert [kind for kind, *_ in log()] == ["booked", "moved"]


def test_a_visit_moved_before_its_confirmation_is_confirmed_at_its_new_time(ruth, physiotherapist, front_desk, clock):
    visit = book(ruth, physiotherapist, by=front_desk)
    move_appointment(visit, by=front_desk, starts_at=at("12:00"))

    send(clock)

    assert log() == [("booked", SENT, "")]
    assert "at 12:00" in mail.outbox[0].body


def test_another_site_at_the_same_time_is_a_move(ruth, physiotherapist, front_desk, clock):
    visit = book(ruth, physiotherapist, by=front_desk)
    send(clock)
    other = people.make_physiotherapist("new")
    make_hours(other)
    Practitioner.objects.filter(user=other).update(site=Site.objects.create(name="Quayside"))
    move_appointment(visit, by=front_desk, practitioner=Practitioner.objects.get(user=other))

    send(clock)

    assert "at Quayside" in mail.outbox[-1].body
    assert "at Harbour Lane" in mail.outbox[-1].body


def test_another_room_or_a_check_in_is_not_told(ruth, physiotherapist, front_desk, clock):
    visit = book(ruth, physiotherapist, by=front_desk)
    send(clock)
    other = people.make_physiotherapist("new")
    make_hours(other)
    move_appointment(visit, by=front_desk, practitioner=other.practitioner)
    clock.move_to(at("09:55"))
    check_in(visit, by=front_desk)

    assert send(clock).total() == 0
    assert len(log()) == 1


def test_a_series_is_one_message_that_lists_the_dates(ruth, physiotherapist, front_desk, clock):
    starts = [at("10:00", day=monday() + timedelta(days=7 * week)) for week in range(4)]
    visits = book_series(
        ruth,
        by=front_desk,
        practitioner=physiotherapist.practitioner,
        type=make_type(),
        visits=[(start, None) for start in starts],
    )

    assert send(clock) == {SENT: 4}
    move_this_and_following(visits[1], by=front_desk, starts_at=starts[1] + timedelta(hours=2))
    assert send(clock) == {SENT: 3}

    booked, moved = mail.outbox
    assert booked.body.count(" at 10:00") == 4
    assert len(event_of(booked)) == 4
    assert moved.body.count(" at 12:00 (before: ") == 3


@pytest.mark.parametrize(
    ("kind", "clinic", "patient"),
    [
        ("booked", "sends_confirmations", "wants_confirmations"),
        ("moved", "sends_move_notices", "wants_move_notices"),
        ("cancelled", "sends_cancellation_notices", "wants_cancellation_notices"),
    ],
)
@pytest.mark.parametrize("whose", ["clinic", "patient"])
def test_each_kind_has_a_switch_of_the_clinic_and_of_the_patient(
    ruth, physiotherapist, front_desk, clock, kind, clinic, patient, whose
):
    if whose == "clinic":
        ClinicSettings.objects.create(**{clinic: False})
    else:
        ruth = update_patient(ruth, by=front_desk, **{patient: False})
    visit = book(ruth, physiotherapist, by=front_desk)
    send(clock)
    visit = move_appointment(visit, by=front_desk, starts_at=at("12:00"))
    send(clock)
    cancel_appointment(visit, by=front_desk, reason="Ill")
    send(clock)

    assert len(mail.outbox) == 2
    why = rules.NOT_OFFERED if whose == "clinic" else rules.NOT_WANTED
    assert [line for line in log() if line[1] == SKIPPED] == [(kind, SKIPPED, why)]


@pytest.mark.parametrize("change", [{"is_active": False}, {"died_on": NOW.date()}])
def test_a_patient_who_left_or_died_before_it_was_sent_gets_nothing(ruth, physiotherapist, front_desk, clock, change):
    book(ruth, physiotherapist, by=front_desk)
    update_patient(ruth, by=front_desk, **change)

    assert send(clock) == {SKIPPED: 1}
    assert mail.outbox == []
    assert log() == [("booked", SKIPPED, rules.NOT_TREATABLE)]


def test_the_visits_of_somebody_who_died_are_cancelled_without_a_message(ruth, physiotherapist, front_desk, clock):
    visit = book(ruth, physiotherapist, by=front_desk)
    send(clock)
    update_patient(ruth, by=front_desk, died_on=NOW.date())
    cancel_appointment(visit, by=front_desk, reason="Died")

    assert send(clock).total() == 0
    assert len(mail.outbox) == 1


def test_a_patient_without_a_channel_gets_nothing(ruth, physiotherapist, front_desk, clock):
    ruth = update_patient(ruth, by=front_desk, reminder_channel="none")
    book(ruth, physiotherapist, by=front_desk)

    assert send(clock).total() == 0
    assert log() == []


def test_the_patients_of_the_demo_get_nothing(ruth, physiotherapist, front_desk, clock):
    Site.objects.update(is_demo=True)
    book(ruth, physiotherapist, by=front_desk)

    assert send(clock).total() == 0


def test_a_confirmation_takes_the_place_of_a_reminder_that_would_follow_at_once(
    ruth, physiotherapist, front_desk, clock
):
    clock.move_to(at("09:00"))
    book(ruth, physiotherapist, "15:00", by=front_desk)

    assert send(clock) == {SENT: 1}
    assert [send(clock).total() for _ in range(3)] == [0, 0, 0]
    assert log() == [("booked", SENT, "")]


def test_a_message_refused_while_the_visit_was_moved_is_replaced(ruth, physiotherapist, front_desk, clock, settings):
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    visit = book(ruth, physiotherapist, by=front_desk)
    Refusing.meanwhile = lambda: move_appointment(visit, by=front_desk, starts_at=at("12:00"))

    send(clock)
    send(clock)

    [message] = mail.outbox
    assert "at 12:00" in message.body
    assert "10:00" not in message.body
    assert log() == [("booked", SKIPPED, rules.REPLACED), ("booked", SENT, "")]


def test_processes_at_once_send_each_bundle_once(transactional_db, physiotherapist, front_desk):
    make_hours(physiotherapist)
    for number in range(4):
        patient = people.make_patient(
            by=front_desk, given_name=f"Ruth {number}", email=f"r{number}@example.org", reminder_channel="email"
        )
        book(patient, physiotherapist, f"{10 + number}:00", by=front_desk)
        book(patient, physiotherapist, f"{10 + number}:30", by=front_desk)
    Message.objects.update(due_at=timezone.now())

    made = at_once(*[lambda: send_due_messages(channel="email")] * 5)

    assert sum(counter[SENT] for counter in made) == 8
    assert sorted(message.to[0] for message in mail.outbox) == [f"r{number}@example.org" for number in range(4)]


def test_of_many_claims_of_one_bundle_one_wins(transactional_db, physiotherapist, front_desk):
    make_hours(physiotherapist)
    patient = people.make_patient(by=front_desk, email="ruth@example.org", reminder_channel="email")
    book(patient, physiotherapist, "10:00", by=front_desk)
    book(patient, physiotherapist, "11:00", by=front_desk)
    Message.objects.update(due_at=timezone.now())
    pks = list(Message.objects.values_list("pk", flat=True))

    claims = at_once(*[lambda: claim_messages(pks, channel="email")] * 8)

    assert [len(claimed) for claimed, token in claims if claimed] == [2]


@pytest.mark.parametrize("count", [1, 3])
def test_each_bundle_takes_the_same_queries(ruth, physiotherapist, front_desk, clock, django_assert_num_queries, count):
    for number in range(count):
        patient = people.make_patient(
            by=front_desk, given_name=f"Ann {number}", email=f"a{number}@example.org", reminder_channel="email"
        )
        book(patient, physiotherapist, f"{10 + number}:00", by=front_desk)
    clock.shift(rules.WAIT)

    # One for all asks which visits of a notice that they cannot take place can take place again.
    with django_assert_num_queries(7 + 16 * count):
        send()


def test_a_booking_is_confirmed_by_text_message_on_one_line(ruth, physiotherapist, front_desk, clock, settings, capsys):
    settings.SMS_BACKEND = "clinic.diary.messaging.ConsoleSms"
    ClinicSettings.objects.create(public_address="https://visits.example.org/")
    ruth = update_patient(ruth, by=front_desk, phone="07700 900123", reminder_channel="sms")
    book(ruth, physiotherapist, by=front_desk)

    assert send(clock, channel="sms") == {SENT: 1}

    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith(f"SMS to +447700900123 (message-{Message.objects.get().pk}): ")
    assert " https://visits.example.org/v/" in line


def test_a_visit_that_cannot_take_place_is_not_confirmed_until_it_can(ruth, physiotherapist, front_desk, clock):
    book(ruth, physiotherapist, by=front_desk)
    away = TimeOff.objects.create(
        practitioner=physiotherapist.practitioner, starts_at=at("09:00"), ends_at=at("12:00"), reason="Ill"
    )

    assert send(clock).total() == 0
    away.delete()
    assert send(clock) == {SENT: 1}
