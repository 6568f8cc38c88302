from datetime import time, timedelta

import pytest

from clinic.diary.alternatives import same_time
from clinic.diary.finder import IN_ALL, ON_A_DAY, Wish, find_times
from tests import people
from tests.clinic.builders import ZONE, at, book, make_hours, make_room, make_type, monday

pytestmark = pytest.mark.both_engines


@pytest.fixture
def clinic(physiotherapist, other_physiotherapist, room):
    make_hours(physiotherapist, "09:00", "12:00")
    make_hours(other_physiotherapist, "09:00", "18:00")
    make_room("Room 2")
    return people.make_site()


def starts(slots):
    return [f"{slot.starts_at.astimezone(ZONE):%H:%M}" for slot in slots]


def find(clinic, *, type=None, **wish):
    return find_times(type or make_type(), Wish(**({"from_day": monday()} | wish)), site=clinic)


def test_times_begin_on_the_day_that_is_asked_for_and_follow_each_other(clinic):
    found = find(clinic)

    assert [day.day for day in found.days] == [monday() + timedelta(days=number) for number in range(3)]
    assert starts(found.days[0].slots) == ["09:00", "09:30", "10:00", "10:30"]
    assert found.next_day == monday() + timedelta(days=IN_ALL // ON_A_DAY)


def test_the_search_goes_on_where_it_stopped(clinic):
    first = find(clinic)

    following = find(clinic, from_day=first.next_day)

    assert following.days[0].day == first.next_day
    assert following.next_day == first.next_day + timedelta(days=3)


def test_a_whole_wish_is_kept(clinic, other_physiotherapist):
    room, person = make_room("Room 2"), other_physiotherapist.practitioner
    wish = {"weekdays": (3,), "after": time(16), "minutes": 45, "room": room, "practitioners": (person,)}

    found = find(clinic, **wish)

    thursdays = [monday() + timedelta(days=3 + 7 * week) for week in range(6)]
    assert [day.day for day in found.days] == thursdays
    assert starts(found.slots) == ["16:00", "16:45"] * 6
    assert {(slot.room, slot.practitioner, slot.ends_at - slot.starts_at) for slot in found.slots} == {
        (room, person, timedelta(minutes=45))
    }


def test_a_day_can_be_listed_in_full(clinic):
    found = find_times(make_type(), Wish(monday()), site=clinic, whole_day=monday())

    short, full = find(clinic).days[0], found.days[0]
    assert (len(full.slots), full.more) == (len(short.slots) + short.more, 0)
    assert starts(full.slots)[:3] == ["09:00", "09:15", "09:30"]


def test_each_time_is_listed_once_unless_people_are_asked_for(clinic, physiotherapist, other_physiotherapist):
    both = tuple(user.practitioner for user in (physiotherapist, other_physiotherapist))

    assert starts(find(clinic).days[0].slots)[:2] == ["09:00", "09:30"]
    assert starts(find(clinic, practitioners=both).days[0].slots)[:2] == ["09:00", "09:00"]


def test_nothing_is_offered_after_the_last_day_that_suits(clinic):
    found = find(clinic, until_day=monday())

    assert [day.day for day in found.days] == [monday()]
    assert found.next_day is None
    assert find(clinic, until_day=monday() - timedelta(days=1)).days == []


def test_a_search_without_a_result_can_go_on(clinic):
    found = find(clinic, after=time(20))

    assert (found.days, found.next_day) == ([], monday() + timedelta(days=56))


def test_a_day_tells_what_the_patient_has_on_it(clinic, patient, other_physiotherapist, front_desk):
    visit = book(patient, other_physiotherapist, "15:00", by=front_desk)

    found = find_times(make_type(), Wish(monday()), site=clinic, patient=patient)
    moving = find_times(make_type(), Wish(monday()), site=clinic, patient=patient, ignoring=visit)

    assert [day.booked for day in found.days] == [[visit], [], []]
    assert moving.days[0].booked == []


def test_a_colleague_who_is_free_can_take_a_visit_at_its_own_time(
    clinic, patient, other_patient, physiotherapist, other_physiotherapist, front_desk
):
    visit = book(patient, physiotherapist, "10:00", by=front_desk, room=make_room("Room 1"))

    (offer,) = same_time(visit)
    book(other_patient, other_physiotherapist, "10:15", by=front_desk)

    assert (offer.practitioner, offer.starts_at) == (other_physiotherapist.practitioner, at("10:00"))
    assert same_time(visit) == []


@pytest.mark.parametrize("count", [1, 12])
def test_a_search_takes_the_same_queries_for_any_number_of_people(
    clinic, patient, front_desk, count, django_assert_num_queries
):
    for number in range(count):
        user = people.make_physiotherapist(f"p{number}", last_name=f"P{number}")
        make_hours(user)
        book(people.make_patient(by=front_desk, given_name=f"A{number}"), user, by=front_desk)
    kind, wish = make_type(), Wish(monday(), weekdays=(3,), after=time(16))

    with django_assert_num_queries(7):
        find_times(kind, wish, site=clinic, patient=patient)
