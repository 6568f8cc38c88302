"""The list of visits to move, time off entered at the desk, and the visits of a patient."""

import icalendar
import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from clinic.diary.messages import HERE, NO_CHANNEL
from clinic.models import Appointment, CallAttempt, ClinicSettings, Site, TimeOff, WaitingListEntry, WorkingHours
from clinic.services import (
    book_series,
    cancel_appointment,
    check_in,
    mark_no_show,
    move_appointment,
    record_time_off,
    undo_last,
)
from patients.models import TrailEntry
from patients.services import update_patient
from tests import people
from tests.clinic.builders import at, book, make_appointment, make_hours, make_patients, make_room, make_type, monday

HTMX = {"HX-Request": "true"}
LIST = "/diary/to-move/"


@pytest.fixture
def colleague(db):
    user = people.make_physiotherapist("d.okonkwo", first_name="Daniel", last_name="Okonkwo")
    make_hours(user)
    return user


@pytest.fixture
def desk(client, front_desk, physiotherapist, room):
    make_hours(physiotherapist)
    make_room("Room 2")
    client.force_login(front_desk)
    return client


@pytest.fixture
def broken(desk, patient, physiotherapist, front_desk, room, colleague):
    """A visit of 10:00 whose physiotherapist is away on that day."""
    visit = book(patient, physiotherapist, "10:00", by=front_desk, room=room, note="Brings the letter")
    day_off(physiotherapist, by=front_desk)
    return visit


def day_off(user, *, by):
    who = {"practitioner": user.practitioner}
    return record_time_off(by=by, starts_at=at("00:00"), ends_at=at("23:00"), reason="Sick", **who)


def rehome(desk, visit, **data):
    return desk.post(reverse("visit_rehome", args=[visit.pk]), {"version": visit.version, **data}, follow=True)


def first_offer(page, visit):
    return next(row for row in page.context["visits"] if row.pk == visit.pk).offers[0]


def test_the_list_offers_the_same_time_with_a_colleague_first(desk, broken, colleague):
    page = desk.get(LIST)

    offer = first_offer(page, broken)
    assert [visit.pk for visit in page.context["visits"]] == [broken.pk]
    assert offer["is_same_time"]
    assert offer["slot"].practitioner == colleague.practitioner
    assert "Brings the letter" in page.content.decode()


def test_the_colleague_keeps_their_usual_room(desk, broken, colleague):
    own = make_room("Room 2")
    WorkingHours.objects.filter(practitioner=colleague.practitioner).update(room=own)

    offer = first_offer(desk.get(LIST), broken)
    moving = desk.get(reverse("appointment_move", args=[broken.pk]))
    typed = {"slot": "other", "day": f"{monday()}", "time": "10:00", "who": colleague.practitioner.pk}
    desk.post(reverse("appointment_move", args=[broken.pk]), typed | {"version": broken.version})

    broken.refresh_from_db()
    assert [offer["slot"].room, moving.context["slots"][0].room, broken.room] == [own, own, own]


def test_a_patient_who_has_arrived_is_told_at_the_desk_and_not_called(desk, broken, front_desk):
    with time_machine.travel(at("09:50"), tick=False):
        desk.force_login(front_desk)
        check_in(broken, by=front_desk)
        [row] = desk.get(LIST).context["visits"]
        page = desk.get(LIST).content.decode()

    assert row.no_notice == HERE
    assert "Has arrived" in page
    assert 'value="no-answer"' not in page
    assert "no longer booked" not in page


def test_one_tap_moves_the_visit_and_takes_it_off_the_list(desk, broken, colleague):
    page = rehome(desk, broken, slot=first_offer(desk.get(LIST), broken)["value"])

    broken.refresh_from_db()
    assert (broken.practitioner, broken.starts_at) == (colleague.practitioner, at("10:00"))
    assert page.context["visits"] == []
    assert [visit.pk for visit in page.context["dealt"]] == [broken.pk]
    assert broken.patient.record_number in page.text


