from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import ics
import pytest
import recurring_ical_events
import time_machine
import vobject
from dateutil.rrule import rrulestr
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from ical.calendar_stream import IcsCalendarStream
from icalendar import Calendar

from clinic.diary.calendar_feed import calendar_of
from clinic.diary.clock_changes import vtimezone
from clinic.models import Appointment, CalendarFeed, Site
from clinic.platform.logs import without_private_parts
from clinic.services import (
    cancel_appointment,
    create_calendar_feed,
    mark_no_show,
    move_appointment,
    revoke_calendar_feed,
    undo_last,
)
from tests.admin_pages import url_of
from tests.clinic.builders import at, book, make_hours, make_type, monday

LENGTH = timedelta(minutes=30)
CHANGES = {
    "Europe/London": [date(2027, 3, 28), date(2027, 10, 31)],
    "Europe/Dublin": [date(2027, 3, 28), date(2027, 10, 31)],
    "America/New_York": [date(2027, 3, 14), date(2027, 11, 7)],
    "Australia/Lord_Howe": [date(2027, 4, 4), date(2027, 10, 3)],
}


@pytest.fixture
def visit(patient, physiotherapist, front_desk, room):
    make_hours(physiotherapist)
    return book(patient, physiotherapist, by=front_desk, room=room)


@pytest.fixture
def address(physiotherapist, admin):
    return address_of(create_calendar_feed(physiotherapist.practitioner, by=admin)[1])


def address_of(token):
    return reverse("calendar_feed", args=[token])


def _raw(patient, user, starts_at):
    return Appointment.objects.create(
        patient=patient,
        practitioner=user.practitioner,
        type=make_type(),
        starts_at=starts_at,
        ends_at=starts_at + LENGTH,
    )


def event_of(user):
    [event] = Calendar.from_ical(calendar_of(user.practitioner)).events
    return event


def test_a_visit_has_its_local_time_and_only_the_initials(visit, physiotherapist):
    event = event_of(physiotherapist)

    assert (event.start, event.end) == (visit.starts_at, visit.ends_at)
    assert event["DTSTART"].params["TZID"] == "Europe/London"
    assert (event["SUMMARY"], event["LOCATION"], event["STATUS"]) == ("RA", "Harbour Lane, Room 1", "CONFIRMED")
    assert (event["CLASS"], event["SEQUENCE"], event["TRANSP"]) == ("PRIVATE", visit.version, "OPAQUE")
    assert event["LAST-MODIFIED"].dt == event["DTSTAMP"].dt == visit.booked_at.replace(microsecond=0)


def test_the_file_contains_nothing_else_about_the_patient(visit, physiotherapist):
    Appointment.objects.update(note="Brings her scan")

    text = calendar_of(physiotherapist.practitioner).decode()

    private = ["Ruth", "Adeyemi", visit.patient.record_number, "1979", "Follow-up", "scan", "DESCRIPTION", "ATTENDEE"]
    assert [word for word in private if word in text] == []


def test_a_moved_visit_keeps_its_uid_and_gets_a_higher_sequence(visit, physiotherapist, front_desk):
    before = event_of(physiotherapist)

    moved = move_appointment(visit, by=front_desk, starts_at=at("15:00"))

    after = event_of(physiotherapist)
    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after["LAST-MODIFIED"].dt == moved.changes.get().made_at.replace(microsecond=0)
    assert after.start == at("15:00")


def test_a_cancelled_visit_is_marked_as_cancelled_until_that_is_undone(visit, physiotherapist, front_desk):
    cancel_appointment(visit, by=front_desk, reason="Ill")
    cancelled = event_of(physiotherapist)
    undo_last(visit, by=front_desk)

    back = event_of(physiotherapist)

    assert (cancelled["STATUS"], cancelled["TRANSP"]) == ("CANCELLED", "TRANSPARENT")
    assert (cancelled["SUMMARY"], back["SUMMARY"]) == ("Cancelled: RA", "RA")
    assert (back["STATUS"], back["UID"]) == ("CONFIRMED", cancelled["UID"])
    assert back["SEQUENCE"] > cancelled["SEQUENCE"]


def test_a_missed_visit_is_marked_as_cancelled(visit, physiotherapist, front_desk):
    with time_machine.travel(visit.ends_at, tick=False):
        mark_no_show(visit, by=front_desk)

        assert event_of(physiotherapist)["STATUS"] == "CANCELLED"


