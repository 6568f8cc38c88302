import html
import re
import uuid
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.urls import reverse
from django.utils import timezone

from clinic.diary.patient_visits import visits_of
from clinic.forms.diary import slot_value
from clinic.models import Appointment, Practitioner, Site, WaitingListEntry, WorkingHours
from clinic.services import add_to_waiting_list, cancel_appointment, check_in, move_appointment
from patients.models import Patient
from patients.services import update_patient
from tests import people
from tests.clinic.builders import at, book, make_hours, make_patients, make_room, make_type, monday
from tests.markup import on_one_line
from tests.refusals import is_refused

HTMX = {"HX-Request": "true"}


@pytest.fixture
def desk(client, front_desk, physiotherapist, room):
    make_hours(physiotherapist)
    client.force_login(front_desk)
    return client


@pytest.fixture
def visit(desk, patient, physiotherapist, front_desk, room):
    return book(patient, physiotherapist, by=front_desk, room=room)


def url_of(name, visit):
    return reverse(name, args=[visit.pk])


def booking(patient, physiotherapist, clock="10:00", *, room=None, **fields):
    """The data that the booking form sends."""
    slot = slot_value(physiotherapist.practitioner.pk, room and room.pk, at(clock))
    return {"patient": patient.pk, "type": make_type().pk, "slot": slot, "token": uuid.uuid4(), **fields}


def chosen_slots(page):
    """The values of the radio buttons for a time that are checked."""
    return re.findall(r'name="slot"[^>]* value="([^"]+)"\s+checked', on_one_line(page))


def test_the_day_shows_the_booked_patients(desk, visit):
    page = desk.get(reverse("day"), {"day": monday()}).content.decode()

    assert "10:00 <bdi>ADEYEMI, Ruth" in page
    assert "Booked · Follow-up" in page
    assert "Break" not in page


def test_the_front_desk_starts_at_the_day(desk):
    assert desk.get(reverse("home")).url == reverse("day")


def test_an_invalid_day_falls_back_to_today(desk):
    page = desk.get(reverse("day"), {"day": "soon"})

    assert page.status_code == 200
    assert "The date in the address is not valid" in page.content.decode()


@pytest.mark.parametrize(
    "query", ["site=x", "practitioner=x", "practitioner=99999999999999999999", "by=x", "by=room&room=x"]
)
def test_a_strange_filter_is_ignored_or_finds_nobody(desk, query):
    assert desk.get(f"{reverse('day')}?{query}").status_code == 200


def test_the_chosen_rooms_stay_in_the_address(desk, visit, room):
    make_room("Room 2")

    page = desk.get(reverse("day"), {"day": monday(), "by": "room", "room": room.pk})

    assert [column.title for column in page.context["grid"].columns] == ["Room 1"]
    for link in ("poll_url", "before_url", "people_url"):
        assert f"room={room.pk}" in page.context[link]
    assert f'name="room" value="{room.pk}" checked' in on_one_line(page)
    assert f'<input type="hidden" name="room" value="{room.pk}">' in desk.get(page.context["people_url"]).text


def test_a_patient_registered_during_booking_is_booked_next(desk, physiotherapist):
    make_type()
    kept = {"practitioner": physiotherapist.practitioner.pk, "at": at("10:00").isoformat()}
    hits = desk.get(reverse("appointment_create"), kept | {"q": "Nobody Yet"}).text
    link = html.unescape(re.search(r'href="(/patients/new/[^"]+)"', hits)[1])
    fields = desk.get(link).context["form"]
    typed = {"given_name": "Nobody", "family_name": "Yet", "born_on": "1 Jan 1980", "sex": "unknown"}

    answer = desk.post(link, typed | {"reminder_channel": "none"})

    patient = Patient.objects.get(family_name="Yet")
    assert (fields["given_name"].value(), fields["family_name"].value()) == ("Nobody", "Yet")
    page = desk.get(answer.url)
    assert page.context["patient"] == patient
    assert page.context["slots"][0].starts_at == at("10:00")


@pytest.mark.parametrize("then", ["https://elsewhere.example/?", "//elsewhere.example/", "javascript:alert(1)"])
def test_registering_redirects_only_to_the_booking(desk, then):
    typed = {"given_name": "Nobody", "family_name": "Yet", "born_on": "1 Jan 1980", "sex": "unknown"}

    answer = desk.post(f"{reverse('patient_create')}?{urlencode({'then': then})}", typed | {"reminder_channel": "none"})

    assert answer.url == Patient.objects.get(family_name="Yet").get_absolute_url()


