"""The time finder on the pages that book and move, editing a visit, the waiting list's pages, and who sees what."""

from datetime import date, time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from clinic.forms.diary import WaitingForm, slot_value
from clinic.models import Appointment, ClinicSettings, Site, WaitingListEntry, WorkingHours
from clinic.services import add_to_waiting_list, close_waiting_entry, edit_appointment, edit_waiting_entry
from clinic.templatetags.diary import wish_url
from tests import people
from tests.clinic.builders import at, book, make_hours, make_patients, make_room, make_type, monday
from tests.markup import on_one_line
from tests.refusals import is_refused

from .test_diary_pages import HTMX, booking, chosen_slots, repeat, url_of

FOUND = HTMX | {"HX-Target": "found"}


@pytest.fixture
def desk(client, front_desk, physiotherapist, other_physiotherapist, room):
    make_hours(physiotherapist)
    make_hours(other_physiotherapist)
    make_room("Room 2")
    make_room("Room 3")
    client.force_login(front_desk)
    return client


@pytest.fixture
def visit(desk, patient, physiotherapist, front_desk, room):
    return book(patient, physiotherapist, by=front_desk, room=room)


def offers(page):
    return [(offer.starts_at, offer.practitioner.user.username) for offer in page.context["slots"]]


def test_booking_names_what_the_insurance_of_a_practitioner_leaves_out(desk, patient, physiotherapist):
    make_type()
    url = f"{reverse('appointment_create')}?patient={patient.pk}"

    before = desk.get(url).content.decode()
    person = physiotherapist.practitioner
    person.excludes_thorax, person.excluded_regions = True, ["pelvis_perineum"]
    person.save()
    after = desk.get(url).content.decode()

    notes = [text.count("fl-note--warn") for text in (before, after)]
    assert notes[1] == notes[0] + 1
    assert "Thorax, from below C7 to the diaphragm; Pelvic floor" in after


def test_the_search_starts_on_the_day_that_is_looked_at(desk, patient):
    make_type()
    diary = desk.get(reverse("day"), {"day": monday() + timedelta(weeks=5)})

    page = desk.get(f"{diary.context['book_url']}&patient={patient.pk}")

    assert offers(page)[0][0] == at("09:00", day=monday() + timedelta(weeks=5))


def test_a_whole_wish_is_searched_for(desk, patient, physiotherapist, other_physiotherapist):
    room = make_room("Room 3")
    wish = {
        "patient": patient.pk,
        "type": make_type().pk,
        "weekdays": [3],
        "after": "16:00",
        "practitioner": [physiotherapist.practitioner.pk, other_physiotherapist.practitioner.pk],
        "in_room": room.pk,
        "minutes": 45,
        "from_day": f"{monday():%d %B %Y}",
    }

    page = desk.get(reverse("appointment_create"), wish)

    thursday = monday() + timedelta(days=3)
    assert offers(page)[:2] == [(at("16:00", day=thursday), name) for name in ("d.okonkwo", "m.solberg")]
    assert {offer.room for offer in page.context["slots"]} == {room}
    assert page.context["found"].days[1].day == thursday + timedelta(weeks=1)


def test_more_times_are_appended_on_demand(desk, patient):
    page = desk.get(reverse("appointment_create"), {"patient": patient.pk, "type": make_type().pk})

    more = desk.get(page.context["next_url"], headers=HTMX | {"HX-Target": "more-times"})

    assert more.context["found"].days[0].day == page.context["found"].next_day
    assert "<form" not in more.text


def test_a_search_keeps_the_time_that_was_chosen(desk, patient, physiotherapist):
    asked = {"patient": patient.pk, "type": make_type().pk, "from_day": monday().isoformat()}
    page = desk.get(reverse("appointment_create"), asked)
    second = page.context["slots"][1].value

    for slot, chosen in ((second, [second]), ("other", []), ("1_2_3", [page.context["slots"][0].value])):
        assert chosen_slots(desk.get(reverse("appointment_create"), asked | {"slot": slot}, headers=FOUND)) == chosen


def test_nothing_typed_is_lost_without_javascript(desk, patient, physiotherapist):
    typed = {"note": "Rings first", "slot": "other", "day": "2027-03-10", "time": "10:30", "minutes": "45"}
    typed |= {"who": str(physiotherapist.practitioner.pk), "room": str(make_room("Room 3").pk)}

    page = desk.get(reverse("appointment_create"), {"patient": patient.pk, "type": make_type().pk} | typed)

    form = page.context["form"]
    assert {name: str(form[name].value()) for name in typed} == typed
    assert "is_repeat" not in page.context


