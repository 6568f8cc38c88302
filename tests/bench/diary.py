"""A clinic of twelve with a year of visits, and the front desk's requests to its diary."""

from datetime import datetime, time, timedelta
from itertools import count, islice
from uuid import uuid4

from django.utils import timezone

from clinic.forms.diary import slot_value
from clinic.models import Appointment, Room
from patients.models import Patient
from tests import people
from tests.clinic.builders import make_hours, make_type

PEOPLE = 12
FULL, HALF = 25, 12  # visits of a person on a day
AHEAD = 60  # days that are half full; those before today are full
HALF_HOUR = timedelta(minutes=30)
BATCH = 5000
HTMX = {"HX-Request": "true"}
FOUND = HTMX | {"HX-Target": "found"}
FREE_FROM = 100  # days ahead, with nothing in them yet


class Diary:
    def __init__(self, *, visits):
        """Twelve people with a room each, 300 visits today and `visits` on other days."""
        users = [people.make_physiotherapist(f"desk.{number}", last_name=f"Berg {number}") for number in range(PEOPLE)]
        for user in users:
            make_hours(user, "07:00", "20:00")
        self.people = [user.practitioner for user in users]
        self.site, self.type = self.people[0].site, make_type("Visit", 30)
        self.rooms = [Room.objects.create(site=self.site, name=f"Bay {number}") for number in range(PEOPLE)]
        self.patients = list(Patient.objects.order_by("pk")[: PEOPLE * FULL])
        self.today = timezone.localdate(timezone=self.site.zone)
        rows = self._rows(visits)
        while batch := list(islice(rows, BATCH)):
            Appointment.objects.bulk_create(batch)

    def _rows(self, visits):
        yield from self._day(self.today, FULL)
        for number in count(1):
            ahead = number <= AHEAD
            day = self.today + timedelta(days=number if ahead else AHEAD - number)
            rows = list(self._day(day, HALF if ahead else FULL))[:visits]
            yield from rows
            visits -= len(rows)
            if visits <= 0:
                return

    def _day(self, day, each):
        first = datetime.combine(day, time(7), self.site.zone)
        for number in range(each):
            for person, (practitioner, room) in enumerate(zip(self.people, self.rooms, strict=True)):
                yield Appointment(
                    practitioner=practitioner,
                    room=room,
                    patient=self.patients[number * PEOPLE + person],
                    type=self.type,
                    starts_at=first + HALF_HOUR * number,
                    ends_at=first + HALF_HOUR * (number + 1),
                )

    def cases(self, client):
        return {
            "day of 12 people with 300 visits": lambda: lambda: client.get("/diary/"),
            "day of 12 people without visits": lambda: lambda: client.get("/diary/", {"day": self._free_day()}),
            "free times of 12 people on the booking page": lambda: (
                lambda: client.get("/diary/book/", self._wish, headers=HTMX)
            ),
            "finder: 12 people, 8 weeks, first times": lambda: (
                lambda: client.get("/diary/book/", self._wish, headers=FOUND)
            ),
            "finder: 12 people, 8 weeks, nothing is free": lambda: (
                lambda: client.get("/diary/book/", self._wish | {"before": "13:00", "minutes": 60}, headers=FOUND)
            ),
            "visits of a patient, 60 to come and 270 past": lambda: (
                lambda: client.get(f"/patients/{self.patients[0].pk}/visits/")
            ),
            "number of visits to move": lambda: lambda: client.get("/diary/to-move/", {"count": 1}, headers=HTMX),
            "book a visit": self._book(client),
            "unchanged diary asked again": self._poll(client),
        }

    @property
    def _wish(self):
        return {"patient": self.patients[0].pk, "type": self.type.pk}

    def _free_day(self, number=0):
        return self.today + timedelta(days=FREE_FROM + number)

    def _book(self, client):
        turn = count()

        def prepare():
            day, number = divmod(next(turn), FULL)
            start = datetime.combine(self._free_day(1 + day), time(7), self.site.zone) + HALF_HOUR * number
            slot = slot_value(self.people[0].pk, self.rooms[0].pk, start)
            return lambda: client.post("/diary/book/", self._wish | {"slot": slot, "token": uuid4()}, headers=HTMX)

        return prepare

    def _poll(self, client):
        def prepare():
            # The tag changes every five minutes, so it is requested each time.
            tag = client.get("/diary/", headers=HTMX).headers["ETag"]
            return lambda: client.get("/diary/", headers=HTMX | {"If-None-Match": tag})

        return prepare