def test_a_visit_that_was_dealt_with_can_be_undone_on_the_list(desk, broken, front_desk):
    page = rehome(desk, broken, action="cancel")
    last = page.context["dealt"][0].last

    page = rehome(desk, broken, action="undo", change=last.pk, dealt=[broken.pk])

    assert [visit.pk for visit in page.context["visits"]] == [broken.pk]
    assert page.context["dealt"] == []


def test_the_second_of_two_receptionists_is_refused_and_sees_the_list_of_now(desk, broken, colleague, front_desk):
    offer = first_offer(desk.get(LIST), broken)["value"]
    move_appointment(broken, by=front_desk, practitioner=colleague.practitioner, starts_at=at("14:00"))

    page = rehome(desk, broken, slot=offer)

    broken.refresh_from_db()
    assert page.status_code == 409
    assert page.context["refusal"].code == "stale"
    assert broken.starts_at == at("14:00")


def test_a_time_that_was_taken_meanwhile_is_refused_with_other_times(
    desk, broken, colleague, front_desk, other_patient
):
    offer = first_offer(desk.get(LIST), broken)
    book(other_patient, colleague, "10:00", by=front_desk)

    page = rehome(desk, broken, slot=offer["value"])

    broken.refresh_from_db()
    assert page.status_code == 409
    assert broken.practitioner != colleague.practitioner
    assert first_offer(page, broken)["value"] != offer["value"]


@pytest.mark.parametrize("slot", ["", "1_2", "x_y_z", "999999_1_2030-01-01T10:00Z"])
def test_a_time_that_is_not_offered_is_refused_with_a_sentence(desk, broken, slot):
    page = rehome(desk, broken, slot=slot)

    assert page.status_code == 422
    assert page.context["refusal"].messages


def test_no_answer_is_kept_with_time_and_name_and_sends_the_visit_last(
    desk, broken, physiotherapist, front_desk, other_patient
):
    cancel_appointment(broken, by=front_desk, reason="x")
    undo_last(broken, by=front_desk)
    later = make_appointment(other_patient, physiotherapist, at=at("15:00"))
    broken.refresh_from_db()

    page = rehome(desk, broken, action="no-answer")

    call = CallAttempt.objects.get()
    assert (call.appointment, call.called_by) == (broken, front_desk)
    assert [visit.pk for visit in page.context["visits"]] == [later.pk, broken.pk]
    assert page.context["visits"][1].calls == [call]


def test_one_tap_queues_a_message_and_another_withdraws_it(desk, broken, patient, front_desk):
    update_patient(patient, by=front_desk, email="ruth@example.org", reminder_channel="email")

    page = rehome(desk, broken, action="message")

    [row] = page.context["visits"]
    assert (row.pk, row.notice.kind, row.notice.status) == (broken.pk, "postponed", "pending")
    assert "No message can be sent" not in page.content.decode()
    assert rehome(desk, broken, action="no-message").context["visits"][0].notice is None


def test_the_list_says_why_no_message_can_be_sent(desk, broken):
    [row] = desk.get(LIST).context["visits"]

    assert row.no_notice == NO_CHANNEL
    refused = rehome(desk, broken, action="message")
    assert (refused.status_code, refused.context["refusal"].code) == (409, "message")


def test_the_waiting_list_takes_the_patient_and_the_visit_is_cancelled_by_the_clinic(desk, broken):
    rehome(desk, broken, action="wait")

    broken.refresh_from_db()
    assert (broken.status, broken.is_cancelled_by_clinic) == (Appointment.Status.CANCELLED, True)
    assert WaitingListEntry.objects.open().get().patient == broken.patient


def test_a_visit_is_kept_when_the_practitioner_comes_in(desk, broken):
    page = rehome(desk, broken, action="keep")

    assert page.context["visits"] == []


def test_offers_of_different_visits_do_not_take_each_others_time(desk, physiotherapist, colleague, front_desk):
    for clock, patient in zip(("10:00", "10:15", "10:30"), make_patients(3, by=front_desk), strict=True):
        make_appointment(patient, physiotherapist, at=at(clock), minutes=15)
    day_off(physiotherapist, by=front_desk)

    visits = desk.get(LIST).context["visits"]

    firsts = [visit.offers[0]["slot"] for visit in visits]
    assert len({(slot.practitioner, slot.starts_at) for slot in firsts}) == 3
    for visit in visits:
        assert rehome(desk, visit, slot=visit.offers[0]["value"]).status_code == 200


