from datetime import time, timedelta

import pytest
from django.core.exceptions import ValidationError

from clinic.diary.waiting import waiting_matches
from clinic.models import Site
from clinic.services import add_to_waiting_list, cancel_appointment, close_waiting_entry
from tests.clinic.builders import book, make_patients, make_room, make_type, monday

pytestmark = pytest.mark.both_engines

SUITED = [
    {},
    {"weekdays": [0, 2]},
    {"earliest_on": monday(), "latest_on": monday()},
    {"earliest_time": time(10), "latest_time": time(10, 30)},
    {"practitioner": True},
    {"practitioner": False, "or_practitioner": True},
    {"site": True},
    {"room": True},
    {"minutes": 20},
]
NOT_SUITED = [
    {"weekdays": [1, 2]},
    {"earliest_on": monday() + timedelta(days=1)},
    {"latest_on": monday() - timedelta(days=1)},
    {"earliest_time": time(10, 15)},
    {"latest_time": time(10, 15)},
    {"practitioner": False},
    {"site": False},
    {"room": False},
    {"minutes": 45},
]


@pytest.fixture
def freed(patient, physiotherapist, front_desk):
    """A free slot on Monday, 10:00 to 10:30."""
    visit = book(patient, physiotherapist, "10:00", by=front_desk, room=make_room("Room 1"))
    return cancel_appointment(visit, by=front_desk, reason="Ill")


@pytest.fixture
def wish(front_desk, physiotherapist, other_physiotherapist, other_patient):
    def wish(patient=other_patient, type=None, **fields):
        for name in {"practitioner", "or_practitioner"} & fields.keys():
            fields[name] = (physiotherapist if fields[name] else other_physiotherapist).practitioner
        if "room" in fields:
            fields["room"] = make_room("Room 1" if fields["room"] else "Room 2")
        if "site" in fields:
            own = physiotherapist.practitioner.site
            fields["site"] = own if fields["site"] else Site.objects.create(name="Hill Road")
        return add_to_waiting_list(patient, by=front_desk, type=type or make_type(), **fields)

    return wish


@pytest.mark.parametrize("fields", SUITED)
def test_a_freed_time_is_offered_to_a_patient_whom_it_suits(freed, wish, fields):
    entry = wish(**fields)

    assert waiting_matches(freed) == [entry]


@pytest.mark.parametrize("fields", NOT_SUITED)
def test_a_freed_time_is_not_offered_to_a_patient_whom_it_does_not_suit(freed, wish, fields):
    wish(**fields)

    assert waiting_matches(freed) == []


def test_the_best_come_first(freed, wish, front_desk):
    ada, ben, cleo, dan = make_patients(4, by=front_desk)
    oldest = wish(ada)
    asked_for_her = wish(ben, practitioner=True)
    urgent = wish(cleo, priority=2)
    wish(dan, type=make_type("Long", 60))

    assert waiting_matches(freed) == [urgent, asked_for_her, oldest]
    assert waiting_matches(freed, limit=1) == [urgent]


def test_patients_who_are_booked_or_cannot_be_treated_are_left_out(
    freed, wish, other_patient, other_physiotherapist, front_desk
):
    ada, *_ = make_patients(1, by=front_desk)
    wish(other_patient)
    wish(ada)
    book(other_patient, other_physiotherapist, "10:15", by=front_desk)
    ada.is_active = False
    ada.save()

    assert waiting_matches(freed) == []


@pytest.mark.parametrize("count", [1, 3])
def test_matching_takes_one_query(freed, wish, front_desk, count, django_assert_num_queries):
    for patient in make_patients(count, by=front_desk):
        wish(patient, practitioner=True)

    with django_assert_num_queries(1):
        assert len(waiting_matches(freed)) == count


def test_a_closed_entry_is_not_offered_and_keeps_its_first_name(freed, wish, front_desk, admin):
    entry = wish()

    closed = close_waiting_entry(entry, by=front_desk)
    again = close_waiting_entry(entry, by=admin)

    assert (again.closed_by, again.closed_at) == (front_desk, closed.closed_at)
    assert waiting_matches(freed) == []


@pytest.mark.parametrize("weekdays", [[7], [0, 0], "monday", [None]])
def test_weekdays_are_days_of_a_week(wish, weekdays):
    with pytest.raises(ValidationError) as refusal:
        wish(weekdays=weekdays)

    assert refusal.value.message_dict == {"weekdays": ["Choose days from Monday to Sunday."]}
