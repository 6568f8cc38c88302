import json
import os
import subprocess
import sys
import threading
from datetime import date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.admin import site
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from clinic.diary.messages import NO_EMAIL, NO_PHONE, TOO_LATE, WAIT, address_of
from clinic.diary.messaging import NotSent
from clinic.models import Appointment, ClinicSettings, Message, Site
from clinic.services import cancel_appointment, claim_reminder, move_appointment, send_due_messages, undo_last
from patients.models import Patient
from patients.services import update_patient
from tests import people
from tests.clinic.builders import at, book, make_hours, make_type, monday
from tests.clinic.services.test_concurrent_booking import at_once
from tests.test_arrows import ROOT

pytestmark = pytest.mark.both_engines

EVENING_BEFORE = at("18:00", day=monday() - timedelta(days=1))
SENT, FAILED, SKIPPED = Message.Status.SENT, Message.Status.FAILED, Message.Status.SKIPPED
PENDING, CLAIMED = Message.Status.PENDING, Message.Status.CLAIMED


class RefusingServer(EmailBackend):
    def send_messages(self, messages):
        raise NotSent("The mail server refused the message: SMTPRecipientsRefused.")


class BreakingServer(EmailBackend):
    """Accept the message, then fail with an error that contains the address."""

    def send_messages(self, messages):
        super().send_messages(messages)
        raise ConnectionResetError(messages[0].to[0])


class DyingProcess(EmailBackend):
    def send_messages(self, messages):
        super().send_messages(messages)
        raise KeyboardInterrupt


@pytest.fixture(autouse=True)
def mail_settings(settings):
    settings.EMAIL_URL, settings.DEFAULT_FROM_EMAIL = "smtp://here", "clinic@example.org"


@pytest.fixture
def ruth(front_desk, physiotherapist):
    """A patient of a clinic that sends only reminders."""
    ClinicSettings.objects.create(sends_confirmations=False, sends_move_notices=False, sends_cancellation_notices=False)
    make_hours(physiotherapist)
    return make_ruth(front_desk)


def make_ruth(desk, **fields):
    return people.make_patient(by=desk, **({"email": "ruth@example.org", "reminder_channel": "email"} | fields))


@pytest.fixture
def visit(ruth, physiotherapist, front_desk):
    """A visit on Monday at 10:00."""
    return book(ruth, physiotherapist, by=front_desk)


