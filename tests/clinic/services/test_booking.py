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

pytestmark = pytest.mark.both_engines


def refusal_of(service, *args, **kwargs):
    """Call a service that must refuse. Return the messages and their code."""
    with pytest.raises(ValidationError) as refusal:
        service(*args, **kwargs)
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


def test_the_message_names_the_clashing_visit(visit, other_patient, physiotherapist, front_desk):
    messages, code = refusal_of(book, other_patient, physiotherapist, "10:15", by=front_desk)

    assert messages == ["This physiotherapist is already booked 10:00 to 10:30."]
    assert code == "overlap"


def test_every_clash_is_named(visit, patient, physiotherapist, room, front_desk):
    messages, _ = refusal_of(book, patient, physiotherapist, "10:15", by=front_desk, room=room)

    assert messages == [
        "This physiotherapist is already booked 10:00 to 10:30.",
        "This room is already taken 10:00 to 10:30.",
        "This patient already has a visit 10:00 to 10:30.",
    ]


def test_messages_show_times_in_the_zone_of_the_site(visit, other_patient, physiotherapist, front_desk):
    site = people.make_site()
    site.timezone = "Asia/Tokyo"
    site.save()
    physiotherapist.practitioner.refresh_from_db()
    start = visit.starts_at.astimezone(site.zone)

    messages, _ = refusal_of(book, other_patient, physiotherapist, "10:15", by=front_desk)

    assert messages == [
        f"This physiotherapist is already booked {start:%H:%M} to {start + timedelta(minutes=30):%H:%M}."
    ]


def test_the_same_token_books_once(patient, other_patient, physiotherapist, front_desk):
    token = uuid.uuid4()

    first, again = (book(patient, physiotherapist, by=front_desk, token=token) for _ in range(2))
    _, code = refusal_of(book, other_patient, physiotherapist, "12:00", by=front_desk, token=token)

    assert (first, Appointment.objects.count(), code) == (again, 1, "other_content")


@pytest.mark.parametrize(
    ("fields", "word"),
    [({"died_on": "2026-01-01"}, "died"), ({"is_active": False}, "not active"), ({"merged_into": True}, "merged")],
)
def test_a_patient_who_cannot_be_treated_is_not_booked(
    patient, other_patient, physiotherapist, front_desk, fields, word
):
    fields = fields | ({"merged_into": other_patient} if "merged_into" in fields else {})
    Patient.objects.filter(pk=patient.pk).update(**fields)
    patient.refresh_from_db()

    messages, code = refusal_of(book, patient, physiotherapist, by=front_desk)

    assert word in messages[0]
    assert code == "patient"


def test_outside_hours_is_booked_only_on_purpose(patient, physiotherapist, front_desk):
    make_hours(physiotherapist, "12:00", "14:00")

    messages, code = refusal_of(book, patient, physiotherapist, "10:00", by=front_desk)
    book(patient, physiotherapist, "10:00", by=front_desk, allow_outside_hours=True)

    assert messages == [f"Marit Solberg does not work 10:00 to 10:30 on {monday():%a %-d %b %Y}."]
    assert code == "outside_hours"


def test_a_visit_on_a_closing_day_is_refused(patient, physiotherapist, front_desk):
    TimeOff.objects.create(site=people.make_site(), starts_at=at("00:00"), ends_at=at("23:59"))

    assert refusal_of(book, patient, physiotherapist, by=front_desk)[1] == "outside_hours"


def test_needling_needs_a_valid_certificate(patient, physiotherapist, front_desk):
    needling = make_type("Needling", needs_certificate=True)
    physiotherapist.practitioner.certificate_expires_on = monday()

    book(patient, physiotherapist, by=front_desk, type=needling)
    code = refusal_of(book, patient, physiotherapist, by=front_desk, type=needling, day=monday() + timedelta(days=1))[1]

    assert code == "uncertified"


def test_past_days_inactive_types_and_other_sites_are_not_booked(patient, physiotherapist, front_desk):
    elsewhere = make_room("Room 1", type(people.make_site()).objects.create(name="Hill Road"))
    retired = make_type("Retired", is_active=False)
    yesterday = timezone.localdate() - timedelta(days=1)

    assert refusal_of(book, patient, physiotherapist, by=front_desk, room=elsewhere)[1] == "room"
    assert refusal_of(book, patient, physiotherapist, by=front_desk, type=retired)[1] == "type"
    assert refusal_of(book, patient, physiotherapist, by=front_desk, day=yesterday)[1] == "past"
    physiotherapist.practitioner.is_active = False
    assert refusal_of(book, patient, physiotherapist, by=front_desk)[1] == "practitioner"


def test_an_overlap_needs_a_reason_and_keeps_reason_and_name(visit, other_patient, physiotherapist, front_desk):
    overlap = book(other_patient, physiotherapist, "10:15", by=front_desk, overlap_reason=" Twins ")

    assert (overlap.overlap_reason, overlap.overlap_by) == ("Twins", front_desk)
    assert refusal_of(book, other_patient, physiotherapist, "10:15", by=front_desk, overlap_reason="  ")[1] == "overlap"


def test_a_reason_without_an_overlap_is_not_stored(patient, physiotherapist, front_desk):
    assert book(patient, physiotherapist, by=front_desk, overlap_reason="Twins").overlap_reason == ""