def test_a_day_that_cannot_be_read_gets_a_sentence(desk, patient):
    asked = {"patient": patient.pk, "type": make_type().pk, "from_day": "someday"}

    answer = desk.get(reverse("appointment_create"), asked, headers=FOUND)

    assert answer.status_code == 422
    assert answer.context["wish_form"].has_error("from_day", "invalid")


@pytest.mark.parametrize(
    "wish",
    [{"after": "16:00", "before": "09:00"}, {"minutes": "2"}, {"weekdays": ["9"]}, {"in_room": "99"}, {"after": "x"}],
)
def test_an_impossible_wish_is_refused_beside_the_form(desk, patient, wish):
    asked = {"patient": patient.pk, "type": make_type().pk} | wish

    page = desk.get(reverse("appointment_create"), asked)

    assert page.context["wish_form"].errors
    assert page.context["slots"] == []


def test_a_length_is_chosen_when_booking_and_for_a_repeat(desk, patient, physiotherapist):
    desk.post(reverse("appointment_create"), booking(patient, physiotherapist, minutes=45))
    sent = repeat(
        patient, physiotherapist, minutes=50, slot=slot_value(physiotherapist.practitioner.pk, None, at("14:00"))
    )
    preview = desk.post(reverse("series_create"), sent)
    rows = {f"visit-{n}-day": monday() + timedelta(weeks=2 * n) for n in range(3)}
    rows |= {f"visit-{n}-time": "14:00" for n in range(3)} | {"visit-TOTAL_FORMS": 3, "visit-INITIAL_FORMS": 0}
    desk.post(reverse("series_create"), sent | rows | {"do": "book"})

    assert 'name="minutes" value="50"' in preview.text
    assert [visit.minutes for visit in Appointment.objects.in_time_order()] == [45, 50, 50, 50]


def test_a_clicked_gap_gets_the_usual_room(desk, patient, physiotherapist):
    WorkingHours.objects.filter(practitioner=physiotherapist.practitioner).update(room=make_room("Room 3"))
    make_type()
    asked = {"patient": patient.pk, "practitioner": physiotherapist.practitioner.pk, "at": at("11:15").isoformat()}

    page = desk.get(reverse("appointment_create"), asked)
    own = {"slot": "other", "day": monday(), "time": "14:00", "who": physiotherapist.practitioner.pk}
    desk.post(reverse("appointment_create"), booking(patient, physiotherapist) | own)

    assert page.context["slots"][0].room == Appointment.objects.get().room == make_room("Room 3")


def test_a_gap_stays_with_its_practitioner(desk, patient, physiotherapist, other_physiotherapist):
    make_type()
    mine, other = physiotherapist.practitioner.pk, other_physiotherapist.practitioner.pk
    asked = {"patient": patient.pk, "at": at("11:15").isoformat(), "at_with": mine, "practitioner": other}

    page = desk.get(reverse("appointment_create"), asked)

    assert offers(page)[0] == (at("11:15"), "m.solberg")


def test_a_time_at_which_all_rooms_are_taken_is_refused_as_such(
    desk, visit, other_patient, physiotherapist, other_physiotherapist, front_desk
):
    make_room("Room 2").delete()
    make_room("Room 3").delete()
    sent = booking(other_patient, other_physiotherapist)

    refused = desk.post(reverse("appointment_create"), sent)
    over = desk.post(reverse("appointment_create"), sent | {"overlap_reason": "Home visit"})

    assert refused.status_code == 409
    assert is_refused(refused, "__all__", "rooms")
    assert over.status_code == 302
    assert Appointment.objects.get(patient=other_patient).room is None


def test_a_second_visit_on_a_day_is_hinted_at(desk, visit, patient):
    page = desk.get(reverse("appointment_create"), {"patient": patient.pk, "from_day": monday().isoformat()})

    assert page.context["found"].days[0].booked == [visit]
    assert "Already booked on this day: 10:00 to 10:30" in on_one_line(page)


def test_moving_offers_a_colleague_at_the_same_time_first(desk, visit, other_physiotherapist):
    page = desk.get(url_of("appointment_move", visit))

    assert offers(page)[0] == (at("10:00"), "d.okonkwo")