def test_nothing_is_offered_to_a_patient_who_died(desk, patient, physiotherapist, front_desk):
    visit = book(patient, physiotherapist, by=front_desk)
    patient.died_on = timezone.localdate()
    patient.save()

    assert desk.get(LIST).context["visits"][0].offers == []
    rehome(desk, visit, action="cancel")
    assert desk.get(LIST).context["visits"] == []


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_takes_the_same_queries(
    desk, physiotherapist, colleague, front_desk, number, django_assert_num_queries
):
    for clock, patient in zip(("10:00", "11:00", "12:00"), make_patients(number, by=front_desk), strict=False):
        book(patient, physiotherapist, clock, by=front_desk)
    day_off(physiotherapist, by=front_desk)

    # Session, user, site; four for the impossible visits; calls; five for free times; similar names; notices, replies
    # and the clinic's switches.
    with django_assert_num_queries(17):
        page = desk.get(LIST)

    assert len(page.context["visits"]) == number


def typed(user, **changed):
    return {"who": user.practitioner.pk, "first_day": monday(), "last_day": monday(), "reason": "Sick"} | changed


def test_time_off_names_the_visits_it_breaks_before_it_is_saved(desk, patient, physiotherapist, front_desk):
    visit = book(patient, physiotherapist, by=front_desk)

    asked = desk.post(reverse("time_off_create"), typed(physiotherapist), headers=HTMX)

    assert asked.status_code == 409
    assert asked.context["form"].broken_visits == [visit]
    assert patient.record_number in asked.text
    assert not TimeOff.objects.exists()
    desk.post(reverse("time_off_create"), typed(physiotherapist, seen_visit=[visit.pk]))
    assert TimeOff.objects.get().practitioner == physiotherapist.practitioner


def test_time_off_that_breaks_nothing_is_saved_at_once_and_can_be_cancelled(desk, physiotherapist, front_desk):
    desk.post(reverse("time_off_create"), typed(physiotherapist))

    row = TimeOff.objects.get()
    assert (row.starts_at, row.ends_at) == (at("00:00"), at("00:00", day=monday() + timezone.timedelta(days=1)))
    desk.post(reverse("time_off_cancel", args=[row.pk]))
    row.refresh_from_db()
    assert row.cancelled_by == front_desk


@pytest.mark.parametrize("days", [0, 3])
def test_time_off_that_is_saved_again_with_other_days_is_refused(desk, physiotherapist, days):
    last_day = monday() + timezone.timedelta(days=2)
    desk.post(reverse("time_off_create"), typed(physiotherapist, last_day=last_day))
    other = monday() + timezone.timedelta(days=days)

    again = desk.post(reverse("time_off_create"), typed(physiotherapist, last_day=other))

    assert (again.status_code, TimeOff.objects.count()) == (409, 1)
    assert again.context["form"].has_error("__all__", "repeated")
    assert again.context["form"]["last_day"].value() == str(other)
    desk.post(reverse("time_off_cancel", args=[TimeOff.objects.get().pk]))
    desk.post(reverse("time_off_create"), typed(physiotherapist, last_day=other))
    assert TimeOff.objects.filter(cancelled_at=None).count() == 1


def test_who_falls_ill_during_a_holiday_is_entered_with_other_days_and_another_reason(desk, physiotherapist):
    desk.post(reverse("time_off_create"), typed(physiotherapist, reason="Holiday"))
    same_days = desk.post(reverse("time_off_create"), typed(physiotherapist))
    longer = typed(physiotherapist, last_day=monday() + timezone.timedelta(days=3))
    desk.post(reverse("time_off_create"), longer)

    assert same_days.status_code == 409
    assert sorted(TimeOff.objects.values_list("reason", flat=True)) == ["Holiday", "Sick"]


