"""The private link in a message: what its page shows, what patients can answer, and when it is over."""

import logging
import re
from datetime import timedelta
from functools import partial

import pytest
from django.core import mail
from django.core.cache import cache
from django.urls import reverse
from icalendar import Calendar

from clinic.diary import local_time
from clinic.diary import messages as rules
from clinic.diary.tags import day_tag
from clinic.diary.visit_links import MOST_REPLIES, MOST_TRIES
from clinic.models import Appointment, ClinicSettings, Message, MessageText, VisitReply
from clinic.models.feed import hash_token
from clinic.services import (
    book_series,
    cancel_appointment,
    move_appointment,
    queue_postponement_notice,
    record_time_off,
    send_due_messages,
)
from patients.models import Patient, TrailEntry
from patients.services import update_patient
from tests import people
from tests.clinic.builders import at, book, make_type, monday
from tests.markup import on_one_line

pytestmark = pytest.mark.both_engines

NOW = at("09:00", day=monday() - timedelta(days=10))
MOVE = {"kind": "move", "visit": "0", "days": ["Tue", "Fri"], "parts": ["Morning"], "note": "Before ten"}


@pytest.fixture
def ruth(ruth):
    ClinicSettings.objects.create(public_address="https://visits.example.org")
    return ruth


@pytest.fixture
def visit(ruth, physiotherapist, front_desk):
    return book(ruth, physiotherapist, by=front_desk, note="Ring the bell")


@pytest.fixture
def link(visit, clock):
    """The path of the link in the confirmation of the visit."""
    return _sent(clock)


def _sent(clock):
    clock.shift(rules.WAIT)
    send_due_messages(channel="email")
    [word] = [word for word in mail.outbox[-1].body.split() if word.startswith("https://")]
    return word.removeprefix("https://visits.example.org")


def replies():
    return list(VisitReply.objects.order_by("pk").values_list("kind", "wishes", "note", "wants_call"))


def test_the_secret_is_stored_as_a_hash_only(link, visit):
    token = link.strip("/").split("/")[-1]

    message = Message.objects.get()

    assert message.token_hash == hash_token(token)
    assert token not in str(Message.objects.values()) + str(list(TrailEntry.objects.values("changes", "note", "page")))


def test_the_page_shows_when_and_where_and_nothing_about_the_person(client, link, visit):
    page = client.get(link)

    html = page.content.decode()
    assert page.status_code == 200
    assert f"{monday():%A} {monday().day} {monday():%B}" in html
    assert "10:00" in html
    assert "020 7946 0001" in html
    private = ["Adeyemi", "Ruth", "Solberg", "Follow-up", "needl", "treat", "pain", "P0000", "Ring the", "1979"]
    assert [word for word in private if word.lower() in html.lower()] == []
    assert "no-store" in page["Cache-Control"]
    assert "noindex" in page["X-Robots-Tag"]
    assert "default-src 'self'" in page["Content-Security-Policy"]
    assert page.cookies == {}


def test_opening_the_link_confirms_nothing_and_is_in_the_audit_trail(client, link, visit):
    client.get(link)
    client.head(link)

    assert replies() == []
    entry = TrailEntry.objects.filter(action="read", page="visit_link").latest("pk")
    assert (entry.patient_id, entry.by) == (visit.patient_id, None)


def test_confirming_is_stored_once_and_shown(client, link, visit):
    assert client.post(link, {"kind": "confirm"}).status_code == 302
    client.post(link, {"kind": "confirm"})

    assert replies() == [("confirmed", "", "", None)]
    assert client.get(link).context["is_confirmed"]
    visit.refresh_from_db()
    assert (visit.status, visit.starts_at, visit.version) == ("booked", at("10:00"), 1)


