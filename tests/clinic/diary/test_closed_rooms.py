"""A single room that is closed for some days."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from clinic.diary.alternatives import alternatives_of
from clinic.diary.availability import free_slots, room_for
from clinic.diary.grid import day_grid
from clinic.diary.obstacles import impossible_visits
from clinic.diary.series import series_preview
from clinic.models import TimeOff
from clinic.services import cancel_time_off, edit_appointment, keep_appointment, record_time_off
from tests.clinic.builders import at, book, make_hours, make_room, make_type, monday

pytestmark = pytest.mark.both_engines


@pytest.fixture
def second_room(physiotherapist, room):
    make_hours(physiotherapist, room=room)
    return make_room("Room 2")


@pytest.fixture
def visit(second_room, patient, physiotherapist, front_desk, room):
    return book(patient, physiotherapist, "10:00", by=front_desk, room=room)


def close(room, start="00:00", end="23:00", *, by):
    return record_time_off(by=by, room=room, starts_at=at(start), ends_at=at(end), reason="Painting")


def test_its_visits_are_known_and_cannot_take_place_there(visit, room, front_desk):
    closing = close(room, by=front_desk)

    (found,) = impossible_visits()
    assert (found, [obstacle.kind for obstacle in found.obstacles]) == (visit, ["room"])
    with pytest.raises(ValidationError):
        keep_appointment(visit, by=front_desk)
    cancel_time_off(closing, by=front_desk)
    assert impossible_visits() == []


def test_a_visit_without_a_room_or_in_another_room_is_not_stopped(visit, second_room, room, front_desk):
    close(second_room, by=front_desk)
    visit.room = None
    visit.save()
    close(room, by=front_desk)

    assert impossible_visits() == []


def test_a_visit_outside_hours_on_purpose_is_stopped_too(visit, room, patient, physiotherapist, front_desk):
    late = book(patient, physiotherapist, "19:00", by=front_desk, room=room, allow_outside_hours=True)

    close(room, "18:00", "20:00", by=front_desk)

    assert impossible_visits() == [late]


def test_the_same_time_in_another_room_is_offered_first(visit, room, second_room, front_desk):
    close(room, by=front_desk)

    first = alternatives_of([visit], site=room.site)[visit.pk][0]

    assert (first.starts_at, first.practitioner, first.room) == (visit.starts_at, visit.practitioner, second_room)


def test_nothing_is_offered_or_booked_in_it(visit, room, second_room, patient, physiotherapist, front_desk):
    close(room, by=front_desk)
    practitioner = physiotherapist.practitioner

    slots = free_slots(make_type(), site=room.site, start_day=monday(), days=1)
    proposals = series_preview(
        patient, practitioner=practitioner, type=make_type(), walls=[at("12:00").replace(tzinfo=None)], room=room
    )

    assert {slot.room for slot in slots} == {second_room}
    assert room_for(practitioner, at("12:00"), at("12:30")) == second_room
    assert [(proposal.room, proposal.problems) for proposal in proposals] == [(second_room, [])]
    for wanted in ({"room": room}, {"room": room, "allow_outside_hours": True}):
        with pytest.raises(ValidationError) as refusal:
            book(patient, physiotherapist, "12:00", by=front_desk, **wanted)
        assert refusal.value.code == "room"
    assert edit_appointment(visit, by=front_desk, note="Rings first").room == room


def test_a_site_whose_only_room_is_closed_has_no_free_time(physiotherapist, room, front_desk):
    make_hours(physiotherapist)
    close(room, "09:00", "12:00", by=front_desk)

    slots = free_slots(make_type(), site=room.site, start_day=monday(), days=1)

    assert min(slot.starts_at for slot in slots) == at("12:00")


def test_the_room_view_shows_the_closing_and_no_gap_in_it(visit, room, second_room, front_desk):
    close(room, "12:00", "14:00", by=front_desk)

    closed, other = day_grid(monday(), room.site, by="room").columns

    assert [(i.starts_at, i.ends_at) for i in closed.items if i.kind == "off" and i.label == "Painting"] == [
        (at("12:00"), at("14:00"))
    ]
    assert not any(i.starts_at < at("14:00") and at("12:00") < i.ends_at for i in closed.items if i.kind == "gap")
    assert any(i.starts_at < at("14:00") and at("12:00") < i.ends_at for i in other.items if i.kind == "gap")


def test_the_database_wants_exactly_one_subject(physiotherapist, room):
    times = {"starts_at": at("09:00"), "ends_at": at("10:00") + timedelta(hours=1)}

    for subjects in (
        {},
        {"room": room, "site": room.site},
        {"room": room, "practitioner": physiotherapist.practitioner},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            TimeOff.objects.bulk_create([TimeOff(**times, **subjects)])