def run(when=EVENING_BEFORE):
    """Run the command at this time. Return what it wrote to stdout and to stderr."""
    out, err = StringIO(), StringIO()
    with time_machine.travel(when, tick=False):
        call_command("send_reminders", stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def log():
    return list(Message.objects.order_by("starts_at").values_list("status", "attempts", "error"))


def test_a_reminder_contains_only_place_and_time(visit):
    Site.objects.update(phone="020 7946 0001", address="1 Harbour Lane")

    output = run()

    message = mail.outbox[0]
    assert output == ("1 sent\n", "")
    assert message.to == ["ruth@example.org"]
    day = f"{monday():%A} {monday().day} {monday():%B}"
    assert message.subject == f"Your appointment on {day}"
    assert f"your appointment at Harbour Lane on {day} at 10:00." in message.body
    assert "Address: 1 Harbour Lane" in message.body
    assert "call 020 7946 0001" in message.body
    private = ["Adeyemi", "Ruth", "Solberg", "Follow-up", "needl", "physio", "treat", "pain"]
    assert [word for word in private if word.lower() in (message.subject + message.body).lower()] == []
    reminder = Message.objects.get()
    assert (reminder.status, reminder.attempts, reminder.sent_at) == (SENT, 1, EVENING_BEFORE)


def test_a_name_with_an_apostrophe_stays_as_it_is(visit):
    Site.objects.update(name="St. John's & Son")

    run()

    assert "at St. John's & Son on" in mail.outbox[0].body


def test_a_text_message_is_one_line_to_one_number(visit, front_desk, settings, capsys):
    settings.SMS_BACKEND = "clinic.diary.messaging.ConsoleSms"
    update_patient(visit.patient, by=front_desk, phone="+44 (0)7700-900123", reminder_channel="sms")

    run()

    day = f"{monday():%A} {monday().day} {monday():%B}"
    reference = f"reminder-{Message.objects.get().pk}"
    text = f"Reminder: your appointment at Harbour Lane, {day} at 10:00."
    assert capsys.readouterr().out == f"SMS to +447700900123 ({reference}): {text}\n"


@pytest.mark.parametrize(
    ("phone", "number"),
    [
        ("07700 900123", "+447700900123"),
        ("+44 (0)7700 900123", "+447700900123"),
        ("+353 85 012 3456", "+353850123456"),
        ("020 7946 0123", ""),
        ("", ""),
        ("07700 900123 / 07700 900999", ""),
        ("07700 900123 (daughter)", ""),
        ("ask at work", ""),
    ],
)
def test_text_messages_go_only_to_a_single_mobile_number(ruth, physiotherapist, phone, number):
    """Also to numbers that an older version stored as they were typed."""
    Patient.objects.update(phone=phone, reminder_channel="sms")
    visit = _raw(ruth, physiotherapist, at("10:00"))
    visit.patient.refresh_from_db()

    assert address_of(visit.patient, visit.practitioner.site) == number


def test_the_time_is_that_of_the_site(ruth, physiotherapist, front_desk):
    Site.objects.update(timezone="America/New_York")
    starts_at = at("10:00", zone=ZoneInfo("America/New_York"))
    physiotherapist.practitioner.refresh_from_db()
    _raw(ruth, physiotherapist, starts_at)

    run(starts_at - timedelta(hours=3))

    assert "at 10:00." in mail.outbox[0].body


@pytest.mark.parametrize(("day", "utc_hour"), [(date(2027, 3, 28), 8), (date(2027, 10, 31), 9)])
def test_the_time_is_that_of_the_site_on_the_days_of_the_clock_change(ruth, physiotherapist, day, utc_hour):
    starts_at = datetime(day.year, day.month, day.day, utc_hour, tzinfo=ZoneInfo("UTC"))
    _raw(ruth, physiotherapist, starts_at)

    run(starts_at - timedelta(hours=20))

    assert f"Sunday {day.day} {day:%B} at 09:00." in mail.outbox[0].body


def test_running_again_sends_nothing(visit):
    run()

    assert [run(EVENING_BEFORE + timedelta(minutes=5 * n)) for n in range(3)] == [("", "")] * 3
    assert len(mail.outbox) == 1


def test_a_reminder_is_not_sent_earlier_than_the_settings_allow(visit, settings):
    settings.REMINDER_HOURS_BEFORE = 48
    starts_at = visit.starts_at

    assert run(starts_at - timedelta(hours=48, seconds=1)) == ("", "")
    assert run(starts_at - timedelta(hours=48)) == ("1 sent\n", "")


def test_a_moved_visit_is_reminded_of_its_new_time_only(visit, front_desk):
    run()
    move_appointment(visit, by=front_desk, starts_at=at("15:00", day=monday() + timedelta(days=2)))

    assert run() == ("", "")
    assert run(at("18:00", day=monday() + timedelta(days=1))) == ("1 sent\n", "")
    assert len(mail.outbox) == 2
    assert "at 15:00" in mail.outbox[1].body


def test_a_visit_moved_back_is_not_reminded_of_the_same_time_twice(visit, front_desk):
    run()
    moved = move_appointment(visit, by=front_desk, starts_at=at("15:00"))
    move_appointment(moved, by=front_desk, starts_at=at("10:00"))

    assert run() == ("", "")


def test_a_cancelled_visit_is_not_reminded_of(visit, front_desk):
    cancel_appointment(visit, by=front_desk, reason="Ill")

    assert run() == ("", "")


@pytest.mark.parametrize("status", ["no_show", "arrived", "in_session", "done"])
def test_only_a_booked_visit_is_reminded_of(visit, status):
    Appointment.objects.update(status=status)

    assert run() == ("", "")


@pytest.mark.parametrize("change", [{"is_active": False}, {"died_on": date(2026, 1, 1)}, {"reminder_channel": "none"}])
def test_patients_who_left_died_or_want_no_reminder_get_none(visit, front_desk, change):
    update_patient(visit.patient, by=front_desk, **change)

    assert run() == ("", "")
    assert log() == []


def test_a_merged_record_is_not_reminded(visit, front_desk):
    Patient.objects.filter(pk=visit.patient_id).update(merged_into=make_ruth(front_desk))

    assert run() == ("", "")


def test_the_patients_of_the_demo_get_no_reminders(visit):
    Site.objects.update(is_demo=True)

    assert run() == ("", "")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"email": ""}, NO_EMAIL),
        ({"reminder_channel": "sms", "phone": ""}, NO_PHONE),
        ({"reminder_channel": "sms", "phone": "ask her son"}, NO_PHONE),
    ],
)
def test_a_patient_who_cannot_be_reached_is_logged_once(visit, settings, change, why):
    settings.SMS_BACKEND = "clinic.diary.messaging.ConsoleSms"
    Patient.objects.update(**change)

    assert [run(), run()] == [("1 skipped\n", ""), ("", "")]
    assert log() == [(SKIPPED, 0, why)]


