"""A booking that was a mistake is taken back."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from clinic.diary.grid import day_grid
from clinic.diary.patient_visits import past_visits, visits_of
from clinic.models import Appointment, Message
from clinic.services import (
    add_to_waiting_list,
    book_series,
    book_waiting_entry,
    edit_appointment,
    undo_booking,
    undo_last,
)
from tests.clinic.builders import at, book, make_hours, make_type, monday
from treatments.outcomes.attendance import attendance_of
from treatments.outcomes.filters import Filters

pytestmark = pytest.mark.both_engines


@pytest.fixture
def visit(patient, physiotherapist, front_desk):
    make_hours(physiotherapist)
    patient.email, patient.reminder_channel = "ruth@example.org", "email"
    patient.save()
    return book(patient, physiotherapist, "10:00", by=front_desk)


def test_it_is_in_no_diary_and_no_count_and_nobody_is_told(visit, patient, front_desk):
    undo_booking(visit, by=front_desk)

    cells = [item for column in day_grid(monday(), visit.practitioner.site).columns for item in column.items]
    assert not [cell for cell in cells if cell.kind == "visit"]
    assert list(past_visits(patient)) == []
    attendance = visits_of([patient])[patient.pk].attendance
    assert (attendance.cancelled_in_time, attendance.cancelled_late, attendance.cancelled_by_clinic) == (0, 0, 0)
    assert attendance_of(Filters()).cancelled == 0
    assert [message.status for message in Message.objects.all()] == ["skipped"]
    assert Appointment.objects.get().changes.get().kind == "unbooked"


def test_undoing_can_be_undone(visit, front_desk):
    again = undo_last(undo_booking(visit, by=front_desk), by=front_desk)

    assert (again.status, again.is_booking_undone) == (Appointment.Status.BOOKED, False)


def test_what_changed_or_is_old_is_cancelled_instead(visit, front_desk, other_patient, physiotherapist):
    edit_appointment(visit, by=front_desk, note="Rings first")
    old = book(other_patient, physiotherapist, "11:00", by=front_desk)
    Appointment.objects.filter(pk=old.pk).update(booked_at=timezone.now() - timedelta(hours=2))

    for one in (visit, old):
        with pytest.raises(ValidationError):
            undo_booking(one, by=front_desk)


def test_a_repeat_is_undone_as_a_whole_or_not_at_all(visit, patient, physiotherapist, front_desk):
    times = [(at("12:00", day=monday() + timedelta(weeks=week)), None) for week in range(3)]
    series = book_series(
        patient, by=front_desk, practitioner=physiotherapist.practitioner, type=make_type(), visits=times
    )
    edit_appointment(series[2], by=front_desk, note="Last one")

    with pytest.raises(ValidationError):
        undo_booking(series[0], by=front_desk)
    assert Appointment.objects.active().filter(series=series[0].series).count() == 3

    undo_last(series[2], by=front_desk)
    assert undo_booking(visit, by=front_desk).is_booking_undone


def test_the_entry_of_the_waiting_list_is_open_again(visit, patient, physiotherapist, front_desk):
    entry = add_to_waiting_list(patient, by=front_desk, type=make_type())
    booked = book_waiting_entry(entry, by=front_desk, practitioner=physiotherapist.practitioner, starts_at=at("14:00"))

    undo_booking(booked, by=front_desk)

    assert list(patient.waiting_list_entries.open()) == [entry]


def test_nobody_undoes_in_the_diary_of_somebody_else(visit, other_physiotherapist):
    with pytest.raises(PermissionDenied):
        undo_booking(visit, by=other_physiotherapist)


def test_the_panel_offers_it_after_booking(client, visit, front_desk):
    client.force_login(front_desk)
    url = reverse("appointment_undo", args=[visit.pk])

    assert client.get(reverse("appointment_detail", args=[visit.pk])).context["can_undo_booking"]
    client.post(url, {"booking": "1"})

    visit.refresh_from_db()
    assert visit.is_booking_undone
    assert client.post(url, {"booking": "1"}).status_code == 409
