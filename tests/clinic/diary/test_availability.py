from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic.diary.availability import free_room, free_slots, room_for
from clinic.diary.intervals import merged, without
from clinic.diary.working_hours import within_hours
from clinic.models import Appointment, TimeOff, WorkingHours
from clinic.services import cancel_appointment
from tests import people
from tests.clinic.builders import ZONE, at, book, make_hours, make_room, make_type, monday

pytestmark = pytest.mark.both_engines


@pytest.fixture
def clinic(physiotherapist, room):
    make_hours(physiotherapist, "09:00", "12:00")
    make_hours(physiotherapist, "13:00", "15:00")
    return people.make_site()


def starts(slots):
    return [f"{slot.starts_at.astimezone(ZONE):%H:%M}" for slot in slots]


def on_monday(type=None, *, site, **search):
    return free_slots(type or make_type(), site=site, start_day=monday(), days=1, **search)


def away(**fields):
    return TimeOff.objects.create(**fields)


def test_slots_are_inside_working_hours_and_outside_the_break(clinic):
    assert starts(on_monday(make_type("Long", 90), site=clinic)) == [
        *"09:00 09:15 09:30 09:45 10:00 10:15 10:30".split(),
        *"13:00 13:15 13:30".split(),
    ]


def test_what_is_booked_is_not_offered(clinic, patient, physiotherapist, front_desk):
    book(patient, physiotherapist, "09:20", by=front_desk, type=make_type("Long", 100))

    assert starts(on_monday(site=clinic))[:4] == ["11:00", "11:15", "11:30", "13:00"]


def test_a_gap_is_offered_from_its_beginning(clinic, patient, physiotherapist, front_desk):
    book(patient, physiotherapist, "09:00", by=front_desk, type=make_type("Odd", 40))

    assert starts(on_monday(site=clinic))[:3] == ["09:40", "09:45", "10:00"]


def test_a_cancelled_visit_is_offered_again(clinic, patient, physiotherapist, front_desk):
    taken = book(patient, physiotherapist, "09:00", by=front_desk)
    before = starts(on_monday(site=clinic))

    cancel_appointment(taken, by=front_desk, reason="Ill")

    assert ("09:00" in before, "09:00" in starts(on_monday(site=clinic))) == (False, True)


def test_a_patient_is_not_offered_the_time_of_another_visit(
    clinic, patient, other_patient, other_physiotherapist, front_desk
):
    book(patient, other_physiotherapist, "09:00", by=front_desk, type=make_type("Long", 170))

    assert starts(on_monday(site=clinic, patient=patient))[0] == "13:00"
    assert starts(on_monday(site=clinic, patient=other_patient))[0] == "09:00"


def test_another_room_is_offered_when_the_first_is_taken(
    clinic, patient, room, other_physiotherapist, physiotherapist, front_desk
):
    book(patient, other_physiotherapist, "09:00", by=front_desk, room=room)
    none_left = starts(on_monday(site=clinic))[0]
    second = make_room("Room 2")

    slot = on_monday(site=clinic)[0]

    assert none_left == "09:30"
    assert (starts([slot]), slot.room, slot.practitioner) == (["09:00"], second, physiotherapist.practitioner)


def test_the_usual_room_is_offered_first(clinic, physiotherapist):
    usual = make_room("Room 9")
    WorkingHours.objects.update(room=usual)

    assert {slot.room for slot in on_monday(site=clinic)} == {usual}


def test_a_site_without_rooms_is_booked_without_a_room(clinic, room):
    room.is_active = False
    room.save()

    assert on_monday(site=clinic)[0].room is None


def test_time_off_and_closing_times_are_not_offered(clinic, physiotherapist):
    away(practitioner=physiotherapist.practitioner, starts_at=at("09:00"), ends_at=at("11:30"))
    away(site=clinic, starts_at=at("13:00"), ends_at=at("14:30"), reason="Fire drill")

    assert starts(on_monday(site=clinic)) == ["11:30", "14:30"]


def test_working_hours_apply_from_their_first_to_their_last_day(clinic):
    WorkingHours.objects.filter(starts="09:00").update(valid_from=monday() + timedelta(days=1))
    WorkingHours.objects.filter(starts="13:00").update(valid_until=monday())

    assert starts(on_monday(site=clinic))[0] == "13:00"
    assert starts(free_slots(make_type(), site=clinic, start_day=monday() + timedelta(days=1), days=1))[-1] == "11:30"


def test_a_visit_that_needs_a_certificate_is_offered_only_with_certified_practitioners(clinic, physiotherapist):
    needling = make_type("Needling", needs_certificate=True)
    practitioner = physiotherapist.practitioner
    without_one = free_slots(needling, site=clinic, start_day=monday(), days=2)
    practitioner.certificate_expires_on = monday()
    practitioner.save()

    slots = free_slots(needling, site=clinic, start_day=monday(), days=2)

    assert without_one == []
    assert {slot.starts_at.date() for slot in slots} == {monday()}


