"""Cases with a second page, a second user or another day."""

import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from clinic.models import Appointment
from clinic.services import (
    add_to_waiting_list,
    book_series,
    book_waiting_entry,
    cancel_appointment,
    cancel_this_and_following,
    check_in,
    move_appointment,
    move_this_and_following,
    undo_last,
)
from patients.services.once import OtherContent
from tests import people
from tests.clinic.builders import at, book, make_hours, make_room, make_type, monday

pytestmark = pytest.mark.both_engines


@pytest.fixture
def hours(physiotherapist, other_physiotherapist):
    return make_hours(physiotherapist), make_hours(other_physiotherapist)


@pytest.fixture
def series(hours, patient, physiotherapist, front_desk):
    visits = [(at("10:00", day=monday() + timedelta(weeks=week)), make_room()) for week in range(3)]
    return book_series(
        patient, by=front_desk, practitioner=physiotherapist.practitioner, type=make_type(), visits=visits
    )


def test_the_same_page_asking_for_another_time_is_refused(hours, patient, physiotherapist, front_desk):
    token = uuid.uuid4()
    book(patient, physiotherapist, "10:00", by=front_desk, token=token)

    with pytest.raises(OtherContent):
        book(patient, physiotherapist, "11:00", by=front_desk, token=token)

    assert Appointment.objects.count() == 1


def test_the_same_page_after_a_cancellation_is_refused(hours, patient, physiotherapist, front_desk):
    token = uuid.uuid4()
    visit = book(patient, physiotherapist, "10:00", by=front_desk, token=token)
    cancel_appointment(visit, by=front_desk, reason="Ill")

    with pytest.raises(OtherContent):
        book(patient, physiotherapist, "10:00", by=front_desk, token=token)


def test_a_visit_that_arrived_is_booked_again_on_another_day(patient, physiotherapist, front_desk):
    now = timezone.now()
    visit = Appointment.objects.create(
        patient=patient,
        practitioner=physiotherapist.practitioner,
        type=make_type(),
        starts_at=now,
        ends_at=now + timedelta(minutes=30),
    )
    check_in(visit, by=front_desk)

    moved = move_appointment(visit, by=front_desk, starts_at=at("10:00"), allow_outside_hours=True)

    assert (moved.status, moved.arrived_at) == ("booked", None)


def test_a_waiting_entry_is_booked_and_closed_once(hours, patient, physiotherapist, front_desk):
    entry = add_to_waiting_list(patient, by=front_desk, type=make_type())
    wish = {"by": front_desk, "practitioner": physiotherapist.practitioner}
    book_waiting_entry(entry, starts_at=at("10:00"), **wish)

    with pytest.raises(ValidationError, match="no longer on the waiting list"):
        book_waiting_entry(entry, starts_at=at("11:00"), **wish)

    entry.refresh_from_db()
    assert (entry.closed_by, Appointment.objects.count()) == (front_desk, 1)


def test_a_waiting_entry_that_cannot_be_booked_stays_open(hours, patient, physiotherapist, front_desk):
    entry = add_to_waiting_list(patient, by=front_desk, type=make_type())
    book(patient, physiotherapist, "10:00", by=front_desk)

    with pytest.raises(ValidationError):
        book_waiting_entry(entry, by=front_desk, practitioner=physiotherapist.practitioner, starts_at=at("10:00"))

    entry.refresh_from_db()
    assert entry.closed_at is None


def test_later_visits_keep_their_own_person_and_room(series, other_physiotherapist, front_desk):
    other = other_physiotherapist.practitioner
    move_appointment(series[1], by=front_desk, practitioner=other, room=make_room("Room 2"))

    move_this_and_following(
        series[0], by=front_desk, starts_at=at("11:00"), practitioner=series[0].practitioner, room=series[0].room
    )

    second = Appointment.objects.get(pk=series[1].pk)
    assert (second.practitioner, second.room.name) == (other, "Room 2")
    assert second.starts_at == at("11:00", day=monday() + timedelta(weeks=1))


@pytest.mark.parametrize("later", [True, False])
def test_moving_this_and_following_is_undone_for_all(series, front_desk, later):
    starts_at = series[0].starts_at + timedelta(weeks=1 if later else -1)
    move_this_and_following(series[0], by=front_desk, starts_at=starts_at)

    undo_last(series[1], by=front_desk)

    stored = Appointment.objects.in_time_order().values_list("starts_at", flat=True)
    assert list(stored) == [visit.starts_at for visit in series]


def test_cancelling_this_and_following_is_undone_for_all_or_none(series, other_patient, physiotherapist, front_desk):
    cancel_this_and_following(series[0], by=front_desk, reason="Mistake")
    in_the_way = book(other_patient, physiotherapist, "10:00", by=front_desk, day=monday() + timedelta(weeks=2))

    with pytest.raises(ValidationError, match="cannot be undone"):
        undo_last(series[0], by=front_desk)
    none = Appointment.objects.active().exclude(pk=in_the_way.pk).count()
    cancel_appointment(in_the_way, by=front_desk, reason="Ill")
    undo_last(series[0], by=front_desk)

    assert (none, Appointment.objects.active().count()) == (0, 3)


def test_an_old_reason_does_not_cover_later_bookings(hours, patient, other_patient, physiotherapist, front_desk):
    there = book(patient, physiotherapist, "10:00", by=front_desk)
    over = book(other_patient, physiotherapist, "10:00", by=front_desk, overlap_reason="Twins")
    cancel_appointment(over, by=front_desk, reason="Ill")
    move_appointment(there, by=front_desk, starts_at=at("12:00"))
    book(people.make_patient(by=front_desk, given_name="Third"), physiotherapist, "10:00", by=front_desk)

    with pytest.raises(ValidationError, match="cannot be undone"):
        undo_last(over, by=front_desk)


def test_an_old_reason_still_covers_earlier_bookings(hours, patient, other_patient, physiotherapist, front_desk):
    book(patient, physiotherapist, "10:00", by=front_desk)
    over = book(other_patient, physiotherapist, "10:00", by=front_desk, overlap_reason="Twins")
    cancel_appointment(over, by=front_desk, reason="Ill")

    assert undo_last(over, by=front_desk).overlap_reason == "Twins"


def test_the_reason_is_removed_with_the_overlap(hours, patient, other_patient, physiotherapist, front_desk):
    there = book(patient, physiotherapist, "10:00", by=front_desk)
    over = book(other_patient, physiotherapist, "10:00", by=front_desk, overlap_reason="Twins")

    cancel_appointment(there, by=front_desk, reason="Ill")

    over.refresh_from_db()
    assert (over.overlap_reason, over.overlap_by) == ("", None)