def test_asking_for_another_time_changes_nothing_but_is_at_the_desk(client, link, visit, front_desk):
    answer = client.post(link, MOVE, follow=True)

    assert answer.context["requests"][0].wishes == "Tue Fri, Morning"
    assert replies() == [("move", "Tue Fri, Morning", "Before ten", None)]
    visit.refresh_from_db()
    assert (visit.status, visit.starts_at, visit.version) == ("booked", at("10:00"), 1)
    entry = TrailEntry.objects.filter(action="create", record_type="visitreply").get()
    assert entry.patient_id == visit.patient_id
    client.force_login(front_desk)
    day = client.get(reverse("day"), {"day": f"{monday():%Y-%m-%d}"})
    assert day.context["request_count"] == 1
    assert client.get(reverse("request_list"), {"count": 1}).context["request_count"] == 1
    [cell] = [item for column in day.context["grid"].columns for item in column.items if item.kind == "visit"]
    assert cell.label == "Asks to move"
    listed = client.get(reverse("request_list"))
    assert [reply.note for reply in listed.context["requests"]] == ["Before ten"]
    assert client.get(reverse("appointment_detail", args=[visit.pk])).context["reply"].kind == "move"


def test_a_request_is_open_until_the_desk_deals_with_it(client, link, visit, front_desk):
    client.post(link, {"kind": "cancel", "visit": "0", "call": "yes"})
    reply = VisitReply.objects.get()
    client.force_login(front_desk)

    client.post(reverse("request_close", args=[reply.pk]))

    reply.refresh_from_db()
    assert (reply.wants_call, reply.closed_by) == (True, front_desk)
    assert list(client.get(reverse("request_list")).context["requests"]) == []


def _label(client, user, visit):
    """What the diary says of the visit, after checking that the panel of the visit agrees."""
    client.force_login(user)
    day = client.get(reverse("day"), {"day": f"{visit.starts_at.astimezone(visit.zone):%Y-%m-%d}"})
    [cell] = [item for column in day.context["grid"].columns for item in column.items if item.kind == "visit"]
    panel = client.get(reverse("appointment_detail", args=[visit.pk]))
    assert panel.context["is_unconfirmed"] == (cell.label == "Not yet confirmed")
    client.logout()
    return cell.label


def test_a_visit_is_marked_until_its_patient_has_confirmed_it(client, visit, front_desk, clock):
    tag = partial(day_tag, local_time.day_bounds(monday(), visit.zone), visit.practitioner.site)
    before = _label(client, front_desk, visit), tag()
    link = _sent(clock)
    asked = _label(client, front_desk, visit), tag()
    client.post(link, {"kind": "confirm"})

    assert (before[0], asked[0]) == ("Booked", "Not yet confirmed")
    assert before[1] != asked[1]
    assert _label(client, front_desk, visit) == "Confirmed"


def test_a_patient_who_withdrew_a_request_has_not_confirmed(client, link, visit, front_desk):
    client.post(link, MOVE)
    assert _label(client, front_desk, visit) == "Asks to move"

    client.post(link, {"kind": "withdraw"})

    assert _label(client, front_desk, visit) == "Not yet confirmed"


def test_a_moved_visit_is_unconfirmed_only_after_its_patient_was_asked_again(client, link, visit, front_desk, clock):
    move_appointment(visit, by=front_desk, starts_at=at("12:00"))
    visit.refresh_from_db()

    assert _label(client, front_desk, visit) == "Booked"
    _sent(clock)
    assert _label(client, front_desk, visit) == "Not yet confirmed"


@pytest.mark.parametrize("without", ["an address", "a link in the text", "a delivery"])
def test_a_patient_who_got_no_link_is_not_called_unconfirmed(client, visit, front_desk, clock, without, monkeypatch):
    if without == "an address":
        ClinicSettings.objects.update(public_address="")
    elif without == "a link in the text":
        MessageText.objects.create(kind="booked", channel="email", subject="Booked", text="{visits}")
    else:
        monkeypatch.setattr("clinic.diary.messaging.email.EmailMessage.send", _break)
    clock.shift(rules.WAIT)
    send_due_messages(channel="email")
    ClinicSettings.objects.update(public_address="https://visits.example.org")

    assert Message.objects.get().status == ("failed" if without == "a delivery" else "sent")
    assert _label(client, front_desk, visit) == "Booked"


def _break(message):
    raise TimeoutError


def test_a_visit_that_has_begun_is_not_called_unconfirmed(client, link, visit, front_desk, clock):
    clock.move_to(at("10:01"))

    assert _label(client, front_desk, visit) == "Booked"