def test_a_move_keeps_the_length_of_the_visit(desk, visit, physiotherapist, front_desk):
    edit_appointment(visit, by=front_desk, minutes=60)
    visit.refresh_from_db()
    page = desk.get(url_of("appointment_move", visit))
    sent = {"slot": page.context["slots"][0].value, "version": visit.version, "minutes": 60}

    desk.post(url_of("appointment_move", visit), sent)

    visit.refresh_from_db()
    assert (visit.minutes, visit.practitioner.user.username) == (60, "d.okonkwo")


@pytest.mark.parametrize("typed", ["10 March 2027", "10 3 27", "10032027", "2027-03-10"])
def test_a_day_of_the_diary_is_typed(desk, typed):
    assert desk.get(reverse("day"), {"day": typed}).context["filters"].day == date(2027, 3, 10)


def test_a_month_leads_to_every_day_and_keeps_the_filters(desk, room):
    asked = {"day": "2027-03-10", "by": "room", "room": room.pk}

    page = desk.get(reverse("day"), asked)
    later = desk.get(page.context["month"].after_url, headers=HTMX | {"HX-Target": "month"})

    days = [day.date for week in later.context["month"].weeks for day in week]
    assert (days[0], days[-1], later.context["month"].first) == (date(2027, 3, 29), date(2027, 5, 2), date(2027, 4, 1))
    assert all(f"room={room.pk}" in day.url for week in later.context["month"].weeks for day in week)
    assert ("In 6 weeks", page.context["filters"].url(day=date(2027, 4, 21))) in page.context["month"].jumps


@pytest.mark.parametrize("month", ["2027-13", "x", "9999-12", "0001-01"])
def test_a_strange_month_is_ignored(desk, month):
    assert desk.get(reverse("day"), {"month": month}).status_code == 200


# Editing -------------------------------------------------------------------------------


def edit_of(visit, **changed):
    visit.refresh_from_db()
    fields = {"type": visit.type_id, "minutes": visit.minutes, "room": visit.room_id, "version": visit.version}
    return fields | {"note": visit.note} | changed


def test_a_visit_is_edited(desk, visit):
    first = make_type("First visit", 60)

    answer = desk.post(url_of("appointment_edit", visit), edit_of(visit, type=first.pk, minutes=60, note="Scan"))

    visit.refresh_from_db()
    assert answer.url == url_of("appointment_detail", visit)
    assert (visit.type, visit.minutes, visit.note) == (first, 60, "Scan")


def test_a_stale_edit_shows_both_versions(desk, visit, front_desk):
    sent = edit_of(visit, note="From this page")
    edit_appointment(visit, by=front_desk, note="From another page")

    refused = desk.post(url_of("appointment_edit", visit), sent)
    visit.refresh_from_db()
    again = desk.post(url_of("appointment_edit", visit), sent | {"version": visit.version})

    assert refused.status_code == 409
    assert refused.context["form"]["note"].value() == "From this page"
    assert "From another page" in refused.text
    assert f'name="version" value="{visit.version}"' in refused.text
    assert again.status_code == 302


def test_an_edit_that_overlaps_names_what_is_in_the_way(desk, visit, other_patient, physiotherapist, front_desk):
    book(other_patient, physiotherapist, "10:30", by=front_desk, room=make_room("Room 2"))

    answer = desk.post(url_of("appointment_edit", visit), edit_of(visit, minutes=60, note="Kept"))

    assert answer.status_code == 409
    assert is_refused(answer, "__all__", "overlap")
    assert "WILK, Tomasz" in answer.text
    assert answer.context["form"]["note"].value() == "Kept"


def test_an_impossible_edit_is_refused_beside_its_field(desk, visit):
    answer = desk.post(url_of("appointment_edit", visit), edit_of(visit, minutes="x"))

    assert answer.status_code == 422
    assert answer.context["form"].errors["minutes"]


# Waiting list --------------------------------------------------------------------------


@pytest.fixture
def wish(desk, patient, front_desk):
    make_type()
    return add_to_waiting_list(
        patient,
        by=front_desk,
        type=make_type(),
        weekdays=[0, 2],
        latest_time="12:00",
        earliest_on=monday(),
        latest_on=monday() + timedelta(days=3),
    )


