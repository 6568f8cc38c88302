"""Visits that are entered after they took place, and the reason for a visit that was missed."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from clinic.diary.obstacles import impossible_visits
from clinic.diary.patient_visits import visits_of
from clinic.models import Appointment, Message
from clinic.services import cancel_appointment, mark_no_show, record_past_visit, undo_last
from patients.models import TrailEntry
from tests.clinic.builders import at, make_appointment, make_hours, make_type
from treatments.services import start_session

pytestmark = pytest.mark.both_engines


@pytest.fixture
def yesterday():
    return timezone.localdate() - timedelta(days=1)


@pytest.fixture
def fields(patient, physiotherapist, room, yesterday):
    make_hours(physiotherapist, "09:00", "12:00")
    return {
        "patient": patient,
        "practitioner": physiotherapist.practitioner,
        "type": make_type(),
        "starts_at": at("18:00", day=yesterday),
        "reason": "Walked in after closing time",
    }


def test_it_counts_as_a_visit_that_the_patient_came_to(fields, patient, front_desk):
    visit = record_past_visit(by=front_desk, **fields)

    assert (visit.status, visit.room, visit.booked_by) == (Appointment.Status.DONE, None, front_desk)
    assert visits_of([patient])[patient.pk].attendance.came == 1
    assert TrailEntry.objects.filter(record_id=visit.pk, action="create").latest("pk").changes["afterwards_reason"] == [
        None,
        fields["reason"],
    ]
    assert not Message.objects.exists()
    assert impossible_visits() == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        (lambda f: {"reason": " "}, "reason"),
        (lambda f: {"starts_at": timezone.now() - timedelta(minutes=5)}, "early"),
        (lambda f: {"starts_at": at("10:00")}, "early"),
        (lambda f: {"minutes": 9999}, "minutes"),
    ],
)
def test_what_cannot_have_taken_place_is_refused(fields, front_desk, changed, code):
    with pytest.raises(ValidationError) as refusal:
        record_past_visit(by=front_desk, **(fields | changed(fields)))

    assert refusal.value.code == code
    assert not Appointment.objects.exists()


def test_the_day_must_be_in_the_life_of_the_patient(fields, patient, front_desk, yesterday):
    patient.died_on = yesterday - timedelta(days=1)

    with pytest.raises(ValidationError):
        record_past_visit(by=front_desk, **fields)

    patient.died_on = yesterday
    assert record_past_visit(by=front_desk, **fields).pk


def test_it_clashes_like_any_visit(fields, other_patient, physiotherapist, front_desk):
    make_appointment(other_patient, physiotherapist, at=fields["starts_at"])

    with pytest.raises(ValidationError) as refusal:
        record_past_visit(by=front_desk, **fields)

    assert [error.code for error in refusal.value.error_list] == ["overlap"]
    assert record_past_visit(by=front_desk, **fields, overlap_reason="Two at once").overlap_by == front_desk


def test_a_physiotherapist_enters_only_their_own(fields, other_physiotherapist):
    with pytest.raises(PermissionDenied):
        record_past_visit(by=other_physiotherapist, **fields)


def test_a_mistake_is_taken_back_unless_there_is_a_session(fields, physiotherapist, front_desk):
    visit = record_past_visit(by=front_desk, **fields)

    assert cancel_appointment(visit, by=front_desk, reason="Wrong patient").status == Appointment.Status.CANCELLED
    other = record_past_visit(by=front_desk, **fields)
    start_session(other.patient, by=physiotherapist, session_id=None, appointment=other)
    Appointment.objects.filter(pk=other.pk).update(status=Appointment.Status.DONE)
    with pytest.raises(ValidationError):
        cancel_appointment(other, by=front_desk, reason="Wrong patient")


def test_the_booking_form_asks_why_a_time_that_is_over_was_not_booked(client, fields, patient, front_desk, yesterday):
    client.force_login(front_desk)
    sent = {
        "patient": patient.pk,
        "type": fields["type"].pk,
        "slot": "other",
        "day": yesterday,
        "time": "18:00",
        "who": fields["practitioner"].pk,
        "token": "6f1f7a3e-93fd-4a39-a8a4-5ac9ad6a2bb3",
        "note": "Brought her son",
    }

    asked = client.post(reverse("appointment_create"), sent)

    assert asked.status_code == 422
    assert asked.context["form"].is_over
    assert "afterwards_reason" in asked.text
    assert not Appointment.objects.exists()
    client.post(reverse("appointment_create"), sent | {"afterwards_reason": "Forgotten"})
    visit = Appointment.objects.get()
    assert (visit.status, visit.afterwards_reason, visit.note) == ("done", "Forgotten", "Brought her son")


def test_a_missed_visit_can_have_a_reason_at_once_or_later(patient, physiotherapist, front_desk, client):
    visit = make_appointment(patient, physiotherapist, at=timezone.now() - timedelta(minutes=5))
    client.force_login(front_desk)

    client.post(reverse("appointment_no_show", args=[visit.pk]))
    client.post(reverse("appointment_no_show", args=[visit.pk]), {"reason": "Car broke down"})

    visit.refresh_from_db()
    assert (visit.status, visit.no_show_reason) == (Appointment.Status.NO_SHOW, "Car broke down")
    assert mark_no_show(visit, by=front_desk).no_show_reason == "Car broke down"
    assert undo_last(visit, by=front_desk).no_show_reason == ""
    assert client.post(reverse("appointment_no_show", args=[visit.pk]), {"reason": "x" * 201}).status_code == 422


def test_undoing_a_missed_visit_removes_its_reason(patient, physiotherapist, front_desk):
    visit = make_appointment(patient, physiotherapist, at=timezone.now() - timedelta(minutes=5))

    undone = undo_last(mark_no_show(visit, by=front_desk, reason="Ill"), by=front_desk)

    assert (undone.status, undone.no_show_reason) == (Appointment.Status.BOOKED, "")


def test_a_repeat_cannot_be_entered_afterwards(client, fields, patient, front_desk, yesterday):
    client.force_login(front_desk)

    page = client.post(
        reverse("series_create"),
        {
            "patient": patient.pk, "type": fields["type"].pk, "slot": "other", "day": yesterday, "time": "18:00",
            "who": fields["practitioner"].pk, "visits": 3, "weeks": 1, "afterwards_reason": "Forgotten",
        },
    )  # fmt: skip

    assert page.status_code == 422