def test_an_unchanged_poll_is_304_and_a_changed_one_is_not(desk, visit, front_desk):
    url = f"{reverse('day')}?day={monday()}"
    tag = desk.get(url, headers=HTMX).headers["ETag"]

    unchanged = desk.get(url, headers=HTMX | {"If-None-Match": tag})
    cancel_appointment(visit, by=front_desk, reason="ill")
    changed = desk.get(url, headers=HTMX | {"If-None-Match": tag})

    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert changed.status_code == 200
    assert b"Cancelled" in changed.content


def test_an_unchanged_poll_takes_five_queries(desk, visit, django_assert_num_queries):
    url = f"{reverse('day')}?day={monday()}"
    tag = desk.get(url, headers=HTMX).headers["ETag"]

    with django_assert_num_queries(5):
        desk.get(url, headers=HTMX | {"If-None-Match": tag})


@pytest.mark.parametrize("number", [1, 3])
def test_the_day_takes_the_same_queries_for_any_number_of_visits(
    desk, physiotherapist, front_desk, number, django_assert_num_queries
):
    for place, patient in enumerate(make_patients(number, by=front_desk)):
        book(patient, physiotherapist, f"{9 + place:02}:00", by=front_desk)
        add_to_waiting_list(patient, by=front_desk, type=make_type())

    # Session, user, site; two for the tag; visits, people, hours, absences; the filter; requests; waiting list.
    with django_assert_num_queries(13):
        desk.get(reverse("day"), {"day": monday()})


def test_pages_of_the_front_desk_link_to_nothing_clinical(desk, visit):
    for url in (f"{reverse('day')}?day={monday()}", url_of("appointment_detail", visit)):
        page = desk.get(url).content.decode()

        assert "/chart/" not in page
        assert "/sessions/" not in page


def test_a_visit_is_booked_with_an_offered_time(desk, patient, physiotherapist, front_desk, room):
    answer = desk.post(reverse("appointment_create"), booking(patient, physiotherapist, room=room, note="Will be late"))

    booked = Appointment.objects.get()
    assert answer.url == url_of("appointment_detail", booked)
    assert (booked.starts_at, booked.room, booked.booked_by, booked.note) == (
        at("10:00"),
        room,
        front_desk,
        "Will be late",
    )


def test_without_a_room_a_free_one_is_taken(desk, patient, physiotherapist, room):
    desk.post(reverse("appointment_create"), booking(patient, physiotherapist))

    assert Appointment.objects.get().room == room


def test_sending_a_booking_twice_books_once(desk, patient, physiotherapist):
    sent = booking(patient, physiotherapist)

    answers = [desk.post(reverse("appointment_create"), sent).status_code for _ in range(2)]

    assert answers == [302, 302]
    assert Appointment.objects.count() == 1


def test_the_first_offered_time_is_chosen(desk, patient):
    make_type()

    page = desk.get(reverse("appointment_create"), {"patient": patient.pk})

    assert chosen_slots(page) == [page.context["slots"][0].value]


@pytest.mark.parametrize("url", ["book", "repeat", "move"])
def test_a_past_time_today_is_refused(desk, visit, patient, physiotherapist, url):
    over = timezone.now() - timedelta(minutes=31)
    slot = slot_value(physiotherapist.practitioner.pk, None, over)
    page = url_of("appointment_move", visit) if url == "move" else f"/diary/{url}/"

    answer = desk.post(page, repeat(patient, physiotherapist, slot=slot, outside_hours="on"))

    assert answer.status_code == 422
    assert is_refused(answer, "__all__", "over")


def test_a_clicked_gap_is_offered_first(desk, patient, physiotherapist):
    make_type()
    asked = {"patient": patient.pk, "practitioner": physiotherapist.practitioner.pk, "at": at("11:15").isoformat()}

    page = desk.get(reverse("appointment_create"), asked).content.decode()

    assert "Chosen in the diary" in page
    assert "11:15" in page


def test_booking_begins_with_the_patient(desk, patient):
    make_type()
    page = desk.get(reverse("appointment_create"), {"q": "adey", "at": "2027-01-01T10:00Z"}).content.decode()

    assert f"?patient={patient.pk}&amp;at=2027-01-01T10%3A00Z" in page


@pytest.fixture
def second_site(desk):
    site = Site.objects.create(name="Zed Street", timezone="Europe/London")
    user = people.make_user("zed", role="Physiotherapist")
    Practitioner.objects.create(user=user, site=site)
    make_hours(user)
    return site


def test_any_practitioner_of_a_second_site_can_be_booked(desk, patient, second_site):
    zed = second_site.practitioners.get()
    sent = booking(patient, zed.user, site=second_site.pk, practitioner="")

    desk.post(reverse("appointment_create"), sent)

    assert Appointment.objects.get().practitioner == zed