def test_find_a_time_keeps_to_the_wishes_and_closes_the_entry(desk, wish):
    link = wish_url(wish, people.make_site())
    listed = desk.get(reverse("waiting_list"))

    page = desk.get(link)
    slots = page.context["slots"]
    sent = {"patient": wish.patient_id, "type": wish.type_id, "slot": slots[0].value, "waiting": wish.pk}
    desk.post(reverse("appointment_create"), sent | {"token": page.context["form"]["token"].value()})

    assert escape(link) in listed.text
    assert {offer.starts_at.weekday() for offer in slots} == {0, 2}
    assert all(offer.starts_at.hour < 12 for offer in slots)
    assert page.context["next_url"] is None
    wish.refresh_from_db()
    assert wish.booked == Appointment.objects.get()


def test_booking_somebody_who_waits_offers_to_close_the_entry(desk, wish, patient, physiotherapist):
    page = desk.get(reverse("appointment_create"), {"patient": patient.pk})
    desk.post(reverse("appointment_create"), booking(patient, physiotherapist))
    visit = Appointment.objects.get()

    assert f'name="waiting" value="{wish.pk}"' in on_one_line(page)
    assert WaitingListEntry.objects.open().get() == wish
    assert reverse("waiting_close", args=[wish.pk]) in desk.get(url_of("appointment_detail", visit)).text


def test_what_the_finder_was_asked_for_is_taken_to_the_waiting_list(desk, patient, physiotherapist):
    asked = {"patient": patient.pk, "weekdays": [3], "after": "16:00", "from_day": "10 March", "note": "Rings first"}
    person, kind = physiotherapist.practitioner, make_type()

    form = desk.get(reverse("waiting_create"), asked | {"type": kind.pk, "practitioner": person.pk}).context["form"]

    kept = {name: form[name].value() for name in ("type", "practitioner", "weekdays", "latest_time", "note")}
    assert kept == {
        "type": kind.pk, "practitioner": person.pk, "weekdays": (3,), "latest_time": None, "note": "Rings first",
    }  # fmt: skip
    assert form["earliest_time"].value() == time(16)
    assert (form["earliest_on"].value().month, form["earliest_on"].value().day) == (3, 10)


def test_another_time_that_was_typed_is_taken_to_the_waiting_list(desk, patient, physiotherapist, colleague_wished):
    typed = {"slot": "other", "day": f"{monday()}", "time": "14:10", "who": colleague_wished.pk, "weekdays": [3]}
    asked = typed | {"patient": patient.pk, "type": make_type().pk, "practitioner": physiotherapist.practitioner.pk}
    page = desk.get(reverse("waiting_create"), asked)
    initial = page.context["form"].initial

    sent = {name: value for name, value in initial.items() if value not in (None, "")} | {"patient": patient.pk}
    desk.post(reverse("waiting_create"), sent | {"priority": 0})

    entry = WaitingListEntry.objects.get()
    assert (entry.earliest_on, entry.latest_on, entry.weekdays) == (monday(), monday(), [])
    assert (entry.earliest_time, entry.latest_time) == (time(14, 10), time(14, 40))
    assert entry.practitioner == colleague_wished


def test_people_room_and_length_of_the_finder_are_kept_on_the_list_and_found_again(
    desk, patient, physiotherapist, colleague_wished, room
):
    people_wished = [physiotherapist.practitioner.pk, colleague_wished.pk]
    wish = {"practitioner": people_wished, "in_room": room.pk, "minutes": 45, "weekdays": [3]}
    asked = wish | {"patient": patient.pk, "type": make_type().pk}
    initial = desk.get(reverse("waiting_create"), asked).context["form"].initial
    sent = {name: value for name, value in initial.items() if value not in (None, "")} | {"patient": patient.pk}
    desk.post(reverse("waiting_create"), sent | {"priority": 0})
    entry = WaitingListEntry.objects.get()

    found = desk.get(wish_url(entry, people.make_site())).context["wish"]

    assert {entry.practitioner_id, entry.or_practitioner_id} == set(people_wished)
    assert (entry.room, entry.minutes, entry.note) == (room, 45, "")
    assert {person.pk for person in found.practitioners} == set(people_wished)
    assert (found.room, found.minutes, found.weekdays) == (room, 45, (3,))


def test_a_wish_for_somebody_who_left_is_named_and_the_last_day_that_is_over_too(desk, wish, colleague_wished):
    WaitingListEntry.objects.filter(pk=wish.pk).update(
        practitioner=colleague_wished, earliest_on=None, latest_on=monday() - timedelta(days=30)
    )
    wish.refresh_from_db()
    colleague_wished.is_active = False
    colleague_wished.save()

    page = desk.get(wish_url(wish, people.make_site()))

    assert "One of these practitioners can no longer be booked here." in page.text
    assert "The last day has passed" in desk.get(reverse("waiting_list")).text