def test_after_an_outage_only_visits_with_notice_left_are_reminded_of(ruth, physiotherapist, front_desk):
    for clock in ("09:00", "10:00", "11:30"):
        book(ruth, physiotherapist, clock, by=front_desk)

    output = run(at("09:30"))

    assert output == ("1 sent, 1 skipped\n", "")
    assert log() == [(SKIPPED, 0, TOO_LATE), (SENT, 1, "")]
    assert "at 11:30" in mail.outbox[0].body


def test_a_refused_message_is_tried_three_times(visit, settings):
    settings.EMAIL_BACKEND = f"{__name__}.RefusingServer"

    output = [run(EVENING_BEFORE + timedelta(minutes=5 * n))[0] for n in range(5)]

    assert output == ["1 pending\n", "1 pending\n", "1 failed\n", "", ""]
    assert log() == [(FAILED, 3, "The mail server refused the message: SMTPRecipientsRefused.")]


def test_a_refused_message_is_sent_when_the_server_is_back(visit, settings):
    settings.EMAIL_BACKEND, back = f"{__name__}.RefusingServer", settings.EMAIL_BACKEND
    run()
    settings.EMAIL_BACKEND = back

    assert run(EVENING_BEFORE + timedelta(minutes=5)) == ("1 sent\n", "")
    assert log() == [(SENT, 2, "")]


def test_a_message_that_may_have_been_sent_is_not_sent_again_and_its_error_names_nobody(visit, settings):
    settings.EMAIL_BACKEND, back = f"{__name__}.BreakingServer", settings.EMAIL_BACKEND
    run()
    settings.EMAIL_BACKEND = back

    assert run() == ("", "")
    assert log() == [(FAILED, 1, "It is not known whether the message was sent: ConnectionResetError.")]
    assert len(mail.outbox) == 1


def test_one_broken_message_does_not_stop_the_others(visit, physiotherapist, front_desk, settings):
    settings.EMAIL_BACKEND = f"{__name__}.BreakingServer"
    book(visit.patient, physiotherapist, "11:00", by=front_desk)

    assert run() == ("2 failed\n", "")


def test_an_interrupted_reminder_is_reported_until_the_visit(visit, settings):
    settings.EMAIL_BACKEND, back = f"{__name__}.DyingProcess", settings.EMAIL_BACKEND
    with pytest.raises(KeyboardInterrupt):
        run()
    settings.EMAIL_BACKEND = back

    soon, later = run(EVENING_BEFORE + timedelta(minutes=5)), run(EVENING_BEFORE + timedelta(minutes=20))

    assert soon == ("", "")
    assert later[0] == ""
    assert later[1].startswith("1 message was interrupted while it was being sent. It is not sent again.")
    assert run(visit.starts_at) == ("", "")
    assert log() == [(CLAIMED, 1, "")]
    assert len(mail.outbox) == 1


def test_missing_settings_fail_the_command_but_not_the_other_channel(visit, physiotherapist, front_desk, settings):
    settings.SMS_BACKEND, settings.SMS_GATEWAY_URL = "clinic.diary.messaging.HttpGatewaySms", ""
    texted = make_ruth(front_desk, given_name="Tom", phone="07700 900999", reminder_channel="sms")
    book(texted, physiotherapist, "11:00", by=front_desk)

    with pytest.raises(CommandError, match="Set SMS_GATEWAY_URL"):
        run()

    assert log() == [(SENT, 1, "")]


def test_missing_settings_are_accepted_while_no_reminder_is_due(db, settings):
    settings.EMAIL_URL = settings.SMS_GATEWAY_URL = ""

    assert run() == ("", "")


@pytest.mark.parametrize("count", [1, 3])
def test_each_reminder_takes_the_same_queries(ruth, physiotherapist, front_desk, django_assert_num_queries, count):
    for number in range(count):
        book(ruth, physiotherapist, f"{10 + number}:00", by=front_desk)

    # One for all asks which visits of a notice that they cannot take place can take place again.
    with time_machine.travel(EVENING_BEFORE, tick=False), django_assert_num_queries(7 + 22 * count):
        send_due_messages(channel="email")