def test_the_diary_of_a_second_site_leads_to_its_own_booking(desk, patient, second_site):
    add_to_waiting_list(patient, by=people.make_user("may", role="Front desk"), type=make_type())
    url = f"{reverse('day')}?site={second_site.pk}"

    day = desk.get(url).content.decode()
    beside = desk.get(reverse("waiting_list"), headers=HTMX | {"HX-Current-URL": f"http://testserver{url}"})

    assert f"{reverse('appointment_create')}?site={second_site.pk}" in day
    assert f"practitioner=&amp;site={second_site.pk}" in day
    assert f"practitioner=&amp;site={second_site.pk}" in beside.content.decode()


@pytest.mark.parametrize("at_", ["2026-02-30T10:00Z", "9999-12-31T23:50Z", "0001-01-01T00:00Z", "x"])
def test_an_invalid_time_is_not_offered(desk, patient, physiotherapist, at_):
    asked = {"patient": patient.pk, "practitioner": physiotherapist.practitioner.pk, "at": at_}
    make_type()

    answer = desk.get(reverse("appointment_create"), asked)

    assert answer.status_code == 200
    assert "Chosen in the diary" not in answer.content.decode()


@pytest.mark.parametrize("at_", ["2026-02-30T10:00Z", "9999-12-31T23:50Z", "0001-01-01T00:00Z"])
@pytest.mark.parametrize("name", ["appointment_create", "series_create"])
def test_an_invalid_slot_is_refused(desk, patient, physiotherapist, name, at_):
    sent = repeat(patient, physiotherapist, slot=f"{physiotherapist.practitioner.pk}__{at_}", outside_hours="on")

    answer = desk.post(reverse(name), sent)

    assert answer.status_code == 422
    assert is_refused(answer, "__all__", "slot")


@pytest.mark.parametrize("day", ["9999-12-31", "9999-12-30", "0001-01-01"])
@pytest.mark.parametrize("name", ["appointment_create", "series_create"])
def test_a_day_out_of_range_is_refused(desk, patient, physiotherapist, name, day):
    own = {"slot": "other", "day": day, "time": "10:00", "who": physiotherapist.practitioner.pk}

    answer = desk.post(reverse(name), repeat(patient, physiotherapist, **own))

    assert answer.status_code == 422
    assert is_refused(answer, "day", "range")


def test_a_clash_names_the_other_visit_and_keeps_the_input(desk, visit, other_patient, physiotherapist, room):
    answer = desk.post(
        reverse("appointment_create"), booking(other_patient, physiotherapist, room=room, note="Knee"), headers=HTMX
    )

    page = answer.content.decode()
    assert answer.status_code == 409
    assert is_refused(answer, "__all__", "overlap")
    assert "10:00 to 10:30" in page
    assert "ADEYEMI, Ruth" in page
    assert visit.patient.record_number in page
    assert "booked by Jo Whelan" in page
    assert 'value="Knee"' in page
    assert "Free now instead" in page
    assert Appointment.objects.count() == 1


def test_overbooking_needs_a_reason(desk, visit, other_patient, physiotherapist, front_desk):
    desk.post(reverse("appointment_create"), booking(other_patient, physiotherapist, overlap_reason="Agreed by phone"))

    over = Appointment.objects.get(patient=other_patient)
    assert (over.overlap_reason, over.overlap_by) == ("Agreed by phone", front_desk)


def test_a_time_outside_hours_is_refused_until_it_is_confirmed(desk, patient, physiotherapist):
    sent = booking(patient, physiotherapist, "20:00")

    refused = desk.post(reverse("appointment_create"), sent)
    meant = desk.post(reverse("appointment_create"), sent | {"outside_hours": "on"})

    assert refused.status_code == 422
    assert is_refused(refused, "__all__", "outside_hours")
    assert "20:00 to 20:30" in refused.content.decode()
    assert meant.status_code == 302


@pytest.mark.parametrize(
    ("slot", "field", "why"),
    [
        ("", "__all__", "slot"),
        ("x", "__all__", "slot"),
        ("1_2_3", "__all__", "slot"),
        ("999_1_2027-01-01T10:00Z", "__all__", "slot"),
        ("other", "day", "Choose"),
    ],
)
def test_a_booking_without_a_time_is_refused_with_a_message(desk, patient, slot, field, why):
    sent = {"patient": patient.pk, "type": make_type().pk, "slot": slot, "token": uuid.uuid4()}

    answer = desk.post(reverse("appointment_create"), sent)

    assert answer.status_code == 422
    assert is_refused(answer, field, why)


