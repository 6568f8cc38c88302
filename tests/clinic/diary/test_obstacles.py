"""Which booked visits cannot take place, whatever the cause."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone

from clinic.diary.messages import due_reminders, possible_visits
from clinic.diary.obstacles import impossible_visits
from clinic.models import TimeOff, WorkingHours
from clinic.services import (
    book_appointment,
    cancel_appointment,
    cancel_time_off,
    check_in,
    keep_appointment,
    record_time_off,
    undo_last,
)
from tests import people
from tests.clinic.builders import at, book, make_hours, make_patients, make_type, monday


@pytest.fixture
def visit(patient, physiotherapist, front_desk, room):
    make_hours(physiotherapist, "09:00", "17:00")
    certified = make_type("Needling", needs_certificate=True)
    physiotherapist.practitioner.certificate_expires_on = monday() + timedelta(days=30)
    physiotherapist.practitioner.save()
    return book(patient, physiotherapist, "10:00", by=front_desk, room=room, type=certified)


def kinds(**scope):
    return [[obstacle.kind for obstacle in visit.obstacles] for visit in impossible_visits(**scope)]


def away(user, start="09:00", end="12:00", *, by, **fields):
    return record_time_off(by=by, practitioner=user.practitioner, starts_at=at(start), ends_at=at(end), **fields)


def change(row, **fields):
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()


CAUSES = {
    "away": lambda v, desk: record_time_off(
        by=desk, practitioner=v.practitioner, starts_at=v.starts_at, ends_at=v.ends_at
    ),
    "closed": lambda v, desk: record_time_off(
        by=desk, site=v.practitioner.site, starts_at=v.starts_at, ends_at=v.ends_at
    ),
    "practitioner": lambda v, desk: change(v.practitioner, is_active=False),
    "practitioner ": lambda v, desk: change(v.practitioner.user, is_active=False),
    "room": lambda v, desk: change(v.room, is_active=False),
    "patient": lambda v, desk: change(v.patient, died_on=timezone.localdate()),
    "patient ": lambda v, desk: change(v.patient, is_active=False),
    "patient  ": lambda v, desk: change(v.patient, merged_into=people.make_patient(by=desk, given_name="Noor")),
    "uncertified": lambda v, desk: change(v.practitioner, certificate_expires_on=monday() - timedelta(days=1)),
    "uncertified ": lambda v, desk: change(v.practitioner, certificate_expires_on=None),
    "uncovered": lambda v, desk: change(v.practitioner, cover_expires_on=monday() - timedelta(days=1)),
    "hours": lambda v, desk: WorkingHours.objects.update(valid_until=monday() - timedelta(days=1)),
    "hours ": lambda v, desk: WorkingHours.objects.filter(weekday=0).delete(),
}


@pytest.mark.parametrize("kind", CAUSES)
def test_each_cause_stops_the_visit_until_it_is_dealt_with(visit, front_desk, kind):
    assert kinds() == []

    CAUSES[kind](visit, front_desk)

    assert kinds() == [[kind.strip()]]
    cancel_appointment(visit, by=front_desk, reason="Cannot take place")
    assert kinds() == []


def test_a_certificate_is_valid_on_its_last_day(visit):
    change(visit.practitioner, certificate_expires_on=monday(), cover_expires_on=monday())

    assert kinds() == []


def test_time_off_that_only_touches_the_visit_does_not_stop_it(visit, physiotherapist, front_desk):
    away(physiotherapist, "09:00", "10:00", by=front_desk)
    away(physiotherapist, "10:30", "12:00", by=front_desk)

    assert kinds() == []


def test_time_off_that_is_cancelled_stops_nothing(visit, physiotherapist, front_desk):
    cancel_time_off(away(physiotherapist, by=front_desk), by=front_desk)

    assert kinds() == []


def test_a_visit_of_somebody_else_is_not_stopped(visit, other_patient, front_desk):
    colleague = people.make_physiotherapist("d.okonkwo", first_name="Daniel", last_name="Okonkwo")
    book(other_patient, colleague, "10:00", by=front_desk)
    away(colleague, by=front_desk)

    assert [found.patient for found in impossible_visits()] == [other_patient]


def test_a_visit_outside_hours_on_purpose_takes_place_until_somebody_is_away(visit, physiotherapist, front_desk):
    evening = book(visit.patient, physiotherapist, "19:00", by=front_desk, allow_outside_hours=True)

    assert kinds() == []
    away(physiotherapist, "18:00", "20:00", by=front_desk)
    assert [found.pk for found in impossible_visits()] == [evening.pk]


def test_a_visit_that_was_decided_to_take_place_is_no_longer_listed(visit, physiotherapist, front_desk):
    away(physiotherapist, by=front_desk)

    keep_appointment(visit, by=front_desk)

    assert kinds() == []
    undo_last(visit, by=front_desk)
    assert kinds() == [["away"]]


def test_a_visit_of_a_patient_who_died_cannot_be_kept(visit, front_desk):
    change(visit.patient, died_on=timezone.localdate())

    with pytest.raises(ValidationError) as refusal:
        keep_appointment(visit, by=front_desk)

    assert refusal.value.code == "obstacle"


def test_a_visit_across_a_change_of_the_clocks_is_within_its_hours(physiotherapist, patient, front_desk):
    """The clocks go back on Sunday 31 October 2027; working hours are those of the clock on the wall."""
    make_hours(physiotherapist, "00:00", "04:00")
    with time_machine.travel("2027-10-01 12:00Z", tick=False):
        day = timezone.localdate().replace(day=31)
        visit = book_appointment(
            by=front_desk,
            patient=patient,
            practitioner=physiotherapist.practitioner,
            type=make_type(),
            starts_at=at("01:45", day=day),
            minutes=120,
        )

        assert kinds() == []
        WorkingHours.objects.update(ends="02:30")
        assert [found.pk for found in impossible_visits()] == [visit.pk]


def test_the_arrived_are_listed_and_the_treated_are_not(visit, physiotherapist, front_desk):
    away(physiotherapist, by=front_desk)
    with time_machine.travel(at("09:55"), tick=False):
        check_in(visit, by=front_desk)
        assert kinds() == [["away"]]

        change(visit, status="done", arrived_at=timezone.now())
        assert kinds() == []


def test_a_stopped_visit_is_not_reminded_of_until_it_can_take_place(visit, physiotherapist, front_desk):
    change(visit.patient, email="ruth@example.com", reminder_channel="email")

    def reminded():
        return [v.pk for v in possible_visits(due_reminders(at=at("08:00"), channel="email"))]

    assert reminded() == [visit.pk]
    time_off = away(physiotherapist, by=front_desk)
    assert reminded() == []
    cancel_time_off(time_off, by=front_desk)
    assert reminded() == [visit.pk]


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_takes_the_same_queries(visit, physiotherapist, front_desk, number, django_assert_num_queries):
    for clock, patient in zip(("11:00", "12:00", "13:00"), make_patients(number, by=front_desk), strict=False):
        book(patient, physiotherapist, clock, by=front_desk)
    TimeOff.objects.create(practitioner=physiotherapist.practitioner, starts_at=at("08:00"), ends_at=at("18:00"))

    with django_assert_num_queries(4):
        found = impossible_visits(site=visit.practitioner.site)

    assert len(found) == number + 1
