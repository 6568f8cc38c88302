"""Today's appointments, in the middle of the clinic's day, and those of the coming week."""

from datetime import time, timedelta

from clinic.models import Appointment
from clinic.services import add_to_waiting_list, record_time_off

from .courses import is_due
from .diary import at

HALF_HOUR = timedelta(minutes=30)
PLACES = 12  # for each practitioner
Status = Appointment.Status


class Today:
    """The clinic's day: open for about three and a half hours, so that some visits are over and some are to come."""

    def __init__(self, clinic, now):
        # At any hour, finished visits are in the past.
        earliest, latest = at(clinic.today, time(7)), at(clinic.today, time(11))
        if now < earliest + 3 * HALF_HOUR:  # shown early in the morning, the clinic has opened earlier
            earliest = max(at(clinic.today, time(0)), now - 3 * HALF_HOUR)
        opened = now - timedelta(hours=3, minutes=30)
        opened = min(max(opened, earliest), latest)
        self.opens_at = opened - timedelta(
            minutes=opened.minute % 30, seconds=opened.second, microseconds=opened.microsecond
        )
        self.clock = min(now, self.opens_at + 9 * HALF_HOUR)

    @property
    def current(self):
        """The start of the half hour that is running."""
        return self.opens_at + (self.clock - self.opens_at) // HALF_HOUR * HALF_HOUR

    def status(self, starts_at, rng):
        """The status of a half-hour visit now, and the time of arrival, as fields of an Appointment."""
        if starts_at >= self.current + 2 * HALF_HOUR:
            return {"status": Status.BOOKED}
        if starts_at > self.current:
            early = timedelta(minutes=rng.randint(2, 20))
            return {"status": Status.ARRIVED, "arrived_at": self.clock - early} if rng.random() < 0.7 else {}
        arrived_at = starts_at - timedelta(minutes=rng.randint(1, 9))
        if starts_at == self.current:
            return {"status": Status.ARRIVED, "arrived_at": arrived_at}
        if rng.random() < 0.05:
            return {"status": Status.NO_SHOW}
        return {"status": Status.DONE, "arrived_at": arrived_at}


def fill_today(diary, today, courses, newcomers, rng):
    """Fill every practitioner's list. Returns the (course, appointment) of the visits that are over."""
    due = [course for course in courses if is_due(course, diary.clinic.today)]
    rng.shuffle(due)
    counts = {practitioner: _count(diary, practitioner) for practitioner in diary.clinic.practitioners}
    done = []
    for step in range(17):
        starts_at = today.opens_at + step * HALF_HOUR
        for practitioner in sorted(counts, key=counts.get):
            if not due or counts[practitioner] >= PLACES - 1:
                continue
            course = next((course for course in due if course.lead == practitioner), due[0])
            state = {"status": Status.BOOKED} | today.status(starts_at, rng)
            appointment = diary.book(course.patient, practitioner, starts_at, _follow_up(rng), **state)
            if appointment is None:
                continue
            due.remove(course)
            counts[practitioner] += 1
            if appointment.status == Status.DONE:
                done.append((course, appointment))
    _book_newcomers(diary, today, counts, newcomers)
    return done


def _count(diary, practitioner):
    return sum(
        appointment.practitioner == practitioner and appointment.starts_at >= at(diary.clinic.today, time())
        for appointment in diary.appointments
    )


def _book_newcomers(diary, today, counts, newcomers):
    """First visits of new patients, late in the day."""
    for practitioner in counts:
        for step in range(13, 20):
            starts_at = today.opens_at + step * HALF_HOUR
            if newcomers and diary.book(newcomers[0], practitioner, starts_at, "First visit", status=Status.BOOKED):
                newcomers.pop(0)
                break


def fill_coming_week(diary, courses, newcomers, rng):
    """Book the next visit of every patient under treatment, and two first visits a day."""
    today = diary.clinic.today
    seen_today = {a.patient for a in diary.appointments if a.starts_at >= at(today, time())}
    for course in courses:
        if course.is_open:
            ahead = rng.randint(5, 9) if course.patient in seen_today else rng.randint(1, 7)
            day = _next_weekday(today + timedelta(days=ahead))
            diary.book_on(day, course.patient, course.lead, _follow_up(rng), status=Status.BOOKED)
    for number, patient in enumerate(newcomers[:10]):
        day = _next_weekday(today + timedelta(days=1 + number // 2))
        diary.book_on(day, patient, rng.choice(diary.clinic.practitioners), "First visit", status=Status.BOOKED)


def report_sick(clinic):
    """One practitioner is ill on the next working day, so that the front desk has visits to move."""
    day = _next_weekday(clinic.today + timedelta(days=1))
    times = {"starts_at": at(day, time(0)), "ends_at": at(day + timedelta(days=1), time(0))}
    record_time_off(by=clinic.desk, practitioner=clinic.practitioners[1], reason="Sick", **times)


# Visit, how urgent, and what else matters to the patient: the first practitioner, days, times.
WISHES = [
    ("Needling", 2, {"note": "Rings back any time"}),
    ("Follow-up", 1, {"weekdays": [0, 2, 4], "latest_time": time(12)}),
    ("Needling", 0, {"earliest_time": time(16), "note": "After work"}),
    ("Follow-up", 0, {"weekdays": [1, 3]}),
]


def fill_waiting_list(clinic, patients):
    """Put some patients under treatment on the waiting list."""
    for patient, (visit, priority, wishes) in zip(patients, WISHES, strict=False):
        latest_on = clinic.today + timedelta(days=14)
        add_to_waiting_list(
            patient, by=clinic.desk, type=clinic.types[visit], priority=priority, latest_on=latest_on, **wishes
        )


def _next_weekday(day):
    return day + timedelta(days={5: 2, 6: 2}.get(day.weekday(), 0))


def _follow_up(rng):
    return rng.choice(["Follow-up", "Needling", "Needling"])