def test_a_time_that_does_not_exist_is_explained(desk, patient, physiotherapist):
    year = timezone.localdate().year + 1
    last = max(day for day in range(25, 32) if timezone.datetime(year, 3, day).weekday() == 6)
    sent = booking(patient, physiotherapist) | {
        "slot": "other", "day": f"{year}-03-{last}", "time": "01:30", "who": physiotherapist.practitioner.pk
    }  # fmt: skip

    answer = desk.post(reverse("appointment_create"), sent)

    assert answer.status_code == 422
    assert is_refused(answer, "time", "nonexistent")


def test_a_visit_is_moved_by_the_form(desk, visit, physiotherapist):
    day = monday() + timedelta(days=1)
    sent = {
        "slot": "other",
        "day": day,
        "time": "11:15",
        "who": physiotherapist.practitioner.pk,
        "version": visit.version,
    }

    desk.post(url_of("appointment_move", visit), sent)

    visit.refresh_from_db()
    assert visit.starts_at == at("11:15", day=day)


def test_a_stale_move_changes_nothing(desk, visit, physiotherapist):
    sent = {"slot": "other", "day": monday(), "time": "11:15", "who": physiotherapist.practitioner.pk, "version": 99}

    answer = desk.post(url_of("appointment_move", visit), sent)

    visit.refresh_from_db()
    assert answer.status_code == 409
    assert is_refused(answer, "__all__", "stale")
    assert visit.starts_at == at("10:00")


def test_a_move_onto_another_visit_names_it(desk, visit, other_patient, physiotherapist, front_desk):
    other = book(other_patient, physiotherapist, "12:00", by=front_desk)
    sent = {
        "slot": "other",
        "day": monday(),
        "time": "10:15",
        "who": physiotherapist.practitioner.pk,
        "version": other.version,
    }

    answer = desk.post(url_of("appointment_move", other), sent)

    assert answer.status_code == 409
    assert "ADEYEMI, Ruth" in answer.content.decode()


def test_cancelling_needs_a_reason_and_keeps_the_visit(desk, visit):
    without = desk.post(url_of("appointment_cancel", visit), {"reason": " "})
    desk.post(url_of("appointment_cancel", visit), {"reason": "Patient is ill", "version": visit.version})

    visit.refresh_from_db()
    assert without.status_code == 422
    assert (visit.status, visit.cancellation_reason) == ("cancelled", "Patient is ill")


def test_undo_takes_back_a_cancellation(desk, visit, front_desk):
    cancel_appointment(visit, by=front_desk, reason="ill")

    desk.post(url_of("appointment_undo", visit), {"change": visit.changes.get().pk})

    visit.refresh_from_db()
    assert visit.status == "booked"


def test_undo_on_a_stale_page_keeps_the_newer_change(desk, visit, front_desk):
    move_appointment(visit, by=front_desk, starts_at=at("11:00"))
    seen = visit.changes.get().pk
    cancel_appointment(visit, by=front_desk, reason="ill")

    answer = desk.post(url_of("appointment_undo", visit), {"change": seen})

    visit.refresh_from_db()
    assert answer.status_code == 409
    assert answer.context["refusal"].code == "stale"
    assert visit.status == "cancelled"


def test_the_page_of_a_visit_contains_the_change_to_undo(desk, visit, front_desk):
    cancel_appointment(visit, by=front_desk, reason="ill")

    page = desk.get(url_of("appointment_detail", visit)).content.decode()

    assert f'name="change" value="{visit.changes.get().pk}"' in page


def test_undo_without_a_change_shows_a_message(desk, visit):
    answer = desk.post(url_of("appointment_undo", visit))

    assert answer.status_code == 409
    assert answer.context["refusal"].code == "nothing"


def test_checking_in_is_recorded_and_confirmed(desk, patient, physiotherapist, front_desk):
    now = timezone.now()
    visit = book(patient, physiotherapist, "12:00", by=front_desk, day=timezone.localdate(), allow_outside_hours=True)

    answer = desk.post(url_of("appointment_arrive", visit), headers=HTMX)

    visit.refresh_from_db()
    assert visit.arrived_at >= now
    assert "ADEYEMI, Ruth is checked in." in answer.content.decode()
    assert answer.headers["HX-Trigger"]


def test_a_forgotten_check_in_is_recorded_later_without_a_time(desk, patient, visit):
    Appointment.objects.filter(pk=visit.pk).update(
        starts_at=visit.starts_at - timedelta(weeks=3), ends_at=visit.ends_at - timedelta(weeks=3)
    )
    listed = desk.get(reverse("patient_visits", args=[patient.pk]))

    answer = desk.post(url_of("appointment_arrive", visit), headers=HTMX)

    visit.refresh_from_db()
    assert url_of("appointment_detail", visit) in listed.text
    assert (visit.status, visit.arrived_at) == (Appointment.Status.ARRIVED, None)
    assert "It is recorded that ADEYEMI, Ruth came." in answer.text
    assert visits_of([patient])[patient.pk].attendance.came == 1


