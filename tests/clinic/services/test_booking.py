import uuid
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from clinic.models import Appointment, TimeOff
from clinic.services import (
    StaleAppointment,
    book_appointment,
    cancel_appointment,
    check_in,
    mark_no_show,
    move_appointment,
    undo_last,
)
from patients.models import Patient
from tests import people
from tests.clinic.builders import at, book, make_hours, make_room, make_type, monday


def says(verb, *args, **kwargs):
    """The sentences with which a verb is refused, and their code."""
    with pytest.raises(ValidationError) as refusal:
        verb(*args, **kwargs)
    return refusal.value.messages, refusal.value.error_list[0].code


@pytest.fixture
def visit(patient, physiotherapist, room, front_desk):
    return book(patient, physiotherapist, "10:00", by=front_desk, room=room)


@pytest.fixture
def visit_today(patient, physiotherapist, front_desk):
    now = timezone.now().replace(microsecond=0)
    return book_appointment(
        by=front_desk,
        patient=patient,
        practitioner=physiotherapist.practitioner,
        type=make_type(),
        starts_at=now - timedelta(seconds=1),
    )


def test_a_visit_is_booked_with_name_and_time(visit, front_desk):
    assert (visit.status, visit.minutes, visit.booked_by) == ("booked", 30, front_desk)
    assert visit.booked_at is not None


def test_the_sentence_names_the_visit_in_the_way(visit, other_patient, physiotherapist, front_desk):
    sentences, code = says(book, other_patient, physiotherapist, "10:15", by=front_desk)

    assert sentences == ["This physiotherapist is already booked 10:00 to 10:30."]
    assert code == "overlap"


def test_everything_that_is_taken_is_named(visit, patient, physiotherapist, room, front_desk):
    sentences, _ = says(book, patient, physiotherapist, "10:15", by=front_desk, room=room)

    assert sentences == [
        "This physiotherapist is already booked 10:00 to 10:30.",
        "This room is already taken 10:00 to 10:30.",
        "This patient already has a visit 10:00 to 10:30.",
    ]


def test_times_are_said_in_the_zone_of_the_site(visit, other_patient, physiotherapist, front_desk):
    site = people.make_site()
    site.timezone = "Asia/Tokyo"
    site.save()
    physiotherapist.practitioner.refresh_from_db()
    said = visit.starts_at.astimezone(site.zone)

    sentences, _ = says(book, other_patient, physiotherapist, "10:15", by=front_desk)

    assert sentences == [
        f"This physiotherapist is already booked {said:%H:%M} to {said + timedelta(minutes=30):%H:%M}."
    ]


def test_the_same_token_books_once(patient, other_patient, physiotherapist, front_desk):
    token = uuid.uuid4()

    first, again = (book(patient, physiotherapist, by=front_desk, token=token) for _ in range(2))
    _, code = says(book, other_patient, physiotherapist, "12:00", by=front_desk, token=token)

    assert (first, Appointment.objects.count(), code) == (again, 1, "other_content")


@pytest.mark.parametrize(
    ("fields", "word"),
    [({"died_on": "2026-01-01"}, "died"), ({"is_active": False}, "not active"), ({"merged_into": True}, "merged")],
)
def test_who_cannot_come_is_not_booked(patient, other_patient, physiotherapist, front_desk, fields, word):
    fields = fields | ({"merged_into": other_patient} if "merged_into" in fields else {})
    Patient.objects.filter(pk=patient.pk).update(**fields)
    patient.refresh_from_db()

    sentences, code = says(book, patient, physiotherapist, by=front_desk)

    assert word in sentences[0]
    assert code == "patient"


def test_outside_hours_is_booked_only_on_purpose(patient, physiotherapist, front_desk):
    make_hours(physiotherapist, "12:00", "14:00")

    sentences, code = says(book, patient, physiotherapist, "10:00", by=front_desk)
    book(patient, physiotherapist, "10:00", by=front_desk, anytime=True)

    assert sentences == [f"Marit Solberg does not work 10:00 to 10:30 on {monday():%a %-d %b %Y}."]
    assert code == "outside_hours"


def test_a_closing_day_is_respected(patient, physiotherapist, front_desk):
    TimeOff.objects.create(site=people.make_site(), starts_at=at("00:00"), ends_at=at("23:59"))

    assert says(book, patient, physiotherapist, by=front_desk)[1] == "outside_hours"


