"""People at the desk who book all the time, beside the practitioners of `tests.faults`."""

import re
from datetime import timedelta
from uuid import uuid4

from clinic.models import Appointment
from tests.clinic.builders import monday
from tests.faults.clinic import Work
from tests.faults.load import Practitioner
from tests.stress.clinic import slot
from tests.stress.server import signed_in

VISIT = re.compile(r"/diary/(\d+)/")
HALF_HOURS = [f"{hour:02}:{minute:02}" for hour in range(8, 18) for minute in (0, 30)]
PEOPLE, WEEKS = 2, 3


class Desk(Practitioner):
    """Books one free half hour after another with one physiotherapist. The token makes a repeated request harmless."""

    def __init__(self, port, session, visits):
        super().__init__(port, session, "")
        self.visits, self.confirmed = visits, []

    def run(self):
        for fields in self.visits:
            if self.stopping.is_set():
                return
            body = self.until_answered(
                "/diary/book/",
                fields | {"token": uuid4()},
                lambda status, body: status in {200, 302},
                **{"HX-Request": "true"},
            )
            if body is not None:
                self.confirmed.append(int(VISIT.search(body)[1]))
            self.stopping.wait(0.2)


class Morning(Work):
    """Four practitioners who save, two who sign, and two desks that book in other weeks than in other trials."""

    def __init__(self, port, clinic, trial, *, to_sign):
        self.clinic, self.trial = clinic, trial
        self.visits_before = Appointment.objects.count()
        self.desks = [self._desk(port, number) for number in range(PEOPLE)]
        super().__init__(port, desk=self.clinic["desk"], to_sign=to_sign)

    def _desk(self, port, person):
        weeks = range(WEEKS * self.trial, WEEKS * (self.trial + 1))
        days = [monday() + timedelta(days=7 * week + day) for week in weeks for day in range(5)]
        visits = [
            {"patient": patient, "type": self.clinic["types"][30], "slot": slot(self.clinic, day, clock, person=person)}
            for day in days[person::PEOPLE]
            for clock, patient in zip(HALF_HOURS, self.clinic["patients"], strict=True)
        ]
        return Desk(port, signed_in(self.clinic["desk"]), visits)

    @property
    def everybody(self):
        return [*super().everybody, *self.desks]

    def problems(self):
        yield from super().problems()
        booked = [visit for desk in self.desks for visit in desk.confirmed]
        stored = set(Appointment.objects.values_list("pk", flat=True))
        yield from (f"lost: visit {visit} was confirmed and is not stored" for visit in booked if visit not in stored)
        if twice := len(stored) - self.visits_before - len(booked):
            yield f"twice: {twice} visits more are stored than were confirmed"

    def bookings(self):
        return sum(len(desk.confirmed) for desk in self.desks)

    def longest_silence(self, since):
        """The longest time in seconds without any good answer, from `since` of the monotonic clock on."""
        moments = sorted(at for person in self.everybody for at in list(person.good_at) if at > since)
        return max((later - earlier for earlier, later in zip([since, *moments], moments, strict=False)), default=None)