def test_checking_in_on_another_day_is_refused(desk, visit):
    answer = desk.post(url_of("appointment_arrive", visit))

    assert answer.status_code == 409
    assert answer.context["refusal"].code == "day"


def test_no_show_before_the_time_is_refused(desk, visit):
    assert desk.post(url_of("appointment_no_show", visit)).status_code == 409


def test_the_history_names_the_changes(desk, visit, physiotherapist, front_desk):
    cancel_appointment(visit, by=front_desk, reason="ill")

    page = on_one_line(desk.get(url_of("appointment_detail", visit)))

    assert "Booked" in page
    assert "by Jo Whelan" in page


def test_the_time_of_a_cancelled_visit_is_offered_to_the_waiting_list(desk, visit, other_patient, front_desk):
    wish = add_to_waiting_list(other_patient, by=front_desk, type=visit.type)
    cancel_appointment(visit, by=front_desk, reason="ill")

    page = desk.get(url_of("appointment_detail", visit)).content.decode()
    desk.post(reverse("waiting_book", args=[wish.pk]), {"freed": visit.pk})

    wish.refresh_from_db()
    assert "WILK, Tomasz" in page
    assert Appointment.objects.get(patient=other_patient).starts_at == visit.starts_at
    assert wish.closed_at


def test_a_time_that_is_taken_again_is_not_offered(desk, visit, patient, other_patient, physiotherapist, front_desk):
    add_to_waiting_list(other_patient, by=front_desk, type=visit.type)
    cancel_appointment(visit, by=front_desk, reason="ill")
    (third,) = make_patients(1, by=front_desk)
    book(third, physiotherapist, by=front_desk)

    assert "This time is free" not in desk.get(url_of("appointment_detail", visit)).content.decode()


def test_a_past_time_is_not_offered(desk, patient, other_patient, physiotherapist, front_desk):
    start = timezone.now() - timedelta(days=2)
    missed = Appointment.objects.create(
        patient=patient,
        practitioner=physiotherapist.practitioner,
        type=make_type(),
        starts_at=start,
        ends_at=start + timedelta(minutes=30),
        status=Appointment.Status.NO_SHOW,
    )
    add_to_waiting_list(other_patient, by=front_desk, type=missed.type)

    assert "This time is free" not in desk.get(url_of("appointment_detail", missed)).content.decode()


def test_waiting_patients_are_shown_only_with_permission(client, visit, other_patient, physiotherapist, front_desk):
    add_to_waiting_list(other_patient, by=front_desk, type=visit.type, note="Any morning")
    cancel_appointment(visit, by=front_desk, reason="ill")
    client.force_login(physiotherapist)

    day = client.get(reverse("day")).content.decode()
    freed = client.get(url_of("appointment_detail", visit), headers=HTMX).content.decode()

    assert client.get(reverse("waiting_list")).status_code == 403
    assert "WILK" not in day + freed
    assert "Any morning" not in day
    assert reverse("waiting_list") not in freed


def test_a_past_freed_time_cannot_be_booked(desk, patient, other_patient, physiotherapist, front_desk):
    start = timezone.now() - timedelta(minutes=31)
    freed = Appointment.objects.create(
        patient=patient,
        practitioner=physiotherapist.practitioner,
        type=make_type(),
        starts_at=start,
        ends_at=start + timedelta(minutes=30),
        status=Appointment.Status.CANCELLED,
    )
    wish = add_to_waiting_list(other_patient, by=front_desk, type=freed.type)

    answer = desk.post(reverse("waiting_book", args=[wish.pk]), {"freed": freed.pk}, headers=HTMX)

    assert answer.status_code == 409
    assert "That time is in the past." in answer.content.decode()
    assert WaitingListEntry.objects.open().exists()


def test_a_waiting_entry_is_added_and_closed(desk, patient):
    sent = {"patient": patient.pk, "type": make_type().pk, "priority": 1, "weekdays": [0, 2], "earliest_time": "09:00"}

    desk.post(reverse("waiting_create"), sent)
    listed = desk.get(reverse("waiting_list")).content.decode()
    wish = WaitingListEntry.objects.get()
    desk.post(reverse("waiting_close", args=[wish.pk]))

    assert "Mon, Wed, from 09:00" in listed
    assert not WaitingListEntry.objects.open().exists()