def test_needling_needs_a_certificate_in_date(patient, physiotherapist, front_desk):
    needling = make_type("Needling", needs_certificate=True)
    physiotherapist.practitioner.certificate_expires_on = monday()

    book(patient, physiotherapist, by=front_desk, type=needling)
    code = says(book, patient, physiotherapist, by=front_desk, type=needling, day=monday() + timedelta(days=1))[1]

    assert code == "uncertified"


def test_what_is_over_gone_or_elsewhere_is_not_booked(patient, physiotherapist, front_desk):
    elsewhere = make_room("Room 1", type(people.make_site()).objects.create(name="Hill Road"))
    retired = make_type("Retired", is_active=False)
    yesterday = timezone.localdate() - timedelta(days=1)

    assert says(book, patient, physiotherapist, by=front_desk, room=elsewhere)[1] == "room"
    assert says(book, patient, physiotherapist, by=front_desk, type=retired)[1] == "type"
    assert says(book, patient, physiotherapist, by=front_desk, day=yesterday)[1] == "past"
    physiotherapist.practitioner.is_active = False
    assert says(book, patient, physiotherapist, by=front_desk)[1] == "practitioner"


def test_an_overlap_needs_a_reason_and_keeps_reason_and_name(visit, other_patient, physiotherapist, front_desk):
    overlap = book(other_patient, physiotherapist, "10:15", by=front_desk, overlap_reason=" Twins ")

    assert (overlap.overlap_reason, overlap.overlap_by) == ("Twins", front_desk)
    assert says(book, other_patient, physiotherapist, "10:15", by=front_desk, overlap_reason="  ")[1] == "overlap"


def test_a_reason_without_an_overlap_is_not_kept(patient, physiotherapist, front_desk):
    assert book(patient, physiotherapist, by=front_desk, overlap_reason="Twins").overlap_reason == ""


def test_a_deliberate_overlap_is_in_the_way_of_others(visit, patient, other_patient, physiotherapist, front_desk):
    book(other_patient, physiotherapist, "10:00", by=front_desk, overlap_reason="Twins")
    cancel_appointment(visit, by=front_desk, reason="Ill")

    assert says(book, patient, physiotherapist, "10:00", by=front_desk)[1] == "overlap"


def test_a_moved_overlap_is_an_ordinary_visit_again(visit, other_patient, physiotherapist, front_desk):
    overlap = book(other_patient, physiotherapist, "10:00", by=front_desk, overlap_reason="Twins")

    moved = move_appointment(overlap, by=front_desk, starts_at=at("11:00"))

    assert (moved.overlap_reason, moved.overlap_by) == ("", None)
    assert says(move_appointment, moved, by=front_desk, starts_at=at("10:15"))[1] == "overlap"


def test_a_visit_moves_with_its_length_and_leaves_a_trace(visit, front_desk, other_physiotherapist):
    moved = move_appointment(
        visit, by=front_desk, starts_at=at("11:00"), practitioner=other_physiotherapist.practitioner
    )

    change = moved.changes.get()
    assert (moved.starts_at, moved.ends_at) == (at("11:00"), at("11:30"))
    assert (change.kind, change.made_by) == ("moved", front_desk)
    assert (change.before["practitioner_id"], change.after["practitioner_id"]) == (
        visit.practitioner_id,
        other_physiotherapist.practitioner.pk,
    )


def test_a_visit_may_move_into_its_own_time(visit, front_desk):
    assert move_appointment(visit, by=front_desk, starts_at=at("10:15")).ends_at == at("10:45")


def test_a_stale_move_is_refused_and_a_repeated_one_is_not(visit, front_desk):
    version = visit.version
    for _ in range(2):
        moved = move_appointment(visit, by=front_desk, starts_at=at("11:00"), version=version)

    with pytest.raises(StaleAppointment, match="Another user changed this visit. It is now booked"):
        move_appointment(visit, by=front_desk, starts_at=at("12:00"), version=version)
    assert moved.changes.count() == 1


def test_what_is_over_or_cancelled_is_not_moved(visit, front_desk):
    for status in ("in_session", "done", "cancelled", "no_show"):
        Appointment.objects.update(status=status)

        assert says(move_appointment, visit, by=front_desk, starts_at=at("11:00"))[1] == "status"