def test_nothing_is_offered_in_the_past(clinic):
    assert starts(on_monday(site=clinic, now=at("10:05")))[0] == "10:15"


def test_a_limit_keeps_the_soonest(clinic):
    assert starts(on_monday(site=clinic, limit=2)) == ["09:00", "09:15"]


def test_an_inactive_practitioner_is_not_offered(clinic, physiotherapist):
    physiotherapist.practitioner.is_active = False
    physiotherapist.practitioner.save()

    assert on_monday(site=clinic) == []


def test_a_wish_for_a_room_a_weekday_and_a_part_of_the_day_is_kept(clinic, physiotherapist, room):
    second = make_room("Room 2")
    tuesday = monday() + timedelta(days=1)

    slots = free_slots(
        make_type(),
        site=clinic,
        start_day=monday(),
        days=14,
        room=second,
        weekdays=[1],
        after=time(11),
        before=time(14),
    )

    assert {slot.room for slot in slots} == {second}
    assert {slot.starts_at.astimezone(ZONE).date() for slot in slots} == {tuesday, tuesday + timedelta(weeks=1)}
    assert starts(slots)[:6] == ["11:00", "11:15", "11:30", "13:00", "13:15", "13:30"]


def test_a_room_that_is_closed_or_of_another_site_is_never_offered(clinic, room):
    room.is_active = False
    room.save()
    make_room("Room 2")

    assert on_monday(site=clinic, room=room) == []


def test_a_visit_that_is_moved_is_not_in_its_own_way(
    clinic, patient, physiotherapist, other_physiotherapist, front_desk
):
    make_hours(other_physiotherapist, "09:00", "12:00")
    make_room("Room 2")
    visit = book(patient, physiotherapist, "09:00", by=front_desk, type=make_type("Long", 170))

    blocked = on_monday(site=clinic, patient=patient)
    slots = on_monday(site=clinic, patient=patient, ignoring=visit)

    assert starts(blocked)[0] == "13:00"
    assert [slot.practitioner.pk for slot in slots if slot.starts_at == visit.starts_at] == [
        other_physiotherapist.practitioner.pk,
        physiotherapist.practitioner.pk,
    ]


def test_the_usual_room_is_that_of_the_hours_in_which_the_visit_lies(clinic, physiotherapist):
    morning, afternoon = make_room("Room 8"), make_room("Room 9")
    WorkingHours.objects.filter(starts="09:00").update(room=morning)
    WorkingHours.objects.filter(starts="13:00").update(room=afternoon)

    slots = on_monday(site=clinic)

    assert {(slot.room.name, slot.starts_at < at("12:30")) for slot in slots} == {("Room 8", True), ("Room 9", False)}
    assert room_for(physiotherapist.practitioner, at("14:00"), at("14:30")) == afternoon


def test_a_room_is_the_wanted_then_the_usual_then_any_free_one(
    clinic, patient, other_patient, room, physiotherapist, other_physiotherapist, front_desk
):
    usual, wanted = make_room("Room 2"), make_room("Room 3")
    WorkingHours.objects.update(room=usual)
    span = at("10:00"), at("10:30")
    person = physiotherapist.practitioner

    assert room_for(person, *span, first=wanted) == wanted
    assert room_for(person, *span) == usual
    visit = book(patient, other_physiotherapist, by=front_desk, room=usual)
    assert room_for(person, *span) == room
    assert room_for(person, *span, ignoring=visit) == usual
    book(other_patient, physiotherapist, by=front_desk, room=room)
    assert room_for(person, *span) == wanted


def test_within_hours(clinic, physiotherapist, other_physiotherapist):
    one, other = physiotherapist.practitioner, other_physiotherapist.practitioner
    away(practitioner=other, starts_at=at("03:00"), ends_at=at("04:00"))
    times = [(at(start), at(end)) for start, end in [("09:00", "12:00"), ("11:30", "12:01"), ("03:30", "04:30")]]

    assert within_hours(one, times) == [True, False, False]
    assert within_hours(other, times) == [True, True, False]


def test_a_free_room_is_the_preferred_one_if_it_is_free(clinic, patient, room, physiotherapist, front_desk):
    second = make_room("Room 2")
    visit = book(patient, physiotherapist, "10:00", by=front_desk, room=second)

    assert free_room(clinic, at("10:15"), at("10:45"), first=second) == room
    assert free_room(clinic, at("10:15"), at("10:45"), first=second, ignoring=visit) == second
    assert free_room(clinic, at("10:30"), at("11:00"), first=second) == second


