"""Free times, so that no practitioner, room or patient is booked twice."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from clinic.models import Appointment

QUARTER = timedelta(minutes=15)
OPENS, LAST_START, LUNCH = time(8), time(17, 15), time(13)


class Diary:
    """Appointments to be written, and the quarters of an hour that are taken."""

    def __init__(self, clinic, rng):
        self.clinic, self.rng = clinic, rng
        self.appointments = []
        self._taken = set()

    def book(self, patient, practitioner, starts_at, type_name, *, status="done", **fields):
        """Add an appointment, or return None when somebody is busy then."""
        visit_type = self.clinic.types[type_name]
        quarters = [starts_at + QUARTER * step for step in range(visit_type.minutes // 15)]
        busy = [("practitioner", practitioner.pk), ("patient", patient.pk)]
        room = next((room for room in self._rooms(practitioner) if self._is_free([("room", room.pk)], quarters)), None)
        if room is None or not self._is_free(busy, quarters):
            return None
        self._taken.update((who, quarter) for who in [*busy, ("room", room.pk)] for quarter in quarters)
        appointment = Appointment(
            patient=patient,
            practitioner=practitioner,
            room=room,
            type=visit_type,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=visit_type.minutes),
            status=status,
            **fields,
        )
        appointment.take_place()
        if starts_at < timezone.now() - timedelta(days=1):  # no message is due for a booking of long ago
            appointment.booked_at = starts_at - timedelta(days=1 + len(self.appointments) * 7 % 20)
            appointment.booked_by = self.clinic.desk
        self.appointments.append(appointment)
        return appointment

    def book_on(self, day, patient, practitioner, type_name, **fields):
        """Add an appointment at a free time on that day, with a colleague if the practitioner's day is full."""
        colleagues = [other for other in self.clinic.practitioners if other != practitioner]
        for who in [practitioner, *colleagues]:
            for starts_at in self._times(day):
                if appointment := self.book(patient, who, starts_at, type_name, **fields):
                    return appointment
        raise LookupError(f"No free time on {day}.")

    def write(self):
        """Store what was booked, in the order of time."""
        Appointment.objects.bulk_create(sorted(self.appointments, key=lambda appointment: appointment.starts_at))

    def _rooms(self, practitioner):
        """The practitioner's usual room first."""
        rooms = self.clinic.rooms
        usual = self.clinic.practitioners.index(practitioner) % len(rooms)
        return rooms[usual:] + rooms[:usual]

    def _is_free(self, who, quarters):
        return not any((one, quarter) in self._taken for one in who for quarter in quarters)

    def _times(self, day):
        starts_at = at(day, OPENS)
        times = []
        while starts_at <= at(day, LAST_START):
            if starts_at != at(day, LUNCH):
                times.append(starts_at)
            starts_at += 2 * QUARTER
        self.rng.shuffle(times)
        return times


def at(day, clock):
    """That time of that day where the clinic is."""
    return timezone.make_aware(datetime.combine(day, clock))


def on_weekday(day):
    """The day itself, or for a weekend the Thursday or Wednesday before."""
    return day - timedelta(days={5: 2, 6: 4}.get(day.weekday(), 0))