def test_the_file_contains_no_visits_of_other_practitioners(visit, other_physiotherapist):
    assert Calendar.from_ical(calendar_of(other_physiotherapist.practitioner)).events == []


def test_the_file_goes_from_30_days_ago_to_180_days_ahead(patient, physiotherapist):
    now = datetime(2027, 5, 1, 12, tzinfo=UTC)
    first, last = now - timedelta(days=30), now + timedelta(days=180)
    for starts_at in (first - LENGTH, first, last - LENGTH, last):
        _raw(patient, physiotherapist, starts_at)

    events = Calendar.from_ical(calendar_of(physiotherapist.practitioner, at=now)).events

    assert [event.start for event in events] == [first, last - LENGTH]


def test_the_same_diary_gives_the_same_bytes(patient, physiotherapist):
    now = datetime(2027, 5, 1, 12, tzinfo=UTC)
    _raw(patient, physiotherapist, now)

    files = {calendar_of(physiotherapist.practitioner, at=now + timedelta(hours=n)) for n in range(60)}

    assert len(files) == 1


def test_awkward_names_are_escaped_and_long_lines_folded(visit, physiotherapist):
    Site.objects.update(name="Zaniklé, lomítko; Praha\\Žižkov " + "ň" * 60)

    text = calendar_of(physiotherapist.practitioner)

    assert max(map(len, text.split(b"\r\n"))) <= 75
    assert event_of(physiotherapist)["LOCATION"].startswith("Zaniklé, lomítko; Praha\\Žižkov ňň")


@pytest.mark.parametrize("zone", CHANGES)
def test_another_library_reads_the_weeks_of_the_clock_changes_correctly(zone, patient, physiotherapist):
    Site.objects.update(timezone=zone)
    physiotherapist.practitioner.refresh_from_db()
    physiotherapist.practitioner.site.refresh_from_db()
    days = [day + timedelta(days=n) for day in CHANGES[zone] for n in (-3, 0, 1, 4)]
    expected = [datetime(day.year, day.month, day.day, 9, 30, tzinfo=ZoneInfo(zone)) for day in days]
    for starts_at in expected:
        _raw(patient, physiotherapist, starts_at)

    read = []
    for day in CHANGES[zone]:
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        calendar = Calendar.from_ical(calendar_of(physiotherapist.practitioner, at=noon))
        week = recurring_ical_events.of(calendar).between(day - timedelta(days=4), day + timedelta(days=6))
        read += sorted(event.start for event in week)

    assert read == expected
    assert [start.astimezone(ZoneInfo(zone)).strftime("%H:%M") for start in read] == ["09:30"] * 8


@pytest.mark.parametrize("zone", [*CHANGES, "Asia/Kathmandu", "Africa/Casablanca", "Asia/Jerusalem", "Asia/Tokyo"])
def test_the_time_zone_in_the_file_is_correct(zone, patient, physiotherapist):
    """Read the file as a client without a zone database does: only by its onsets and the rules of RFC 5545."""
    Site.objects.update(timezone=zone)
    physiotherapist.practitioner.site.refresh_from_db()
    now = datetime(2027, 6, 1, tzinfo=UTC)  # the file then contains all of 2027
    _raw(patient, physiotherapist, now)

    [rules] = Calendar.from_ical(calendar_of(physiotherapist.practitioner, at=now)).timezones
    onsets = sorted(_onsets(rules))
    hours = [now + timedelta(minutes=30 * n) for n in range(-2 * 24 * 150, 2 * 24 * 212)]

    wrong = [hour for hour in hours if _offset(onsets, hour) != hour.astimezone(ZoneInfo(zone)).utcoffset()]
    assert rules["TZID"] == zone
    assert wrong == []


def _onsets(rules):
    """(instant in UTC, offset from then on) of every clock change until 2028."""
    for observance in rules.subcomponents:
        starts = [observance["DTSTART"].dt]
        if "RRULE" in observance:
            starts = rrulestr(observance["RRULE"].to_ical().decode(), dtstart=starts[0]).between(
                starts[0], datetime(2028, 12, 31), inc=True
            )
        for wall in starts:
            yield (wall - observance.TZOFFSETFROM).replace(tzinfo=UTC), observance.TZOFFSETTO


def _offset(onsets, instant):
    return max(onset for onset in onsets if onset[0] <= instant)[1]