def test_a_room_typed_as_part_of_another_time_is_taken_to_the_waiting_list(desk, patient, room):
    typed = {"slot": "other", "day": f"{monday()}", "time": "14:10", "room": room.pk, "patient": patient.pk}

    initial = desk.get(reverse("waiting_create"), typed).context["form"].initial

    assert (initial["room"], initial["note"]) == (room.pk, "")


def test_a_room_of_another_site_is_refused_beside_the_field(desk, patient, room):
    other = Site.objects.create(name="Hill Road")
    sent = {"patient": patient.pk, "type": make_type().pk, "priority": 0, "room": room.pk, "site": other.pk}

    page = desk.post(reverse("waiting_create"), sent)

    assert page.status_code == 422
    assert page.context["form"].errors == {"room": [f"{room} is at {room.site}. Choose another room or site."]}


@pytest.mark.parametrize("change", [{"slot": "3_4_2027"}, {"day": "soon", "time": "late", "who": ""}])
def test_a_time_that_was_not_chosen_or_cannot_be_read_is_no_wish(desk, patient, change):
    typed = {"slot": "other", "day": f"{monday()}", "time": "14:10", "patient": patient.pk} | change

    initial = desk.get(reverse("waiting_create"), typed).context["form"].initial

    assert (initial["latest_on"], initial["earliest_time"]) == (None, None)


@pytest.fixture
def colleague_wished(other_physiotherapist):
    return other_physiotherapist.practitioner


def test_an_entry_is_edited(desk, wish):
    page = desk.get(reverse("waiting_edit", args=[wish.pk]))
    sent = {"type": wish.type_id, "priority": 2, "weekdays": [1], "note": "Rings first", "version": wish.version}

    answer = desk.post(reverse("waiting_edit", args=[wish.pk]), sent)

    wish.refresh_from_db()
    assert page.context["form"]["weekdays"].value() == [0, 2]
    assert answer.url == reverse("waiting_list")
    assert (wish.priority, wish.weekdays, wish.note) == (2, [1], "Rings first")


def test_an_entry_keeps_its_site_when_somebody_of_other_sites_edits_it(wish, front_desk):
    hill, lake, bay = (Site.objects.create(name=name) for name in ("Hill Road", "Lake View", "Bay"))
    edit_waiting_entry(wish, by=front_desk, site=bay)

    form = WaitingForm(instance=WaitingListEntry.objects.get(pk=wish.pk), sites=[hill, lake])

    assert [key for key, _ in form.fields["site"].choices] == ["", hill.pk, lake.pk, bay.pk]


def test_a_stale_edit_of_an_entry_shows_both_versions(desk, wish, front_desk):
    edit_waiting_entry(wish, by=front_desk, note="From another page")
    sent = {"type": wish.type_id, "priority": 0, "note": "From this page", "version": 0}

    answer = desk.post(reverse("waiting_edit", args=[wish.pk]), sent)

    assert answer.status_code == 409
    assert "From another page" in answer.text
    assert answer.context["form"]["note"].value() == "From this page"


def test_closing_an_entry_is_undone_from_the_list(desk, wish, front_desk):
    close_waiting_entry(wish, by=front_desk)
    listed = desk.get(reverse("waiting_list"))

    desk.post(reverse("waiting_reopen", args=[wish.pk]))

    assert list(listed.context["closed"]) == [wish]
    assert wish.patient.record_number in listed.text
    assert WaitingListEntry.objects.open().get() == wish


def test_the_later_visit_is_given_up_with_one_tap(desk, visit, other_patient, physiotherapist, front_desk):
    later = book(other_patient, physiotherapist, by=front_desk, day=monday() + timedelta(days=7))
    wish = add_to_waiting_list(other_patient, by=front_desk, type=make_type())
    desk.post(url_of("appointment_cancel", visit), {"reason": "ill"})

    desk.post(reverse("waiting_book", args=[wish.pk]), {"freed": visit.pk})
    earlier = Appointment.objects.active().get(patient=other_patient, starts_at=visit.starts_at)
    page = desk.get(url_of("appointment_detail", earlier))
    desk.post(url_of("appointment_cancel", later), {"reason": "An earlier visit was booked.", "version": later.version})

    assert page.context["replaced"] == [later]
    assert f'action="{url_of("appointment_cancel", later)}"' in page.text
    later.refresh_from_db()
    assert later.status == "cancelled"