def test_time_off_is_in_the_clock_of_its_site(desk, front_desk):
    york = Site.objects.create(name="York", timezone="America/New_York")
    user = people.make_physiotherapist("n.york", first_name="Nora", last_name="York")
    user.practitioner.site = york
    user.practitioner.save()

    desk.post(
        f"{reverse('time_off_create')}?site={york.pk}",
        typed(user, site=york.pk, from_time="09:00", until_time="12:00"),
    )

    row = TimeOff.objects.get()
    assert (row.starts_at, row.ends_at) == (at("09:00", zone=york.zone), at("12:00", zone=york.zone))


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"first_day": ""}, "first_day"),
        ({"last_day": "2020-01-01"}, "last_day"),
        ({"from_time": "12:00", "until_time": "09:00"}, "until_time"),
        ({"who": 999999}, "who"),
        ({"who": ""}, "who"),
        ({"is_site_closed": "on"}, "who"),
    ],
)
def test_bad_time_off_is_refused_beside_the_field(desk, physiotherapist, changed, field):
    page = desk.post(reverse("time_off_create"), typed(physiotherapist, **changed), headers=HTMX)

    assert page.status_code == 422
    assert field in page.context["form"].errors
    assert not TimeOff.objects.exists()


def test_a_site_is_closed_for_everybody(desk, patient, physiotherapist, front_desk):
    visit = book(patient, physiotherapist, by=front_desk)

    desk.post(reverse("time_off_create"), typed(physiotherapist, who="", is_site_closed="on", seen_visit=[visit.pk]))

    assert TimeOff.objects.get().site == physiotherapist.practitioner.site


def test_the_diary_marks_the_visit_and_counts_it(desk, broken):
    page = desk.get(reverse("day"), {"day": monday()})

    cells = [item for column in page.context["grid"].columns for item in column.items if item.kind == "visit"]
    assert [bool(cell.obstacle) for cell in cells] == [True]
    assert desk.get(LIST, {"count": 1}).context["to_move"] == 1


def test_a_diary_that_is_open_is_sent_again_after_time_off(desk, patient, physiotherapist, front_desk):
    book(patient, physiotherapist, by=front_desk)
    address = f"{reverse('day')}?day={monday()}"
    tag = desk.get(address, headers=HTMX).headers["ETag"]
    assert desk.get(address, headers=HTMX | {"If-None-Match": tag}).status_code == 304

    day_off(physiotherapist, by=front_desk)

    assert desk.get(address, headers=HTMX | {"If-None-Match": tag}).status_code == 200


def test_the_time_of_somebody_who_is_away_is_not_offered_to_the_waiting_list(desk, broken, front_desk):
    rehome(desk, broken, action="wait")

    assert desk.get(reverse("appointment_detail", args=[broken.pk])).context["matches"] == []


def test_a_death_names_the_visits_before_it_is_saved(desk, patient, physiotherapist, front_desk):
    visit = book(patient, physiotherapist, by=front_desk)
    url = reverse("patient_edit", args=[patient.pk])
    page = desk.get(url)
    form = page.context["form"]
    data = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    data |= {"seen": page.context["seen"], "died_on": timezone.localdate()}

    asked = desk.post(url, data)

    patient.refresh_from_db()
    assert (asked.context["form"].broken_visits, patient.died_on) == ([visit], None)
    desk.post(url, data | {"seen_visit": [visit.pk]})
    patient.refresh_from_db()
    assert patient.died_on == timezone.localdate()


def test_the_search_shows_the_next_visit_and_the_missed_ones(desk, patient, physiotherapist, front_desk):
    visit = book(patient, physiotherapist, by=front_desk)
    missed = make_appointment(patient, physiotherapist, at=timezone.now() - timezone.timedelta(hours=2))
    mark_no_show(missed, by=front_desk)

    page = desk.get(reverse("patient_search"), {"q": "adeyemi"})

    assert page.context["patients"][0].visits.next == visit
    assert page.context["patients"][0].visits.attendance.missed == 1
    assert visit.when in page.content.decode()