@pytest.mark.parametrize("change", ["moved", "cancelled"])
def test_changing_the_visit_ends_the_request_and_the_link(client, link, visit, front_desk, change):
    client.post(link, MOVE)
    if change == "moved":
        move_appointment(visit, by=front_desk, starts_at=at("12:00"))
    else:
        cancel_appointment(visit, by=front_desk, reason="Asked to")

    assert client.get(link).status_code == 404
    assert client.post(link, {"kind": "confirm"}).status_code == 404
    assert len(replies()) == 1
    client.force_login(front_desk)
    assert list(client.get(reverse("request_list")).context["requests"]) == []


def test_the_page_of_a_visit_that_cannot_take_place_asks_which_times_suit(
    client, link, visit, physiotherapist, front_desk, clock
):
    away = {"starts_at": at("00:00"), "ends_at": at("23:00"), "practitioner": physiotherapist.practitioner}
    record_time_off(by=front_desk, **away)
    queue_postponement_notice(visit, by=front_desk)
    assert client.get(link).context["can_take_place"]
    newer = _sent(clock)

    for path in (link, newer):
        assert not client.get(path).context["can_take_place"]
        client.post(path, {"kind": "confirm"})
    client.post(newer, MOVE)

    assert replies() == [("move", "Tue Fri, Morning", "Before ten", None)]
    assert Calendar.from_ical(client.get(f"{newer}appointment.ics").content).walk("VEVENT") == []
    client.force_login(front_desk)
    [row] = client.get(reverse("visits_to_move")).context["visits"]
    assert (row.notice.status, row.reply.wishes) == ("sent", "Tue Fri, Morning")


def test_a_request_can_be_withdrawn(client, link, visit, front_desk):
    client.post(link, {"kind": "confirm"})
    client.post(link, MOVE)
    page = client.post(link, {"kind": "withdraw"}, follow=True)

    assert page.context["requests"] == []
    assert page.context["is_confirmed"]
    client.force_login(front_desk)
    assert list(client.get(reverse("request_list")).context["requests"]) == []


def test_wrong_old_and_used_links_show_the_same_page(client, link, visit, clock):
    wrong = client.get("/v/there-is-no-such-link/")
    clock.move_to(visit.starts_at)
    old = client.get(link)

    assert (wrong.status_code, old.status_code) == (404, 404)
    assert wrong.content == old.content
    assert "020 7946 0001" in old.content.decode()
    assert client.get(f"{link}appointment.ics").status_code == 404


@pytest.mark.parametrize("change", [{"is_active": False}, {"died_on": NOW.date()}])
def test_the_link_of_somebody_who_left_is_over(client, link, ruth, front_desk, change):
    ruth.refresh_from_db()
    update_patient(ruth, by=front_desk, **change)

    assert client.get(link).status_code == 404


def test_the_calendar_file_can_be_fetched_with_the_link(client, link):
    answer = client.get(f"{link}appointment.ics")

    [event] = Calendar.from_ical(answer.content).walk("VEVENT")
    assert event.decoded("dtstart") == at("10:00")
    assert "Adeyemi" not in answer.content.decode()


def test_a_link_of_a_series_confirms_all_and_asks_about_one(
    client, ruth, physiotherapist, front_desk, clock, django_assert_num_queries
):
    starts = [at("10:00", day=monday() + timedelta(days=7 * week)) for week in range(3)]
    fields = {"by": front_desk, "practitioner": physiotherapist.practitioner, "type": make_type()}
    visits = book_series(ruth, visits=[(start, None) for start in starts], **fields)
    link = _sent(clock)

    client.post(link, {"kind": "confirm"})
    client.post(link, MOVE | {"visit": "1"})

    assert [len(visit.replies.all()) for visit in visits] == [1, 2, 1]
    refused = client.post(link, MOVE | {"visit": "7"})
    assert refused.status_code == 422
    assert "visit" in refused.context["form"].errors