@pytest.mark.parametrize("number", [1, 3])
def test_the_waiting_list_takes_the_same_queries_for_any_number_of_entries(
    desk, front_desk, number, django_assert_num_queries
):
    for patient in make_patients(number, by=front_desk):
        entry = add_to_waiting_list(patient, by=front_desk, type=make_type())
        add_to_waiting_list(patient, by=front_desk, type=make_type())
        close_waiting_entry(entry, by=front_desk)

    with django_assert_num_queries(6):
        desk.get(reverse("waiting_list"))


# Physiotherapists ----------------------------------------------------------------------


@pytest.fixture
def own(desk, physiotherapist):
    desk.force_login(physiotherapist)
    return desk


def test_a_physiotherapist_is_offered_only_their_own_times(own, patient, physiotherapist, other_physiotherapist):
    asked = {"patient": patient.pk, "type": make_type().pk, "practitioner": other_physiotherapist.practitioner.pk}

    page = own.get(reverse("appointment_create"), {"patient": patient.pk, "type": make_type().pk})
    refused = own.get(reverse("appointment_create"), asked)

    assert {name for _, name in offers(page)} == {"m.solberg"}
    assert list(page.context["form"].fields["who"].queryset) == [physiotherapist.practitioner]
    assert "d.okonkwo" not in {name for _, name in offers(refused)}


def test_a_physiotherapist_does_not_book_a_colleague(own, patient, other_physiotherapist):
    answer = own.post(reverse("appointment_create"), booking(patient, other_physiotherapist))

    assert answer.status_code == 422
    assert not Appointment.objects.exists()


def test_a_physiotherapist_books_from_their_own_column_only(own, physiotherapist, other_physiotherapist):
    page = own.get(reverse("day"), {"day": monday()}).text

    links = [
        f"?practitioner={user.practitioner.pk}&amp;at=" in page for user in (physiotherapist, other_physiotherapist)
    ]
    assert links == [True, False]


def test_a_clinic_can_keep_the_diary_from_physiotherapists(own, patient):
    ClinicSettings(practitioners_book=False).save()

    page = own.get(reverse("day"), {"day": monday()}).text

    assert own.get(reverse("appointment_create"), {"patient": patient.pk}).status_code == 403
    assert reverse("appointment_create") not in page
    assert reverse("appointment_create") not in own.get(reverse("patient_detail", args=[patient.pk])).text


def test_a_physiotherapist_without_a_diary_books_nothing(desk, patient):
    make_type()
    desk.force_login(people.make_user("locum", role="Physiotherapist"))

    assert desk.get(reverse("appointment_create"), {"patient": patient.pk}).status_code == 403


def test_a_booking_goes_back_to_the_page_that_asked_for_it(own, patient, physiotherapist):
    sent = booking(patient, physiotherapist, then=f"/patients/{patient.pk}/")

    plain = own.post(reverse("appointment_create"), sent)
    htmx = own.post(reverse("appointment_create"), sent, headers=HTMX)

    assert plain.url == f"/patients/{patient.pk}/"
    assert htmx.headers["HX-Redirect"] == f"/patients/{patient.pk}/"


@pytest.mark.parametrize("then", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"])
def test_a_booking_goes_to_no_other_site(own, patient, physiotherapist, then):
    answer = own.post(reverse("appointment_create"), booking(patient, physiotherapist, then=then))

    assert answer.url == url_of("appointment_detail", Appointment.objects.get())


@pytest.mark.parametrize("count", [1, 3])
def test_the_booking_page_takes_the_same_queries_for_any_number_of_people(
    desk, patient, front_desk, count, django_assert_num_queries
):
    for number in range(count):
        user = people.make_physiotherapist(f"p{number}", last_name=f"P{number}")
        make_hours(user)
        book(
            people.make_patient(by=front_desk, given_name=f"A{number}"),
            user,
            by=front_desk,
            day=timezone.localdate() + timedelta(1),
        )
    kind = make_type()

    # Session, user; what a clinic needs to book; patient, sites, types, the type of last time; people and rooms;
    # hours, absences, visits; waiting list.
    with django_assert_num_queries(14):
        desk.get(reverse("appointment_create"), {"patient": patient.pk, "type": kind.pk})