def test_a_waiting_entry_with_conflicting_times_is_refused(desk, patient):
    sent = {
        "patient": patient.pk,
        "type": make_type().pk,
        "priority": 0,
        "earliest_time": "12:00",
        "latest_time": "09:00",
    }

    answer = desk.post(reverse("waiting_create"), sent)

    assert answer.status_code == 422
    assert "The latest time must be after the earliest time." in answer.content.decode()


def repeat(patient, physiotherapist, **fields):
    return booking(patient, physiotherapist) | {"visits": 3, "weeks": 2} | fields


def changed(page_fields, **rows):
    return page_fields | {"visit-TOTAL_FORMS": 3, "visit-INITIAL_FORMS": 0} | rows


def test_a_repeat_is_shown_before_it_is_booked(desk, patient, other_patient, physiotherapist, front_desk):
    book(other_patient, physiotherapist, by=front_desk, day=monday() + timedelta(weeks=2))

    page = desk.post(reverse("series_create"), repeat(patient, physiotherapist))

    assert page.content.decode().count("is-clash") == 1
    assert [bool(proposal.problems) for _, proposal in page.context["rows"]] == [False, True, False]
    assert Appointment.objects.filter(patient=patient).count() == 0


def test_each_visit_of_a_repeat_whose_time_is_taken_has_its_own_alternatives(
    desk, patient, other_patient, physiotherapist, other_physiotherapist, front_desk
):
    colleague, zone = other_physiotherapist.practitioner, physiotherapist.practitioner.site.zone
    make_room("Room 2")
    make_hours(other_physiotherapist)
    days = [monday() + timedelta(weeks=2 * n) for n in range(3)]
    for day, clock in ((days[1], "10:00"), (days[2], "09:00")):
        book(other_patient, physiotherapist, clock, by=front_desk, day=day, minutes=90)
    sent = repeat(patient, physiotherapist, note="Ring twice")
    page = desk.post(reverse("series_create"), sent)

    offers = [[(o.practitioner, o.starts_at, o.hint) for o in getattr(row, "offers", [])] for row, _ in rows_of(page)]
    assert offers[0] == []
    for day, row in zip(days[1:], offers[1:], strict=True):
        assert row[0] == (colleague, at("10:00", day=day), "same time")
        own = [starts_at for person, starts_at, _ in row if person == physiotherapist.practitioner]
        assert day in [start.astimezone(zone).date() for start in own]
        assert any(start.astimezone(zone).date() != day for start in own)

    fields = changed(sent, **{f"visit-{n}-day": day for n, day in enumerate(days)})
    fields |= {f"visit-{n}-time": "10:00" for n in range(3)} | {"visit-0-time": "11:00"}
    taken = desk.post(reverse("series_create"), fields | {"take": f"1_{rows_of(page)[1][0].offers[0].value}"})

    assert not Appointment.objects.filter(patient=patient).exists()
    row = taken.context["visits"][1]
    kept = {name: row[name].value() for name in ("time", "who")}
    assert (kept, taken.context["visits"][0]["time"].value()) == ({"time": "10:00", "who": str(colleague.pk)}, "11:00")
    fields |= {"visit-1-who": colleague.pk, "visit-2-leave_out": "on", "do": "book"}
    desk.post(reverse("series_create"), fields)
    booked = Appointment.objects.filter(patient=patient).in_time_order()
    assert [(visit.practitioner, visit.starts_at, visit.note) for visit in booked] == [
        (physiotherapist.practitioner, at("11:00", day=days[0]), "Ring twice"),
        (colleague, at("10:00", day=days[1]), "Ring twice"),
    ]


def rows_of(page):
    return page.context["rows"]


def test_an_alternative_never_clashes_with_another_visit_of_the_repeat(
    desk, patient, other_patient, physiotherapist, front_desk
):
    book(other_patient, physiotherapist, by=front_desk)
    days = {f"visit-{n}-day": monday() for n in range(3)}
    times = {"visit-0-time": "10:00", "visit-1-time": "11:00", "visit-2-time": "09:30"}

    page = desk.post(reverse("series_create"), changed(repeat(patient, physiotherapist), **days, **times))

    others = {at("11:00"), at("09:30")}
    assert {offer.starts_at for offer in rows_of(page)[0][0].offers} & others == set()
    assert rows_of(page)[0][0].offers


