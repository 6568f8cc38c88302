"""A booked visit is edited: its type, length, room and note; and what physiotherapists may do in the diary."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from clinic.models import Appointment, AppointmentChange, ClinicSettings
from clinic.services import (
    StaleAppointment,
    book_appointment,
    book_series,
    cancel_appointment,
    check_in,
    edit_appointment,
    move_appointment,
    undo_last,
)
from patients.models import TrailEntry
from tests.clinic.builders import at, book, make_hours, make_room, make_type

pytestmark = pytest.mark.both_engines


@pytest.fixture
def visit(patient, physiotherapist, room, front_desk):
    make_hours(physiotherapist)
    return book(patient, physiotherapist, by=front_desk, room=room)


def refusal(**edit):
    with pytest.raises(ValidationError) as caught:
        edit_appointment(**edit)
    return caught.value


def test_type_length_room_and_note_are_changed_and_undone_together(visit, room, front_desk):
    first, second = make_type("First visit", 60), make_room("Room 2")

    edit_appointment(visit, by=front_desk, type=first, minutes=60, room=second, note="Bring the scan ", version=1)

    visit.refresh_from_db()
    assert (visit.type, visit.minutes, visit.room, visit.note) == (first, 60, second, "Bring the scan")
    undo_last(visit, by=front_desk)
    visit.refresh_from_db()
    assert (visit.type.name, visit.minutes, visit.room, visit.note) == ("Follow-up", 30, room, "")


def test_an_edit_is_in_the_history_and_in_the_audit_trail(visit, front_desk):
    edit_appointment(visit, by=front_desk, note="Rings first")

    assert visit.changes.get().kind == AppointmentChange.Kind.EDITED
    entry = TrailEntry.objects.latest("pk")
    assert (entry.note, entry.changes) == ("Edited", {"note": ["", "Rings first"]})


def test_an_edit_that_changes_nothing_writes_nothing(visit, front_desk):
    entries = TrailEntry.objects.count()

    edit_appointment(visit, by=front_desk, type=visit.type, minutes=30, room=visit.room, note="", version=99)

    visit.refresh_from_db()
    assert (visit.version, visit.changes.count(), TrailEntry.objects.count()) == (1, 0, entries)


def test_a_stale_edit_is_refused(visit, front_desk):
    move_appointment(visit, by=front_desk, starts_at=at("11:00"))

    with pytest.raises(StaleAppointment):
        edit_appointment(visit, by=front_desk, note="Late", version=visit.version)


def test_a_longer_visit_does_not_run_into_the_next_one(visit, other_patient, physiotherapist, front_desk):
    book(other_patient, physiotherapist, "10:30", by=front_desk)

    refused = refusal(appointment=visit, by=front_desk, minutes=45)

    assert refused.messages == ["This physiotherapist is already booked 10:30 to 11:00."]
    edit_appointment(visit, by=front_desk, minutes=45, overlap_reason="Agreed")
    visit.refresh_from_db()
    assert (visit.minutes, visit.overlap_reason) == (45, "Agreed")


def test_a_room_that_is_taken_is_refused(visit, other_patient, other_physiotherapist, front_desk):
    taken = make_room("Room 2")
    book(other_patient, other_physiotherapist, by=front_desk, room=taken)

    assert refusal(appointment=visit, by=front_desk, room=taken).messages == [
        "This room is already taken 10:00 to 10:30."
    ]


@pytest.mark.parametrize(
    ("edit", "code"),
    [({"minutes": 4}, "minutes"), ({"minutes": 481}, "minutes"), ({"minutes": 480}, "outside_hours")],
)
def test_an_impossible_length_is_refused(visit, front_desk, edit, code):
    assert refusal(appointment=visit, by=front_desk, **edit).error_list[0].code == code


def test_a_type_that_is_no_longer_offered_or_needs_a_certificate_is_refused(visit, front_desk):
    retired, needling = make_type("Old", is_active=False), make_type("Needling", needs_certificate=True)

    codes = [refusal(appointment=visit, by=front_desk, type=kind).code for kind in (retired, needling)]

    assert codes == ["type", "uncertified"]


def test_a_visit_that_is_over_is_not_edited(visit, front_desk):
    cancel_appointment(visit, by=front_desk, reason="ill")

    assert refusal(appointment=visit, by=front_desk, note="x").code == "status"


def test_what_was_allowed_at_booking_stays_allowed_unless_the_visit_gets_longer(patient, physiotherapist, front_desk):
    make_hours(physiotherapist)
    visit = book(patient, physiotherapist, "20:00", by=front_desk, allow_outside_hours=True)

    edit_appointment(visit, by=front_desk, minutes=15)

    assert refusal(appointment=visit, by=front_desk, minutes=30).code == "outside_hours"


def test_undoing_an_edit_does_not_take_time_that_was_given_away(visit, other_patient, physiotherapist, front_desk):
    edit_appointment(visit, by=front_desk, minutes=15)
    book(other_patient, physiotherapist, "10:15", by=front_desk)

    with pytest.raises(ValidationError, match="already booked 10:15"):
        undo_last(visit, by=front_desk)


def test_a_change_from_before_types_and_notes_were_kept_can_be_undone(visit, front_desk):
    move_appointment(visit, by=front_desk, starts_at=at("11:00"))
    change = visit.changes.get()
    for state in (change.before, change.after):
        del state["type_id"], state["note"]
    change.save()

    undo_last(visit, by=front_desk)

    visit.refresh_from_db()
    assert (visit.starts_at, visit.type.name) == (at("10:00"), "Follow-up")


# Physiotherapists keep their own diary ----------------------------------------------


def test_a_physiotherapist_books_moves_and_cancels_in_their_own_diary(visit, other_patient, physiotherapist):
    booked = book(other_patient, physiotherapist, "11:00", by=physiotherapist)
    move_appointment(booked, by=physiotherapist, starts_at=at("12:00"))
    edit_appointment(booked, by=physiotherapist, minutes=45)
    cancel_appointment(booked, by=physiotherapist, reason="ill")
    undo_last(booked, by=physiotherapist)

    booked.refresh_from_db()
    assert (booked.starts_at, booked.minutes, booked.status) == (at("12:00"), 45, "booked")


def test_a_physiotherapist_changes_nothing_in_the_diary_of_a_colleague(
    visit, other_patient, physiotherapist, other_physiotherapist
):
    make_hours(other_physiotherapist)
    own = book(other_patient, other_physiotherapist, "11:00", by=other_physiotherapist)
    mine, theirs = other_physiotherapist, physiotherapist.practitioner
    visits = [(at("15:00"), None), (at("15:00") + timedelta(weeks=1), None)]

    for refused in (
        lambda: book(other_patient, physiotherapist, "12:00", by=mine),
        lambda: book_series(other_patient, by=mine, practitioner=theirs, type=visit.type, visits=visits),
        lambda: move_appointment(visit, by=mine, starts_at=at("12:00")),
        lambda: move_appointment(visit, by=mine, practitioner=other_physiotherapist.practitioner),
        lambda: move_appointment(own, by=mine, practitioner=theirs),
        lambda: edit_appointment(visit, by=mine, note="x"),
        lambda: cancel_appointment(visit, by=mine, reason="x"),
        lambda: check_in(visit, by=mine),
        lambda: undo_last(visit, by=mine),
    ):
        with pytest.raises(PermissionDenied):
            refused()
    assert Appointment.objects.count() == 2


def test_a_clinic_can_keep_booking_to_the_front_desk(visit, other_patient, physiotherapist, front_desk):
    ClinicSettings(practitioners_book=False).save()

    for refused in (
        lambda: book(other_patient, physiotherapist, "11:00", by=physiotherapist),
        lambda: cancel_appointment(visit, by=physiotherapist, reason="x"),
    ):
        with pytest.raises(PermissionDenied):
            refused()
    assert book(other_patient, physiotherapist, "11:00", by=front_desk)


def test_a_booking_has_a_possible_length(patient, physiotherapist, front_desk):
    fields = {"practitioner": physiotherapist.practitioner, "type": make_type(), "starts_at": at("10:00")}

    with pytest.raises(ValidationError) as caught:
        book_appointment(by=front_desk, patient=patient, minutes=1000, **fields)

    assert caught.value.code == "minutes"