def test_a_deliberate_overlap_clashes_with_other_visits(visit, patient, other_patient, physiotherapist, front_desk):
    book(other_patient, physiotherapist, "10:00", by=front_desk, overlap_reason="Twins")
    cancel_appointment(visit, by=front_desk, reason="Ill")

    assert refusal_of(book, patient, physiotherapist, "10:00", by=front_desk)[1] == "overlap"


def test_a_moved_overlap_is_an_ordinary_visit_again(visit, other_patient, physiotherapist, front_desk):
    overlap = book(other_patient, physiotherapist, "10:00", by=front_desk, overlap_reason="Twins")

    moved = move_appointment(overlap, by=front_desk, starts_at=at("11:00"))

    assert (moved.overlap_reason, moved.overlap_by) == ("", None)
    assert refusal_of(move_appointment, moved, by=front_desk, starts_at=at("10:15"))[1] == "overlap"


def test_a_moved_visit_keeps_its_length_and_the_move_is_recorded(visit, front_desk, other_physiotherapist):
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


def test_a_visit_may_overlap_its_own_old_time(visit, front_desk):
    assert move_appointment(visit, by=front_desk, starts_at=at("10:15")).ends_at == at("10:45")


def test_a_stale_move_is_refused_and_a_repeated_one_is_not(visit, front_desk):
    version = visit.version
    for _ in range(2):
        moved = move_appointment(visit, by=front_desk, starts_at=at("11:00"), version=version)

    with pytest.raises(StaleAppointment, match="Another user changed this visit. It is now booked"):
        move_appointment(visit, by=front_desk, starts_at=at("12:00"), version=version)
    assert moved.changes.count() == 1


def test_done_and_cancelled_visits_are_not_moved(visit, front_desk):
    for status in ("in_session", "done", "cancelled", "no_show"):
        Appointment.objects.update(status=status)

        assert refusal_of(move_appointment, visit, by=front_desk, starts_at=at("11:00"))[1] == "status"


def test_cancelling_needs_a_reason_and_keeps_the_row(visit, front_desk):
    refusal = refusal_of(cancel_appointment, visit, by=front_desk, reason=" ")
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
    assert refusal_of(check_in, visit, by=front_desk)[1] == "day"


def test_a_visit_is_not_marked_as_missed_before_it_begins(visit, visit_today, front_desk):
    assert refusal_of(mark_no_show, visit, by=front_desk)[1] == "early"
    assert mark_no_show(visit_today, by=front_desk).status == "no_show"


def test_the_last_change_is_undone_once(visit_today, front_desk):
    for step in (check_in, mark_no_show):
        step(visit_today, by=front_desk)

        undone = undo_last(visit_today, by=front_desk)

        assert (undone.status, undone.arrived_at) == ("booked", None)
        assert refusal_of(undo_last, visit_today, by=front_desk) == (["There is nothing to undo."], "nothing")


def test_a_cancellation_is_undone_while_the_time_is_free(visit, front_desk):
    cancel_appointment(visit, by=front_desk, reason="Ill")

    undone = undo_last(visit, by=front_desk)

    assert (undone.status, undone.cancelled_at, undone.cancelled_by, undone.cancellation_reason) == (
        "booked",
        None,
        None,
        "",
    )


def test_undo_is_refused_if_the_time_is_taken(visit, other_patient, physiotherapist, front_desk):
    cancel_appointment(visit, by=front_desk, reason="Ill")
    book(other_patient, physiotherapist, "10:15", by=front_desk)

    messages, code = refusal_of(undo_last, visit, by=front_desk)

    assert messages == [
        "This physiotherapist is already booked 10:15 to 10:45.",
        "This cannot be undone, because the time is taken.",
    ]
    assert code == "overlap"


def test_a_move_is_undone(visit, front_desk, other_physiotherapist):
    move_appointment(visit, by=front_desk, starts_at=at("11:00"), practitioner=other_physiotherapist.practitioner)

    undone = undo_last(visit, by=front_desk)

    assert (undone.starts_at, undone.ends_at, undone.practitioner) == (at("10:00"), at("10:30"), visit.practitioner)
    assert [change.kind for change in undone.changes.all()] == ["undone", "moved"]


def test_a_move_to_another_time_zone_is_undone(visit, front_desk):
    move_appointment(visit, by=front_desk, starts_at=at("11:00").astimezone(ZoneInfo("Asia/Kolkata")))

    undone = undo_last(visit, by=front_desk)

    assert undone.starts_at == at("10:00")


def test_undo_is_refused_after_the_treatment_went_on(visit_today, front_desk):
    check_in(visit_today, by=front_desk)
    Appointment.objects.update(status="in_session")

    assert refusal_of(undo_last, visit_today, by=front_desk)[1] == "changed"


def test_nothing_to_undo_after_booking(visit, front_desk):
    assert refusal_of(undo_last, visit, by=front_desk)[1] == "nothing"


def test_booking_takes_the_same_queries_however_full_the_day_is(
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
    """Savepoints around the service and the row, hours, time off, clashes, sites, row, audit trail.

    On PostgreSQL the lock.
    """
    return 12 + (connection.vendor == "postgresql")