def test_a_link_of_two_visits_of_which_one_cannot_take_place_says_so_and_that_we_call(
    client, ruth, physiotherapist, front_desk, clock
):
    starts = [at("10:00"), at("10:00", day=monday() + timedelta(days=7))]
    fields = {"by": front_desk, "practitioner": physiotherapist.practitioner, "type": make_type()}
    first, _ = book_series(ruth, visits=[(start, None) for start in starts], **fields)
    link = _sent(clock)
    away = {"starts_at": at("00:00"), "ends_at": at("23:00"), "practitioner": physiotherapist.practitioner}
    record_time_off(by=front_desk, **away)
    queue_postponement_notice(first, by=front_desk)
    _sent(clock)

    for answers in ([], [{"kind": "confirm"}], [MOVE | {"visit": "0"}]):
        for answer in answers:
            client.post(link, answer)
        page = client.get(link)
        assert (len(page.context["postponed"]), page.context["can_take_place"]) == (1, True)
        status = re.findall(r'role="status".*?</div>', on_one_line(page))
        assert any("We will call you" in note for note in status)


@pytest.mark.parametrize("field", [{"note": "x" * 121}, {"days": ["Someday"]}, {"visit": "x"}])
def test_a_wrong_answer_is_refused_with_what_was_typed(client, link, field):
    answer = client.post(link, MOVE | {"note": "Kept"} | field)

    assert answer.status_code == 422
    assert set(field) <= set(answer.context["form"].errors)
    assert ("note" in field or "Kept" in answer.content.decode()) and replies() == []


def test_wrong_links_are_limited_for_each_address(client, link):
    cache.clear()
    tries = [client.get(f"/v/wrong-{number}/").status_code for number in range(MOST_TRIES + 1)]

    assert tries == [404] * MOST_TRIES + [429]
    assert client.get(link).status_code == 429
    assert client.get(link, REMOTE_ADDR="192.0.2.7").status_code == 200
    cache.clear()


def test_a_link_is_limited_too(client, link, clock):
    cache.clear()
    pages = [client.get(link).status_code for _ in range(MOST_TRIES + 1)]

    assert pages == [200] * MOST_TRIES + [429]
    cache.clear()


def test_many_answers_are_refused(client, link):
    for number in range(MOST_REPLIES + 2):
        cache.clear()
        answer = client.post(link, MOVE | {"note": f"Version {number}"})

    assert answer.status_code == 422
    assert len(replies()) == MOST_REPLIES


def test_the_secret_is_not_in_the_logs(client, link, caplog):
    from clinic.platform.logs import without_private_parts

    with caplog.at_level(logging.DEBUG):
        client.get("/v/a-wrong-secret/")

    lines = [without_private_parts(record.getMessage()) for record in caplog.records]
    assert any("/v/" in line for line in lines)
    assert [line for line in lines if "a-wrong-secret" in line] == []


def test_without_an_address_the_message_has_no_link(ruth, physiotherapist, front_desk, clock):
    ClinicSettings.objects.update(public_address="")
    book(ruth, physiotherapist, by=front_desk)
    clock.shift(rules.WAIT)
    send_due_messages(channel="email")

    assert "http" not in mail.outbox[0].body
    assert "{link}" not in mail.outbox[0].body


def test_the_drawer_shows_what_was_sent_and_who_cannot_be_reached(client, visit, front_desk, clock):
    client.force_login(front_desk)
    page = reverse("appointment_detail", args=[visit.pk])

    assert [message.status for message in client.get(page).context["sent_messages"]] == ["pending"]
    _sent(clock)
    assert [message.status for message in client.get(page).context["sent_messages"]] == ["sent"]
    Patient.objects.update(email="")
    assert client.get(page).context["unreachable"] == rules.NO_EMAIL
    booking = client.get(reverse("appointment_create"), {"patient": visit.patient_id})
    assert rules.NO_EMAIL in booking.content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_requests_takes_the_same_queries(
    client, link, visit, ruth, physiotherapist, front_desk, clock, django_assert_num_queries, count
):
    message = Message.objects.get()
    for number in range(count):
        other = people.make_patient(by=front_desk, given_name=f"Ann {number}")
        visit = book(other, physiotherapist, f"{11 + number}:00", by=front_desk)
        VisitReply.objects.create(appointment=visit, message=message, kind="move", starts_at=visit.starts_at)
    client.force_login(front_desk)
    client.get(reverse("request_list"))

    with django_assert_num_queries(5):
        page = client.get(reverse("request_list"))

    assert len(page.context["requests"]) == count
    assert Appointment.objects.count() == count + 1
