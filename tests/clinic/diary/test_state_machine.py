"""Random changes of the diary, compared with a model that is a plain list. Both must always agree."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from clinic.models import Appointment
from clinic.services import (
    book_appointment,
    cancel_appointment,
    check_in,
    edit_appointment,
    mark_no_show,
    move_appointment,
    undo_last,
)
from tests.clinic.builders import at, make_patients, make_room, make_type

pytestmark = pytest.mark.both_engines

MONDAY = at("00:00")  # only once, because it moves the clock
ACTIVE = {"booked", "arrived"}
STARTS = st.integers(0, 11)  # each ten minutes long, from 10:00
LENGTHS = st.sampled_from([1, 2, 3, 5])
WHO, PEOPLE, ROOMS = st.integers(0, 1), st.integers(0, 2), st.sampled_from([None, 0, 1])
ONE = st.integers(0, 10_000)


@dataclass(frozen=True)
class Visit:
    """A visit of the model. `last` is its state before the newest change that can be undone."""

    who: int
    patient: int
    room: int | None
    start: int
    end: int
    status: str = "booked"
    last: "Visit | None" = None

    def meets(self, other):
        same = self.who == other.who or self.patient == other.patient
        same = same or (self.room is not None and self.room == other.room)
        return same and self.start < other.end and other.start < self.end


class Desk(RuleBasedStateMachine):
    clinic = None

    def __init__(self):
        super().__init__()
        self.visits, self.rows = [], []
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()

    def teardown(self):
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    def is_free(self, visit, but=None):
        others = (o for n, o in enumerate(self.visits) if n != but and o.status in ACTIVE)
        return not any(visit.meets(other) for other in others)

    def try_to(self, allowed, verb, *args, **kwargs):
        """Call the service. It must succeed exactly if the model allows it."""
        try:
            row = verb(*args, by=self.clinic["by"], **kwargs)
        except ValidationError as refusal:
            assert not allowed, refusal.messages
            return None
        assert allowed, "the list would have refused"
        return row

    @rule(who=WHO, patient=PEOPLE, room=ROOMS, start=STARTS, length=LENGTHS)
    def book(self, who, patient, room, start, length):
        visit = Visit(who, patient, room, start, start + length)
        row = self.try_to(
            self.is_free(visit),
            book_appointment,
            patient=self.clinic["patients"][patient],
            practitioner=self.clinic["practitioners"][who],
            room=self.room(room),
            type=self.clinic["type"],
            starts_at=instant(start),
            minutes=length * 10,
        )
        if row:
            self.visits.append(visit)
            self.rows.append(row)

    @precondition(lambda self: self.visits)
    @rule(one=ONE, who=WHO, room=st.sampled_from([0, 1]), start=STARTS)
    def move(self, one, who, room, start):
        number = one % len(self.visits)
        old = self.visits[number]
        new = replace(
            old, who=who, room=room, start=start, end=start + old.end - old.start, last=replace(old, last=None)
        )
        stays = (old.who, old.room, old.start) == (who, room, start)
        allowed = stays or (old.status in ACTIVE and self.is_free(new, but=number))
        practitioner = self.clinic["practitioners"][who]
        row = self.try_to(
            allowed,
            move_appointment,
            self.rows[number],
            starts_at=instant(start),
            practitioner=practitioner,
            room=self.room(room),
        )
        if row and not stays:
            self.visits[number] = new

    @precondition(lambda self: self.visits)
    @rule(one=ONE, room=st.sampled_from([0, 1]), length=LENGTHS)
    def edit(self, one, room, length):
        number = one % len(self.visits)
        old = self.visits[number]
        new = replace(old, room=room, end=old.start + length, last=replace(old, last=None))
        stays = (old.room, old.end) == (new.room, new.end)
        row = self.try_to(
            stays or (old.status in ACTIVE and self.is_free(new, but=number)),
            edit_appointment,
            self.rows[number],
            minutes=length * 10,
            room=self.room(room),
        )
        if row and not stays:
            self.visits[number] = new

    @precondition(lambda self: self.visits)
    @rule(one=ONE)
    def cancel(self, one):
        self.step(one, "cancelled", ACTIVE, cancel_appointment, reason="Ill")

    @precondition(lambda self: self.visits)
    @rule(one=ONE)
    def arrive(self, one):
        self.step(one, "arrived", {"booked"}, check_in)

    @precondition(lambda self: self.visits)
    @rule(one=ONE)
    def miss(self, one):
        self.step(one, "no_show", {"booked"}, mark_no_show)

    def step(self, one, status, from_, verb, **kwargs):
        number = one % len(self.visits)
        old = self.visits[number]
        row = self.try_to(old.status in from_ | {status}, verb, self.rows[number], **kwargs)
        if row and old.status != status:
            self.visits[number] = replace(old, status=status, last=replace(old, last=None))

    @precondition(lambda self: self.visits)
    @rule(one=ONE)
    def undo(self, one):
        number = one % len(self.visits)
        last = self.visits[number].last
        if self.try_to(
            last is not None and (last.status not in ACTIVE or self.is_free(last, but=number)),
            undo_last,
            self.rows[number],
        ):
            self.visits[number] = last

    @invariant()
    def the_diary_is_the_list(self):
        stored = Appointment.objects.order_by("pk").values_list(
            "practitioner", "patient", "room", "starts_at", "ends_at", "status"
        )
        assert list(stored) == [self.row_of(visit) for visit in self.visits]

    def row_of(self, visit):
        people, room = self.clinic, self.room(visit.room)
        return (
            people["practitioners"][visit.who].pk,
            people["patients"][visit.patient].pk,
            room and room.pk,
            instant(visit.start),
            instant(visit.end),
            visit.status,
        )

    def room(self, number):
        return None if number is None else self.clinic["rooms"][number]


def instant(tens):
    return MONDAY + timedelta(hours=10, minutes=10 * tens)


def test_the_diary_agrees_with_the_model(front_desk, physiotherapist, other_physiotherapist):
    Desk.clinic = {
        "by": front_desk,
        "type": make_type(),
        "patients": make_patients(3, by=front_desk),
        "practitioners": [physiotherapist.practitioner, other_physiotherapist.practitioner],
        "rooms": [make_room("Room 1"), make_room("Room 2")],
    }
    bounds = settings(
        max_examples=15,
        stateful_step_count=40,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )

    # In the evening of the day of all visits, so that check-in and no-show are allowed for all of them.
    with time_machine.travel(MONDAY + timedelta(hours=20), tick=False):
        run_state_machine_as_test(Desk, settings=bounds)