def test_the_log_is_read_only_in_the_admin(as_admin, visit, rf, superuser):
    run()
    asking = rf.get("/")
    asking.user = superuser

    page = as_admin.get("/admin/clinic/message/")

    assert b"ADEYEMI, Ruth" in page.content
    permissions = site._registry[Message].get_model_perms(asking)
    assert permissions == {"add": False, "change": False, "delete": False, "view": True}


# Several processes at once ----------------------------------------------------------------


@pytest.fixture
def tomorrow(transactional_db, front_desk, physiotherapist):
    """Ten visits within the next hours, of ten patients with phone numbers."""
    starts_at = (timezone.now() + timedelta(hours=3)).replace(microsecond=0)
    for number in range(10):
        patient = make_ruth(
            front_desk, given_name=f"Ruth {number}", phone=f"07700 9000{number:02}", reminder_channel="sms"
        )
        _raw(patient, physiotherapist, starts_at + timedelta(minutes=30 * number))


def _raw(patient, user, starts_at):
    return Appointment.objects.create(
        patient=patient,
        practitioner=user.practitioner,
        type=make_type(),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=30),
    )


class Counting(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.received.append(body["to"])
        self.send_response(202)
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def gateway(settings):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Counting)
    server.received = []
    settings.SMS_BACKEND = "clinic.diary.messaging.HttpGatewaySms"
    settings.SMS_GATEWAY_URL, settings.SMS_GATEWAY_TOKEN = f"http://127.0.0.1:{server.server_port}/", "t0ken"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_threads_at_once_send_each_exactly_once(tomorrow, gateway):
    made = at_once(*[lambda: send_due_messages(channel="sms")] * 6)

    assert sum(counter[SENT] for counter in made) == 10
    assert len(gateway.received) == len(set(gateway.received)) == 10
    assert log() == [(SENT, 1, "")] * 10


def test_of_many_claims_of_one_reminder_one_wins(tomorrow):
    first = Appointment.objects.in_time_order().first()

    claims = at_once(*[lambda: claim_reminder(first.pk, channel="sms")] * 12)

    assert [claim.status for claim, token in claims if claim is not None] == [CLAIMED]


def test_processes_at_once_send_each_exactly_once(tomorrow, gateway, settings):
    environment = os.environ | {
        "DATABASE_URL": _database_url(),
        "DEBUG": "1",
        "SMS_BACKEND": settings.SMS_BACKEND,
        "SMS_GATEWAY_URL": settings.SMS_GATEWAY_URL,
        "SMS_GATEWAY_TOKEN": settings.SMS_GATEWAY_TOKEN,
        "DJANGO_SETTINGS_MODULE": "clinic.settings",
    }
    command = [sys.executable, ROOT / "manage.py", "send_reminders"]

    running = [subprocess.Popen(command, env=environment) for _ in range(3)]

    assert [process.wait(120) for process in running] == [0, 0, 0]
    assert len(gateway.received) == len(set(gateway.received)) == 10
    assert log() == [(SENT, 1, "")] * 10


def _database_url():
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    user = f"{quote(database['USER'])}:{quote(database['PASSWORD'])}"
    options = database["OPTIONS"].get("host") or database["HOST"]
    if options.startswith("/"):
        return f"postgres://{user}@/{database['NAME']}?host={options}"
    return f"postgres://{user}@{options}:{database['PORT'] or 5432}/{database['NAME']}"


def test_a_visit_that_is_being_changed_is_left_for_the_next_run(tomorrow, gateway):
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer at a time.")
    first = Appointment.objects.in_time_order().first()

    with transaction.atomic():
        Appointment.objects.select_for_update().get(pk=first.pk)
        [made] = at_once(lambda: send_due_messages(channel="sms"))

    assert made[SENT] == 9
    assert send_due_messages(channel="sms")[SENT] == 1


def test_a_visit_moved_back_after_another_reminder_is_reminded_of_again(ruth, physiotherapist, front_desk):
    visit = book(ruth, physiotherapist, "10:00", by=front_desk)
    with time_machine.travel(EVENING_BEFORE, tick=False) as clock:
        send_due_messages(channel="email")
        move_appointment(visit, by=front_desk, starts_at=visit.starts_at + timedelta(hours=2), allow_outside_hours=True)
        clock.shift(WAIT)
        send_due_messages(channel="email")
        undo_last(visit, by=front_desk)
        clock.shift(WAIT)

        again, once_more = send_due_messages(channel="email"), send_due_messages(channel="email")

    assert (again.total(), once_more.total()) == (1, 0)
    assert "10:00" in mail.outbox[-1].body
    assert list(Message.objects.order_by("pk").values_list("number", flat=True)) == [1, 1, 2]