@pytest.mark.parametrize("take", ["1", "1_", "9_1__2027-03-10T10:00Z", "x_y_z", f"1_{10**20}__2027-03-10T10:00Z"])
def test_an_offer_that_cannot_be_read_books_nothing(desk, patient, physiotherapist, take):
    days = {f"visit-{n}-day": monday() + timedelta(weeks=2 * n) for n in range(3)}
    times = {f"visit-{n}-time": "10:00" for n in range(3)}
    sent = changed(repeat(patient, physiotherapist), **days, **times)

    answer = desk.post(reverse("series_create"), sent | {"take": take})

    assert answer.status_code in (200, 422)
    assert answer.context["visits"][0]["time"].value() == "10:00"
    assert not Appointment.objects.exists()


def test_a_repeat_with_a_clash_is_not_booked_until_it_is_changed(
    desk, patient, other_patient, physiotherapist, front_desk
):
    book(other_patient, physiotherapist, by=front_desk, day=monday() + timedelta(weeks=2))
    days = {f"visit-{n}-day": monday() + timedelta(weeks=2 * n) for n in range(3)}
    times = {f"visit-{n}-time": "10:00" for n in range(3)}
    sent = changed(repeat(patient, physiotherapist, do="book"), **days, **times)

    refused = desk.post(reverse("series_create"), sent)
    desk.post(reverse("series_create"), sent | {"visit-1-time": "10:30", "visit-2-leave_out": "on"})

    assert refused.status_code == 409
    booked = Appointment.objects.filter(patient=patient).in_time_order()
    assert [visit.starts_at for visit in booked] == [at("10:00"), at("10:30", day=monday() + timedelta(weeks=2))]
    assert len({visit.series for visit in booked}) == 1


def test_a_past_visit_of_a_repeat_is_not_booked(desk, patient, physiotherapist):
    over = timezone.localtime() - timedelta(minutes=31)
    days = {f"visit-{n}-day": monday() + timedelta(weeks=2 * n) for n in range(3)} | {"visit-0-day": over.date()}
    times = {f"visit-{n}-time": "10:00" for n in range(3)} | {"visit-0-time": f"{over:%H:%M}"}
    WorkingHours.objects.all().delete()

    answer = desk.post(reverse("series_create"), changed(repeat(patient, physiotherapist, do="book"), **days, **times))

    assert answer.status_code == 409
    assert " is in the past. Choose" in answer.content.decode()
    assert not Appointment.objects.exists()


def test_a_repeat_is_cancelled_from_one_visit_on(desk, patient, physiotherapist):
    days = {f"visit-{n}-day": monday() + timedelta(weeks=2 * n) for n in range(3)}
    times = {f"visit-{n}-time": "10:00" for n in range(3)}
    desk.post(reverse("series_create"), changed(repeat(patient, physiotherapist, do="book"), **days, **times))
    second = Appointment.objects.in_time_order()[1]

    desk.post(url_of("appointment_cancel", second), {"reason": "Moves away", "following": "on"})

    assert list(Appointment.objects.in_time_order().values_list("status", flat=True)) == [
        "booked",
        "cancelled",
        "cancelled",
    ]


def test_an_invalid_repeat_is_refused(desk, patient, physiotherapist):
    answer = desk.post(reverse("series_create"), repeat(patient, physiotherapist, visits=1))

    assert answer.status_code == 422


def test_a_repeat_sent_twice_is_booked_once(desk, patient, physiotherapist):
    days = {f"visit-{n}-day": monday() + timedelta(weeks=2 * n) for n in range(3)}
    times = {f"visit-{n}-time": "10:00" for n in range(3)}
    sent = changed(repeat(patient, physiotherapist, do="book"), **days, **times)

    answers = [desk.post(reverse("series_create"), sent) for _ in range(2)]
    other = desk.post(reverse("series_create"), sent | {"visit-2-time": "15:00"})

    assert answers[0].url == answers[1].url
    assert other.status_code == 409
    assert Appointment.objects.count() == 3


def test_a_week_shows_one_practitioner(desk, visit, physiotherapist):
    page = desk.get(reverse("week", args=[physiotherapist.practitioner.pk]), {"day": monday()})

    assert "10:00 <bdi>ADEYEMI, Ruth" in page.content.decode()


def test_a_patient_page_leads_to_the_booking(desk, patient):
    assert (
        f"{reverse('appointment_create')}?patient={patient.pk}" in desk.get(patient.get_absolute_url()).content.decode()
    )


def test_a_checked_in_visit_is_marked_in_the_diary(desk, patient, physiotherapist, front_desk):
    visit = book(patient, physiotherapist, "12:00", by=front_desk, day=timezone.localdate(), allow_outside_hours=True)
    check_in(visit, by=front_desk)

    assert "Arrived" in desk.get(reverse("day")).content.decode()


# The day on paper ---------------------------------------------------------------------------