def test_the_page_lists_next_later_and_past_visits(desk, patient, physiotherapist, front_desk):
    week = timezone.timedelta(days=7)
    times = [
        (at("10:00"), None),
        (at("10:00", day=monday() + week), None),
        (at("10:00", day=monday() + 2 * week), None),
    ]
    series = book_series(
        patient, by=front_desk, practitioner=physiotherapist.practitioner, type=make_type(), visits=times
    )
    cancel_appointment(series[0], by=front_desk, reason="Ill")

    visits = desk.get(reverse("patient_visits", args=[patient.pk])).context["visits"]

    assert [visit.pk for visit in visits.upcoming] == [visit.pk for visit in series[1:]]
    assert [visit.place_in_series for visit in visits.upcoming] == ["1 of 2", "2 of 2"]
    assert visits.attendance.cancelled_in_time == 1


def test_a_visit_is_moved_from_the_patients_page_and_the_page_comes_back(desk, patient, physiotherapist, front_desk):
    visit = book(patient, physiotherapist, by=front_desk)
    back = reverse("patient_visits", args=[patient.pk])
    data = {"reason": "Ill", "version": visit.version, "next": back}

    answer = desk.post(reverse("appointment_cancel", args=[visit.pk]), data)

    assert answer.url == back


def test_only_visits_that_the_user_may_change_can_be_moved_from_the_patients_page(
    desk, patient, physiotherapist, colleague, front_desk
):
    mine = book(patient, physiotherapist, by=front_desk)
    theirs = [book(patient, colleague, clock, by=front_desk) for clock in ("12:00", "13:00")]
    address = reverse("patient_visits", args=[patient.pk])

    for user, changeable in ((front_desk, {mine.pk, *(visit.pk for visit in theirs)}), (physiotherapist, {mine.pk})):
        desk.force_login(user)
        page = desk.get(address).content.decode()
        links = {pk for pk in (mine.pk, *(visit.pk for visit in theirs)) if f"/diary/{pk}/move/" in page}
        assert links == changeable

    ClinicSettings(practitioners_book=False).save()
    page = desk.get(address).content.decode()
    assert ("/move/" in page, reverse("appointment_create") in page) == (False, False)


def test_the_place_in_a_repeat_is_in_the_search_and_in_the_panel(desk, patient, physiotherapist, front_desk):
    times = [(at("10:00", day=monday() + timezone.timedelta(weeks=number)), None) for number in range(3)]
    who = {"practitioner": physiotherapist.practitioner, "type": make_type()}
    first, second, _ = book_series(patient, by=front_desk, visits=times, **who)

    found = desk.get(reverse("patient_search"), {"q": "adeyemi"}).content.decode()
    panel = desk.get(reverse("appointment_detail", args=[second.pk])).context["appointment"]

    assert ("1 of 3" in found, panel.place_in_series) == (True, "2 of 3")


def test_the_list_and_the_printed_day_say_what_the_desk_must_know(desk, broken, patient, front_desk):
    update_patient(patient, by=front_desk, desk_note="Wheelchair")

    listed = desk.get(LIST).content.decode()
    printed = desk.get(reverse("day_print"), {"day": monday()}).content.decode()

    assert "Wheelchair" in listed
    assert "Cannot take place" in printed


def test_the_calendar_file_has_the_visits_that_can_take_place(desk, broken, patient, colleague, front_desk):
    kept = book(patient, colleague, "12:00", by=front_desk)

    answer = desk.get(reverse("patient_visits_download", args=[patient.pk]))

    events = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    assert [event.decoded("dtstart") for event in events] == [kept.starts_at]
    assert "Okonkwo" not in answer.content.decode()
    assert TrailEntry.objects.filter(action="export", patient=patient).exists()


def test_the_printed_list_has_no_time_for_a_visit_that_cannot_take_place(desk, broken, patient):
    page = desk.get(reverse("patient_visits_print", args=[patient.pk])).content.decode()

    assert broken.times not in page
    assert "A new time will be arranged" in page


@pytest.mark.parametrize("number", [1, 3])
def test_the_visits_of_a_patient_take_the_same_queries(
    desk, patient, physiotherapist, front_desk, number, django_assert_num_queries
):
    for clock in ("10:00", "11:00", "12:00")[:number]:
        book(patient, physiotherapist, clock, by=front_desk)

    with django_assert_num_queries(14):
        desk.get(reverse("patient_visits", args=[patient.pk]))
