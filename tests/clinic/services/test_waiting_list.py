"""Entries of the waiting list are edited, closed by a booking, and put back."""

import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from clinic.diary.waiting import replaced_visits
from clinic.models import Appointment, WaitingListEntry
from clinic.services import (
    StaleEntry,
    add_to_waiting_list,
    book_waiting_entry,
    close_waiting_entry,
    edit_waiting_entry,
    reopen_waiting_entry,
)
from patients.models import TrailEntry
from tests.clinic.builders import at, book, make_hours, make_type, monday

pytestmark = pytest.mark.both_engines


@pytest.fixture
def wish(patient, physiotherapist, front_desk):
    make_hours(physiotherapist)
    return add_to_waiting_list(patient, by=front_desk, type=make_type(), weekdays=[0])


def fill(wish, physiotherapist, front_desk, **fields):
    fields = {"practitioner": physiotherapist.practitioner, "starts_at": at("10:00")} | fields
    return book_waiting_entry(wish, by=front_desk, **fields)


def test_wishes_are_edited_and_recorded(wish, front_desk):
    edit_waiting_entry(wish, by=front_desk, weekdays=[1, 2], note="Mornings", version=wish.version)

    wish.refresh_from_db()
    assert (wish.weekdays, wish.note) == ([1, 2], "Mornings")
    assert TrailEntry.objects.latest("pk").changes["note"] == ["", "Mornings"]


def test_a_stale_edit_of_wishes_changes_nothing(wish, front_desk):
    edit_waiting_entry(wish, by=front_desk, note="Mornings", version=0)

    with pytest.raises(StaleEntry):
        edit_waiting_entry(wish, by=front_desk, note="Evenings", version=0)

    wish.refresh_from_db()
    assert wish.note == "Mornings"


def test_wishes_that_conflict_are_refused(wish, front_desk):
    with pytest.raises(ValidationError):
        edit_waiting_entry(wish, by=front_desk, earliest_on=monday(), latest_on=monday() - timedelta(days=1))


def test_a_booking_closes_the_entry_and_names_the_visit(wish, physiotherapist, front_desk):
    booked = fill(wish, physiotherapist, front_desk)

    wish.refresh_from_db()
    assert (wish.booked, wish.closed_by) == (booked, front_desk)
    with pytest.raises(ValidationError, match="no longer on the waiting list"):
        fill(wish, physiotherapist, front_desk, starts_at=at("11:00"))


def test_a_booking_sent_twice_is_made_once(wish, physiotherapist, front_desk):
    token = uuid.uuid4()

    booked = [fill(wish, physiotherapist, front_desk, token=token).pk for _ in range(2)]

    assert booked == [Appointment.objects.get().pk] * 2


def test_closing_is_undone(wish, physiotherapist, front_desk):
    fill(wish, physiotherapist, front_desk)

    reopen_waiting_entry(wish, by=front_desk)

    wish.refresh_from_db()
    assert (wish.closed_at, wish.closed_by, wish.booked) == (None, None, None)
    assert wish in WaitingListEntry.objects.open()


def test_an_entry_of_somebody_who_died_is_not_put_back(wish, patient, front_desk):
    close_waiting_entry(wish, by=front_desk)
    patient.died_on = monday() - timedelta(days=30)
    patient.save()

    with pytest.raises(ValidationError):
        reopen_waiting_entry(wish, by=front_desk)


def test_the_database_keeps_no_visit_on_an_open_entry(wish, patient, physiotherapist, front_desk):
    visit = book(patient, physiotherapist, by=front_desk)

    with pytest.raises(IntegrityError), transaction.atomic():
        WaitingListEntry.objects.filter(pk=wish.pk).update(booked=visit)


def test_the_later_visit_that_was_there_before_may_be_given_up(wish, patient, physiotherapist, front_desk):
    later = book(patient, physiotherapist, by=front_desk, day=monday() + timedelta(days=7))

    earlier = fill(wish, physiotherapist, front_desk)
    book(patient, physiotherapist, by=front_desk, day=monday() + timedelta(days=14))

    assert replaced_visits(earlier) == [later]
    assert replaced_visits(later) == []
