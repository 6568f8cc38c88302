"""Random repeats, sessions and waiting list entries, compared with the model of test_state_machine."""

from dataclasses import dataclass, replace
from uuid import uuid4

import pytest
import time_machine
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from clinic.diary.waiting import waiting_matches
from clinic.services import (
    add_to_waiting_list,
    book_series,
    cancel_this_and_following,
    check_in,
    close_waiting_entry,
    mark_no_show,
    move_this_and_following,
    undo_last,
)
from tests.clinic.builders import make_patients, make_room, make_type
from treatments.services import start_session

from .test_state_machine import (
    ACTIVE,
    LENGTHS,
    MONDAY,
    ONE,
    PEOPLE,
    ROOMS,
    STARTS,
    WHO,
    Desk,
    Visit,
    instant,
    timedelta,
)

pytestmark = pytest.mark.both_engines

WEEK = 7 * 24 * 6  # in units of ten minutes
TODAY = 14 * 6
HALF_AN_HOUR = 3


@dataclass(frozen=True)
class Wish:
    patient: int
    who: int | None
    urgency: int
    row: object


class WholeDesk(Desk):
    def __init__(self):
        super().__init__()
        self.series, self.wishes, self.groups = {}, [], []

    def is_free(self, visit, but=()):
        but = {but} if isinstance(but, int) else set(but or ())
        taken = ACTIVE | {"in_session"}
        others = (o for n, o in enumerate(self.visits) if n not in but and o.status in taken)
        return not any(visit.meets(other) for other in others)

    @precondition(lambda self: self.visits)
    @rule(one=ONE)
    def arrive(self, one):
        self.step(one, "arrived", {"booked"} if self.visits[one % len(self.visits)].start < TODAY else set(), check_in)

    @precondition(lambda self: self.visits)
    @rule(one=ONE)
    def miss(self, one):
        is_over = self.visits[one % len(self.visits)].start < TODAY
        self.step(one, "no_show", {"booked"} if is_over else set(), mark_no_show)

    @rule(who=WHO, patient=PEOPLE, room=ROOMS, start=STARTS, length=LENGTHS, count=st.integers(2, 4))
    def repeat(self, who, patient, room, start, length, count):
        shifts = [WEEK * number for number in range(count)]
        visits = [Visit(who, patient, room, start + shift, start + length + shift) for shift in shifts]
        rows = self.try_to(
            all(map(self.is_free, visits)),
            book_series,
            self.clinic["patients"][patient],
            practitioner=self.clinic["practitioners"][who],
            type=self.clinic["type"],
            visits=[(instant(visit.start), self.room(room)) for visit in visits],
            minutes=length * 10,
        )
        if rows:
            new = range(len(self.visits), len(self.visits) + count)
            self.series |= dict.fromkeys(new, new)
            self.visits += visits
            self.rows += rows

    def this_and_following(self, number):
        this = self.visits[number]
        rest = [other for other in self.series.get(number, ()) if self.visits[other].start > this.start]
        return [number, *(other for other in rest if self.visits[other].status == "booked")]

    @precondition(lambda self: self.series)
    @rule(one=ONE)
    def cancel_following(self, one):
        number = list(self.series)[one % len(self.series)]
        all_of_them = self.this_and_following(number)
        allowed = self.visits[number].status in ACTIVE | {"cancelled"}
        if self.try_to(allowed, cancel_this_and_following, self.rows[number], reason="Ill"):
            new = {}
            for each in all_of_them:
                old = self.visits[each]
                if old.status != "cancelled":
                    self.visits[each] = new[each] = replace(old, status="cancelled", last=replace(old, last=None))
            self.groups.append(new)

    @precondition(lambda self: self.series)
    @rule(one=ONE, who=WHO, room=st.sampled_from([0, 1]), start=STARTS)
    def move_following(self, one, who, room, start):
        number = list(self.series)[one % len(self.series)]
        moved = self.this_and_following(number)
        shift = start - self.visits[number].start % WEEK
        this = self.visits[number]
        goals = {each: self.moved(self.visits[each], this, who, room, shift) for each in moved}
        changed = {each: goal for each, goal in goals.items() if not self.stands(each, goal)}
        allowed = all(self.visits[each].status in ACTIVE for each in changed)
        allowed = allowed and all(self.is_free(goal, but=moved) for goal in changed.values())
        rows = self.try_to(
            allowed,
            move_this_and_following,
            self.rows[number],
            starts_at=instant(this.start + shift),
            practitioner=self.clinic["practitioners"][who],
            room=self.room(room),
        )
        if rows:
            for each, goal in changed.items():
                self.visits[each] = goal
            self.groups.append({each: self.visits[each] for each in changed})

    @precondition(lambda self: self.visits)
    @rule(one=ONE)
    def undo(self, one):
        number = one % len(self.visits)
        alone = {number: self.visits[number]}
        group = next((g for g in self.groups if g.get(number) is self.visits[number]), alone)
        lasts = {each: self.visits[each].last for each in group}
        allowed = all(self.visits[each] is visit and visit.last for each, visit in group.items())
        allowed = allowed and all(o.status not in ACTIVE or self.is_free(o, but=group) for o in lasts.values())
        if self.try_to(allowed, undo_last, self.rows[number]):
            self.visits = [lasts.get(each, visit) for each, visit in enumerate(self.visits)]

    def moved(self, old, this, who, room, shift):
        who, room = old.who if who == this.who else who, old.room if room == this.room else room
        place = {"who": who, "room": room, "start": old.start + shift, "end": old.end + shift}
        return replace(old, **place, last=replace(old, last=None))

    def stands(self, number, goal):
        old = self.visits[number]
        return (old.who, old.room, old.start) == (goal.who, goal.room, goal.start)

    @precondition(lambda self: self.visits)
    @rule(one=ONE)
    def start(self, one):
        number = one % len(self.visits)
        old = self.visits[number]
        patient = self.clinic["patients"][old.patient]
        treated = {"session_id": uuid4(), "appointment": self.rows[number], "reason": "Again today"}
        try:
            start_session(patient, by=self.clinic["physiotherapist"], **treated)
        except ValidationError:
            assert old.status in {"cancelled", "no_show"}
        else:
            assert old.status in ACTIVE | {"in_session"}
            if old.status != "in_session":
                self.visits[number] = replace(old, status="in_session", last=None)

    @rule(patient=PEOPLE, who=st.sampled_from([None, 0, 1]), urgency=st.integers(0, 2))
    def wish(self, patient, who, urgency):
        person = None if who is None else self.clinic["practitioners"][who]
        row = add_to_waiting_list(
            self.clinic["patients"][patient],
            by=self.clinic["by"],
            type=self.clinic["type"],
            practitioner=person,
            priority=urgency,
        )
        self.wishes.append(Wish(patient, who, urgency, row))

    @precondition(lambda self: self.wishes)
    @rule(one=ONE)
    def give_up(self, one):
        close_waiting_entry(self.wishes.pop(one % len(self.wishes)).row, by=self.clinic["by"])

    @precondition(lambda self: any(visit.status == "cancelled" for visit in self.visits))
    @rule(one=ONE)
    def offer(self, one):
        freed = [number for number, visit in enumerate(self.visits) if visit.status == "cancelled"]
        number = freed[one % len(freed)]
        self.rows[number].refresh_from_db()

        found = waiting_matches(self.rows[number])

        assert found == [wish.row for wish in self.suited(self.visits[number])]

    def suited(self, freed):
        suited = [
            wish
            for wish in self.wishes
            if wish.who in (None, freed.who)
            and freed.end - freed.start >= HALF_AN_HOUR
            and self.is_free(Visit(-1, wish.patient, None, freed.start, freed.end))
        ]
        return sorted(suited, key=lambda wish: (-wish.urgency, wish.who is None))


def test_the_diary_agrees_with_the_model_for_all_services(front_desk, physiotherapist, other_physiotherapist):
    WholeDesk.clinic = {
        "by": front_desk,
        "physiotherapist": physiotherapist,
        "type": make_type(minutes=HALF_AN_HOUR * 10),
        "patients": make_patients(3, by=front_desk),
        "practitioners": [physiotherapist.practitioner, other_physiotherapist.practitioner],
        "rooms": [make_room("Room 1"), make_room("Room 2")],
    }
    bounds = settings(max_examples=15, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck))

    with time_machine.travel(MONDAY + timedelta(hours=20), tick=False):
        run_state_machine_as_test(WholeDesk, settings=bounds)
