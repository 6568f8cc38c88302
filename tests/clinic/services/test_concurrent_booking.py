"""Many users at the same moment, each with their own database connection."""

import threading
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, connections

from clinic.models import Appointment
from clinic.services import book_appointment, move_appointment
from tests.clinic.builders import at, book, make_hours, make_patients, make_room, make_type

pytestmark = pytest.mark.both_engines

DESKS = 16


@pytest.fixture
def clinic(transactional_db, front_desk, physiotherapist, other_physiotherapist):
    make_hours(physiotherapist)
    make_hours(other_physiotherapist)
    return make_type(), make_patients(DESKS, by=front_desk), [make_room(f"Room {n}") for n in range(3)]


def at_once(*jobs):
    """Run all jobs at the same moment in threads. Return what each returned or raised."""
    barrier, results = threading.Barrier(len(jobs)), [None] * len(jobs)

    def run(number, job):
        connections.close_all()
        try:
            connection.ensure_connection()
            barrier.wait(20)
            results[number] = job()
        except Exception as error:
            results[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def only_one_won(results, word):
    refusals = [result for result in results if isinstance(result, Exception)]
    assert [type(refusal) for refusal in refusals] == [ValidationError] * (len(results) - 1)
    assert all(word in refusal.messages[0] for refusal in refusals)


def test_only_one_of_many_overlapping_bookings_succeeds(clinic, physiotherapist, front_desk):
    kind, patients, _ = clinic

    def job(number):
        return lambda: book_appointment(
            by=front_desk,
            patient=patients[number],
            practitioner=physiotherapist.practitioner,
            type=kind,
            starts_at=at("10:00") + timedelta(minutes=number),
            minutes=30 + number % 3 * 15,
        )

    results = at_once(*map(job, range(DESKS)))

    only_one_won(results, "This physiotherapist is already booked 10:")
    assert Appointment.objects.count() == 1


def test_crosswise_bookings_of_people_and_rooms_do_not_deadlock(
    clinic, physiotherapist, other_physiotherapist, front_desk
):
    kind, patients, rooms = clinic
    users = [physiotherapist, other_physiotherapist]

    def job(number):
        return lambda: book_appointment(
            by=front_desk,
            patient=patients[number % 3],
            practitioner=users[number % 2].practitioner,
            type=kind,
            starts_at=at("10:00") + timedelta(minutes=5 * (number % 4)),
            room=rooms[number // 2 % 3],
        )

    results = at_once(*map(job, range(DESKS)))

    assert {type(result) for result in results} == {Appointment, ValidationError}
    assert Appointment.objects.count() == sum(isinstance(result, Appointment) for result in results)
    assert_nobody_is_in_two_places()


def test_only_one_of_many_moves_to_one_time_succeeds(clinic, physiotherapist, front_desk):
    kind, patients, _ = clinic
    visits = [
        book(patient, physiotherapist, f"{9 + number // 2}:{number % 2 * 30:02}".zfill(5), by=front_desk, type=kind)
        for number, patient in enumerate(patients[:8])
    ]

    def job(number):
        starts_at = at("15:00") + timedelta(minutes=number)
        return lambda: move_appointment(visits[number], by=front_desk, starts_at=starts_at)

    results = at_once(*map(job, range(8)))

    only_one_won(results, "This physiotherapist is already booked 15:")
    assert_nobody_is_in_two_places()


def test_one_booking_sent_many_times_at_once_is_one(clinic, physiotherapist, front_desk):
    kind, patients, _ = clinic
    token = "0e3c9a52-6d0f-4f7e-9d54-2f1d5a0c7b11"

    def job():
        return book(patients[0], physiotherapist, by=front_desk, type=kind, token=token)

    results = at_once(*[job] * 8)

    assert {result.pk for result in results} == {Appointment.objects.get().pk}


def assert_nobody_is_in_two_places():
    for kind in ("practitioner", "room", "patient"):
        rows = Appointment.objects.active().exclude(**{kind: None}).order_by(kind, "starts_at")
        rows = list(rows.values_list(kind, "starts_at", "ends_at"))
        for (who, _, ends_at), (other, starts_at, _) in zip(rows, rows[1:], strict=False):
            assert who != other or ends_at <= starts_at