def test_cancelling_needs_a_reason_and_keeps_the_row(visit, front_desk):
    refusal = says(cancel_appointment, visit, by=front_desk, reason=" ")
    cancelled = cancel_appointment(visit, by=front_desk, reason="Ill")
    again = cancel_appointment(visit, by=front_desk, reason="Other")

    assert refusal == (["Enter the reason for the cancellation."], "reason")
    assert (cancelled.status, cancelled.cancellation_reason, cancelled.cancelled_by) == ("cancelled", "Ill", front_desk)
    assert again.cancellation_reason == "Ill"
    assert again.changes.count() == 1


def test_check_in_is_stamped_once(visit_today, front_desk):
    arrived = check_in(visit_today, by=front_desk)
    again = check_in(visit_today, by=front_desk)

    assert (arrived.status, arrived.arrived_at) == ("arrived", again.arrived_at)


def test_check_in_is_only_for_today(visit, front_desk):
    assert says(check_in, visit, by=front_desk)[1] == "day"


def test_nobody_is_missed_before_the_visit_begins(visit, visit_today, front_desk):
    assert says(mark_no_show, visit, by=front_desk)[1] == "early"
    assert mark_no_show(visit_today, by=front_desk).status == "no_show"


def test_undo_takes_back_the_last_step_once(visit_today, front_desk):
    for step in (check_in, mark_no_show):
        step(visit_today, by=front_desk)

        undone = undo_last(visit_today, by=front_desk)

        assert (undone.status, undone.arrived_at) == ("booked", None)
        assert says(undo_last, visit_today, by=front_desk) == (["There is nothing to undo."], "nothing")


def test_undo_takes_back_a_cancellation_while_the_time_is_free(visit, front_desk):
    cancel_appointment(visit, by=front_desk, reason="Ill")

    undone = undo_last(visit, by=front_desk)

    assert (undone.status, undone.cancelled_at, undone.cancelled_by, undone.cancellation_reason) == (
        "booked",
        None,
        None,
        "",
    )


def test_undo_is_refused_when_the_time_was_given_away(visit, other_patient, physiotherapist, front_desk):
    cancel_appointment(visit, by=front_desk, reason="Ill")
    book(other_patient, physiotherapist, "10:15", by=front_desk)

    sentences, code = says(undo_last, visit, by=front_desk)

    assert sentences == [
        "This physiotherapist is already booked 10:15 to 10:45.",
        "This cannot be undone, because the time is taken.",
    ]
    assert code == "overlap"


def test_undo_takes_back_a_move(visit, front_desk, other_physiotherapist):
    move_appointment(visit, by=front_desk, starts_at=at("11:00"), practitioner=other_physiotherapist.practitioner)

    undone = undo_last(visit, by=front_desk)

    assert (undone.starts_at, undone.ends_at, undone.practitioner) == (at("10:00"), at("10:30"), visit.practitioner)
    assert [change.kind for change in undone.changes.all()] == ["undone", "moved"]


def test_undo_takes_back_a_move_to_a_time_on_another_clock(visit, front_desk):
    move_appointment(visit, by=front_desk, starts_at=at("11:00").astimezone(ZoneInfo("Asia/Kolkata")))

    undone = undo_last(visit, by=front_desk)

    assert undone.starts_at == at("10:00")


def test_undo_stops_where_the_treatment_went_on(visit_today, front_desk):
    check_in(visit_today, by=front_desk)
    Appointment.objects.update(status="in_session")

    assert says(undo_last, visit_today, by=front_desk)[1] == "changed"


def test_nothing_to_undo_after_booking(visit, front_desk):
    assert says(undo_last, visit, by=front_desk)[1] == "nothing"


def test_booking_asks_the_same_number_of_queries_however_full_the_day(
    patient, other_patient, physiotherapist, front_desk, django_assert_num_queries
):
    make_hours(physiotherapist)
    kind = make_type()
    counts = []
    for clock in ("09:00", "09:30", "10:00"):
        with django_assert_num_queries(queries_of_a_booking()):
            counts.append(book(patient, physiotherapist, clock, by=front_desk, type=kind))

    assert len(counts) == 3


def queries_of_a_booking():
    """Savepoints around the service and the row, hours, time off, clashes, row, trail; the lock on PostgreSQL."""
    return 9 + (connection.vendor == "postgresql")