def printed(desk, **query):
    return desk.get(reverse("day_print"), {"day": monday(), **query})


def test_the_day_is_printed_with_everything_the_desk_needs(desk, visit, front_desk):
    Patient.objects.update(phone="+44 7700 900321")
    Appointment.objects.update(note="Comes by taxi")
    gone = book(*make_patients(1, by=front_desk), visit.practitioner.user, "15:00", by=front_desk)
    cancel_appointment(gone, by=front_desk, reason="Ill")

    page = printed(desk)
    [column] = page.context["grid"].columns
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", on_one_line(page), re.DOTALL)

    assert [item.kind for item in column.items if item.kind == "visit"] == ["visit", "visit"]
    [line] = [row for row in rows if "ADEYEMI, Ruth" in row]
    assert all(part in line for part in ["10:00", "14 Mar 1979", "+44 7700 900321", "Follow-up", "Room 1", "taxi"])
    assert [row for row in rows if "Cancelled" in row and gone.patient.name in row]


def test_the_day_is_printed_by_room_and_with_those_who_wait(desk, visit, front_desk):
    [waiting] = make_patients(1, by=front_desk)
    add_to_waiting_list(waiting, by=front_desk, type=visit.type, weekdays=[monday().weekday()])
    add_to_waiting_list(visit.patient, by=front_desk, type=visit.type, weekdays=[(monday().weekday() + 1) % 7])

    page = printed(desk, by="room")

    assert [column.title for column in page.context["grid"].columns] == ["Room 1"]
    assert [entry.patient for entry in page.context["waiting"]] == [waiting]


@pytest.mark.parametrize("count", [1, 4])
def test_printing_needs_the_same_queries_for_any_number_of_visits(
    desk, front_desk, physiotherapist, room, count, django_assert_num_queries
):
    for number, patient in enumerate(make_patients(count, by=front_desk)):
        book(patient, physiotherapist, f"{10 + number}:00", by=front_desk, room=room)
    printed(desk)

    # Session, user, site; visits, people, hours, absences; waiting list; the audit trail.
    with django_assert_num_queries(11):
        printed(desk)


def test_a_note_for_the_desk_is_in_the_grid_the_panel_the_print_and_the_banner(desk, visit, patient, front_desk):
    before = desk.get("/diary/", {"day": monday()}).headers["ETag"]
    update_patient(patient, by=front_desk, desk_note="Wheelchair, room 1")

    day = desk.get("/diary/", {"day": monday()})
    pages = [day, desk.get(url_of("appointment_detail", visit)), desk.get(f"/patients/{patient.pk}/")]
    pages.append(desk.get(reverse("day_print"), {"day": monday()}))

    assert ["Wheelchair, room 1" in page.content.decode() for page in pages] == [True] * 4
    assert day.headers["ETag"] != before


def test_the_gap_of_a_room_finds_who_is_free_there_from_that_time_on(desk, patient, physiotherapist, room):
    make_hours(physiotherapist)
    make_type()
    other = make_room("Room 2")
    gap = {"in_room": other.pk, "at": at("11:15").isoformat(), "patient": patient.pk}

    slots = desk.get(reverse("appointment_create"), gap).context["slots"]

    assert {slot.room for slot in slots} == {other}
    assert slots[0].starts_at == at("11:15")


def test_a_relative_takes_over_what_a_family_shares_and_can_be_booked_after_the_visit(desk, visit, patient, front_desk):
    update_patient(patient, by=front_desk, phone="020 7946 0123", city="Cork")
    page = f"{reverse('patient_create')}?relative={patient.pk}"
    form = desk.get(page).context["form"]
    shared = {name: form[name].value() for name in ("family_name", "phone", "city")}

    child = {"given_name": "Ife", "born_on": "3 May 2015", "sex": "female", "reminder_channel": "none"}
    desk.post(page, shared | child)

    relative = Patient.objects.get(given_name="Ife")
    assert (relative.family_name, relative.city) == ("Adeyemi", "Cork")
    assert list(Patient.objects.get(pk=patient.pk).relatives) == [relative]
    assert f"/diary/book/?patient={relative.pk}&amp;" in desk.get(url_of("appointment_detail", visit)).content.decode()


def test_a_birth_date_that_does_not_exist_is_named_as_such(desk):
    page = desk.post(reverse("patient_create"), {"given_name": "A", "family_name": "B", "born_on": "29/02/2001"})
    odd = desk.post(reverse("patient_create"), {"given_name": "A", "family_name": "B", "born_on": "in spring"})

    assert page.status_code == odd.status_code == 422
    assert list(page.context["form"].errors["born_on"]) != list(odd.context["form"].errors["born_on"])