@pytest.mark.parametrize("zone", ["Europe/London", "America/New_York", "Australia/Lord_Howe"])
def test_the_clock_changes_are_a_pair_of_yearly_rules(zone):
    """Outlook reads one pair of yearly rules and ignores a zone that has none."""
    kinds = [(part.name, "RRULE" in part) for part in vtimezone(ZoneInfo(zone), 2026, 2027).subcomponents]

    assert sorted(kinds) == [("DAYLIGHT", True), ("STANDARD", True)]


def test_clock_changes_without_a_yearly_rule_are_listed():
    """In Morocco they follow Ramadan."""
    parts = vtimezone(ZoneInfo("Africa/Casablanca"), 2027, 2027).subcomponents

    assert ["RRULE" in part for part in parts] == [False] * 3


def read_by_icalendar(file):
    return [event.start for event in Calendar.from_ical(file).events]


def read_by_recurring_ical_events(file):
    return [event.start for event in recurring_ical_events.of(Calendar.from_ical(file)).between(2026, 2029)]


def read_by_ics(file):
    return [event.begin.datetime for event in ics.Calendar(file.decode()).events]


def read_by_ical(file):
    return [event.dtstart for event in IcsCalendarStream.calendar_from_ics(file.decode()).events]


def read_by_vobject(file):
    return [event.dtstart.value for event in vobject.readOne(file.decode()).vevent_list]


@pytest.mark.parametrize(
    "read", [read_by_icalendar, read_by_recurring_ical_events, read_by_ics, read_by_ical, read_by_vobject]
)
@pytest.mark.parametrize("zone", ["Europe/London", "Africa/Casablanca"])
def test_five_libraries_read_the_same_times(zone, read, patient, physiotherapist):
    Site.objects.update(timezone=zone)
    physiotherapist.practitioner.site.refresh_from_db()
    starts = [datetime(2027, month, 28, 9, 30, tzinfo=ZoneInfo(zone)) for month in (1, 2, 3, 5, 6, 7)]
    for starts_at in starts:
        _raw(patient, physiotherapist, starts_at)

    file = calendar_of(physiotherapist.practitioner, at=datetime(2027, 2, 20, tzinfo=UTC))

    assert sorted(start.astimezone(UTC) for start in read(file)) == [start.astimezone(UTC) for start in starts]


def test_the_file_says_how_often_to_read_it_and_in_which_zone_it_is(visit, physiotherapist):
    calendar = Calendar.from_ical(calendar_of(physiotherapist.practitioner))

    assert calendar["REFRESH-INTERVAL"].dt == timedelta(minutes=15)
    assert calendar["X-PUBLISHED-TTL"] == "PT15M"
    assert calendar["X-WR-TIMEZONE"] == "Europe/London"


# The address of the feed ------------------------------------------------------------------


def test_the_address_needs_no_sign_in_and_is_kept_out_of_caches(client, visit, address):
    answer = client.get(address)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert b"SUMMARY:RA" in answer.content


def test_an_unchanged_calendar_is_not_sent_again(client, visit, address, front_desk):
    etag = client.get(address).headers["ETag"]

    unchanged = client.get(address, headers={"If-None-Match": etag})
    move_appointment(visit, by=front_desk, starts_at=at("15:00"))
    changed = client.get(address, headers={"If-None-Match": etag})

    assert (unchanged.status_code, unchanged.content, unchanged.headers["ETag"]) == (304, b"", etag)
    assert changed.status_code == 200
    assert changed.headers["ETag"] != etag


# Of the cache in the database, which counts the readings of the hour.
COUNTING = 6


@pytest.mark.parametrize("count", [1, 3])
def test_the_file_takes_two_queries_and_counting_for_any_number_of_visits(
    client, patient, physiotherapist, address, django_assert_num_queries, count
):
    CalendarFeed.objects.update(last_read_at=timezone.now())
    for number in range(count):
        _raw(patient, physiotherapist, at("10:00") + timedelta(hours=number))

    client.get(address)
    with django_assert_num_queries(2 + COUNTING):
        assert client.get(address).content.count(b"BEGIN:VEVENT") == count


def test_an_admin_sees_when_the_address_was_last_read(client, as_admin, address):
    read_at = [timezone.now() + timedelta(minutes=minutes) for minutes in (-62, -30, -1)]
    stored = []
    for moment in read_at:
        with time_machine.travel(moment, tick=False):
            client.get(address)
            stored.append(CalendarFeed.objects.get().last_read_at)

    page = as_admin.get(url_of(CalendarFeed))
    assert stored == [read_at[0], read_at[0], read_at[2]]
    assert "last_read_at" in page.context["cl"].list_display