@pytest.mark.parametrize("count", [1, 12])
@pytest.mark.parametrize("booked", [0, 3])
def test_eight_weeks_of_all_practitioners_take_six_queries(
    clinic, patient, front_desk, count, booked, django_assert_num_queries
):
    users = [people.make_physiotherapist(f"p{number}", last_name=f"P{number}") for number in range(count)]
    for number, user in enumerate(users):
        make_hours(user)
        for visit in range(booked):
            someone = people.make_patient(by=front_desk, given_name=f"A{number}-{visit}")
            book(someone, user, f"{10 + visit}:00", by=front_desk)

    kind = make_type()

    with django_assert_num_queries(6):
        free_slots(kind, site=clinic, patient=patient, start_day=monday(), days=56)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Dublin", date(2026, 3, 29), 23),
        ("Europe/Dublin", date(2026, 10, 25), 25),
        ("America/New_York", date(2026, 3, 8), 23),
        ("America/New_York", date(2026, 11, 1), 25),
        ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
    ],
)
def test_a_day_around_the_clock_has_a_slot_for_each_quarter_that_exists(physiotherapist, zone, day, hours):
    site = people.make_site()
    site.timezone = zone
    make_hours(physiotherapist, "00:00", "00:00")

    slots = free_slots(make_type("Quarter", 15), site=site, start_day=day, days=1, now=datetime(2026, 1, 1, tzinfo=UTC))

    assert len(slots) == len({slot.starts_at for slot in slots}) == hours * 4
    assert {slot.starts_at.astimezone(ZoneInfo(zone)).date() for slot in slots} == {day}


MINUTES = st.integers(0, 24 * 12).map(lambda fives: fives * 5)
STRETCHES = st.lists(st.tuples(MINUTES, MINUTES), max_size=8)


@given(STRETCHES, STRETCHES)
def test_without_agrees_with_a_list_of_minutes(some, taken):
    def minutes_of(stretches):
        return {minute for start, end in stretches for minute in range(start, end)}

    left = without(some, taken)

    assert minutes_of(left) == minutes_of(some) - minutes_of(taken)
    assert left == merged(left)


def naive_starts(hours, off, busy, busy_rooms, rooms, length):
    """Check for every minute whether the visit can begin then and one room is free all the time."""
    working = {m for start, end in hours for m in range(start, end)}
    free = working - {m for start, end in [*off, *busy] for m in range(start, end)}
    for start in range(24 * 60):
        needed = range(start, start + length)
        on_grid = start % 15 == 0 or (start in free and start - 1 not in free)
        one_room = any(all(m not in busy_rooms.get(room, ()) for m in needed) for room in rooms)
        if on_grid and free.issuperset(needed) and one_room:
            yield start


SPAN = st.tuples(st.integers(6 * 12, 20 * 12), st.integers(1, 30)).map(lambda s: (s[0] * 5, (s[0] + s[1]) * 5))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    hours=st.lists(SPAN, max_size=3),
    off=st.lists(SPAN, max_size=2),
    visits=st.lists(st.tuples(SPAN, st.sampled_from(["own", "patient", "other"]), st.booleans()), max_size=6),
    length=st.sampled_from([15, 25, 40, 60]),
)
def test_free_slots_agree_with_a_naive_search(
    django_db_blocker, physiotherapist, other_physiotherapist, patient, other_patient, room, hours, off, visits, length
):
    site, rooms = people.make_site(), [room, make_room("Room 2")]
    for model in (Appointment, WorkingHours, TimeOff):
        model.objects.all().delete()

    def instant(minute):
        return at("00:00") + timedelta(minutes=minute)

    for start, end in hours:
        clocks = {
            "starts": time(start // 60, start % 60),
            "ends": time(end // 60 % 24, end % 60),
        }
        WorkingHours.objects.create(practitioner=physiotherapist.practitioner, weekday=0, **clocks)
    for start, end in off:
        away(practitioner=physiotherapist.practitioner, starts_at=instant(start), ends_at=instant(end))
    busy, busy_rooms = [], {}
    for (start, end), whose, second_room in visits:
        where = rooms[second_room]
        busy_rooms.setdefault(where, set()).update(range(start, end))
        busy += [(start, end)] if whose != "other" else []
        Appointment.objects.create(
            practitioner=(physiotherapist if whose == "own" else other_physiotherapist).practitioner,
            patient=patient if whose == "patient" else other_patient,
            room=where,
            type=make_type(),
            starts_at=instant(start),
            ends_at=instant(end),
            overlap_reason="the model is about free time",
            overlap_by=other_physiotherapist,
        )

    slots = free_slots(
        make_type(),
        site=site,
        practitioners=[physiotherapist.practitioner],
        start_day=monday(),
        days=1,
        patient=patient,
        minutes=length,
    )

    found = [(slot.starts_at - at("00:00")) // timedelta(minutes=1) for slot in slots]
    assert found == list(naive_starts(hours, off, busy, busy_rooms, rooms, length))
    for slot in slots:
        minutes = range(*((t - at("00:00")) // timedelta(minutes=1) for t in (slot.starts_at, slot.ends_at)))
        assert not busy_rooms.get(slot.room, set()).intersection(minutes)