def test_a_revoked_address_is_not_found(client, address, admin):
    revoke_calendar_feed(CalendarFeed.objects.get(), by=admin)

    assert client.get(address).status_code == 404


@pytest.mark.parametrize("who", ["practitioner", "user"])
def test_the_address_of_an_inactive_practitioner_is_not_found(client, address, physiotherapist, who):
    left = physiotherapist.practitioner if who == "practitioner" else physiotherapist
    left.is_active = False
    left.save()

    assert client.get(address).status_code == 404


def test_an_unknown_secret_and_a_hash_are_not_found(client, address):
    feed = CalendarFeed.objects.get()

    assert {client.get(address_of(token)).status_code for token in ("x" * 43, feed.token_hash, str(feed.pk))} == {404}


def test_the_secret_is_not_stored(physiotherapist, admin):
    feed, token = create_calendar_feed(physiotherapist.practitioner, by=admin)

    assert len(token) == 43
    assert token not in str(list(CalendarFeed.objects.values()))
    assert token not in str(vars(feed))


def test_the_secret_is_not_in_the_logs():
    line = '"GET /calendar/Zx-9_q.ics HTTP/1.1" 404, Not Found: /calendar/Zx-9_q.ics'

    assert "Zx-9_q" not in without_private_parts(line)
    assert without_private_parts(line).count("/calendar/(secret).ics") == 2


def test_a_practitioner_has_one_address_until_it_is_revoked(physiotherapist, admin, superuser):
    feed, _ = create_calendar_feed(physiotherapist.practitioner, by=admin)

    with pytest.raises(ValidationError, match="already has a calendar address. Revoke"):
        create_calendar_feed(physiotherapist.practitioner, by=admin)
    revoked = revoke_calendar_feed(feed, by=admin)
    again = revoke_calendar_feed(feed, by=superuser)
    create_calendar_feed(physiotherapist.practitioner, by=admin)

    assert (again.revoked_by, again.revoked_at) == (admin, revoked.revoked_at)
    assert CalendarFeed.objects.not_revoked().count() == 1


def test_an_admin_creates_an_address_that_is_shown_once(as_admin, physiotherapist, admin, visit):
    page = as_admin.post(url_of(CalendarFeed, "add"), {"practitioner": physiotherapist.practitioner.pk})

    feed = CalendarFeed.objects.get()
    shown = page.context["address"]
    assert shown.startswith("http://testserver/calendar/")
    assert f">{shown}</textarea>" in page.content.decode()
    assert b"SUMMARY:RA" in as_admin.get(shown.removeprefix("http://testserver")).content
    assert feed.created_by == admin
    secret = shown.split("/")[-1].removesuffix(".ics")
    later = as_admin.get(url_of(CalendarFeed)).content + as_admin.get(url_of(CalendarFeed, "change", feed.pk)).content
    assert secret.encode() not in later


def test_sending_the_form_twice_is_refused_with_a_message(as_admin, physiotherapist):
    typed = {"practitioner": physiotherapist.practitioner.pk}
    as_admin.post(url_of(CalendarFeed, "add"), typed)

    page = as_admin.post(url_of(CalendarFeed, "add"), typed)

    assert b"Revoke it in the list before you create another." in page.content
    assert CalendarFeed.objects.count() == 1


def test_an_admin_revokes_an_address(as_admin, client, address, admin):
    feed = CalendarFeed.objects.get()

    page = as_admin.post(url_of(CalendarFeed), {"action": "revoke", "_selected_action": [feed.pk]}, follow=True)

    feed.refresh_from_db()
    assert b"Revoked: 1." in page.content
    assert feed.revoked_by == admin
    assert client.get(address).status_code == 404


def test_an_address_cannot_be_changed(as_admin, address):
    url = url_of(CalendarFeed, "change", CalendarFeed.objects.get().pk)

    assert as_admin.post(url, {"practitioner": 1}).status_code == 403


def test_a_visit_on_next_monday_is_in_the_file(visit, physiotherapist):
    calendar = Calendar.from_ical(calendar_of(physiotherapist.practitioner))

    assert [event.start for event in recurring_ical_events.of(calendar).at(monday())] == [visit.starts_at]
