"""Working times, and times at which practitioner, room and patient are all free."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import nsmallest

from django.db.models import Q
from django.utils import timezone

from clinic.diary import local_time
from clinic.diary.intervals import BusyTimes, is_within, without
from clinic.models import Appointment, Practitioner, Room, TimeOff, WorkingHours
from clinic.models.hours import MIDNIGHT

STEP = timedelta(minutes=15)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Slot:
    """A time that can be booked. `room` is None only at a site without rooms."""

    practitioner: Practitioner
    room: Room | None
    starts_at: datetime
    ends_at: datetime


def free_slots(type, *, site, practitioners=None, start_day, days=28, patient=None, limit=None, minutes=None, now=None):
    """All free Slots inside working hours, soonest first, then in the order of the practitioners.

    Slots start at each quarter of an hour and at the beginning of each gap, and not before `now`. Practitioners without
    a valid certificate on the day are left out if the type needs one. At most six queries.
    """
    search = _Search(type, site, practitioners, start_day, days, patient, minutes, now)
    found = []
    for day in search.days:
        found += sorted(search.slots_on(day), key=lambda slot: slot.starts_at)
        if limit and len(found) >= limit:
            return found[:limit]
    return found


def best_slots(type, *, site, practitioners=None, start_day, days=28, patient, limit=3, minutes=None, now=None):
    """The slots to offer first: those at the weekday and time of the patient's last visit, then the soonest."""
    slots = free_slots(
        type,
        site=site,
        practitioners=practitioners,
        start_day=start_day,
        days=days,
        patient=patient,
        minutes=minutes,
        now=now,
    )
    last = patient.appointments.active().order_by("-starts_at").first()
    usual = last and _weekday_and_time(last.starts_at, site.zone)
    return nsmallest(limit, slots, key=lambda s: (_weekday_and_time(s.starts_at, site.zone) != usual, s.starts_at))


def working_periods(practitioners, *, site, start_day, days=1):
    """{practitioner id: {day: [(start, end), ...]}}: working hours minus time off and closing times. Two queries."""
    work = _Work(practitioners, site, start_day, days)
    return {person.pk: {day: work.periods(person, day) for day in work.days} for person in practitioners}


def period_of(hours, day, zone):
    """The (start, end) instants of a row of WorkingHours on a day to which it applies."""
    starts_at = local_time.first_instant(day, hours.starts, zone)
    if hours.ends == MIDNIGHT:
        return starts_at, local_time.day_bounds(day, zone)[1]
    return starts_at, local_time.last_instant(day, hours.ends, zone)


def within_hours(practitioner, times):
    """[Whether each (start, end) is inside working hours]; always True for a practitioner without any working hours."""
    days = [local_time.local_day(starts_at, practitioner.site.zone) for starts_at, _ in times]
    work = _Work([practitioner], practitioner.site, min(days), (max(days) - min(days)).days + 1)
    always_works = not work.hours and not practitioner.working_hours.exists()
    return [
        is_within(
            *span, work.without_absences(practitioner, [span]) if always_works else work.periods(practitioner, day)
        )
        for span, day in zip(times, days, strict=True)
    ]


def free_room(site, starts_at, ends_at, *, first=None, ignoring=None):
    """A free room of the site, `first` if it is free, or None. `ignoring` is an appointment that gives up its room."""
    taken = Appointment.objects.active().overlapping(starts_at, ends_at)
    if ignoring:
        taken = taken.exclude(pk=ignoring.pk)
    rooms = site.rooms.filter(is_active=True).exclude(pk__in=taken.exclude(room=None).values("room"))
    return min(rooms, key=lambda room: room != first, default=None)


def _weekday_and_time(instant, zone):
    wall = instant.astimezone(zone)
    return wall.weekday(), wall.time()


class _Work:
    """Working hours and absences of some practitioners on some days, loaded with two queries."""

    def __init__(self, practitioners, site, start_day, days):
        self.site, self.zone = site, site.zone
        self.days = [start_day + timedelta(days=number) for number in range(days)]
        self.starts_at = local_time.day_bounds(start_day, self.zone)[0]
        self.ends_at = local_time.day_bounds(self.days[-1], self.zone)[1]
        hours = WorkingHours.objects.filter(practitioner__in=practitioners).select_related("room")
        self.hours = defaultdict(list)
        for row in hours.valid_between(start_day, self.days[-1]):
            self.hours[row.practitioner_id, row.weekday].append(row)
        self.off = defaultdict(list)
        off = TimeOff.objects.between(self.starts_at, self.ends_at)
        for row in off.filter(Q(practitioner__in=practitioners) | Q(site=site)):
            self.off[row.practitioner_id].append((row.starts_at, row.ends_at))

    def hours_on(self, practitioner, day):
        return [row for row in self.hours[practitioner.pk, day.weekday()] if row.applies_on(day)]

    def periods(self, practitioner, day):
        hours = self.hours_on(practitioner, day)
        return self.without_absences(practitioner, [period_of(row, day, self.zone) for row in hours])

    def without_absences(self, practitioner, periods):
        """The periods minus the practitioner's time off and the site's closing times."""
        return without(periods, self.off[practitioner.pk] + self.off[None])


class _Search:
    """A search for free times. It loads everything at the start and then needs no further query."""

    def __init__(self, type, site, practitioners, start_day, days, patient, minutes, now):
        self.type, self.patient = type, patient
        self.length = timedelta(minutes=minutes or type.minutes)
        self.now = now or timezone.now()
        if practitioners is None:
            practitioners = site.practitioners.active().select_related("user")
        self.practitioners = [person for person in practitioners if person.is_active]
        self.work = _Work(self.practitioners, site, start_day, days)
        self.days = self.work.days
        self.rooms = list(site.rooms.filter(is_active=True))
        self.has_rooms = bool(self.rooms)
        self.busy = self._busy(site)

    def _busy(self, site):
        work, busy = self.work, defaultdict(lambda: defaultdict(list))
        rows = Appointment.objects.active().overlapping(work.starts_at, work.ends_at)
        relevant = Q(practitioner__in=self.practitioners) | Q(room__in=self.rooms) | Q(patient=self.patient)
        mine = self.patient and self.patient.pk
        rows = rows.filter(relevant).values_list("starts_at", "ends_at", "practitioner", "room", "patient")
        for starts_at, ends_at, practitioner, room, patient in rows:
            for day in {local_time.local_day(instant, work.zone) for instant in (starts_at, ends_at)}:
                busy["practitioner", practitioner][day].append((starts_at, ends_at))
                busy["room", room][day].append((starts_at, ends_at))
                if patient == mine:
                    busy["patient", patient][day].append((starts_at, ends_at))
        return busy

    def slots_on(self, day):
        self.taken_rooms = {room.pk: BusyTimes(self.busy["room", room.pk][day]) for room in self.rooms}
        patient_busy = self.busy["patient", self.patient.pk][day] if self.patient else []
        for practitioner in self.practitioners:
            if self.type.needs_certificate and not practitioner.is_certified_on(day):
                continue
            taken = self.busy["practitioner", practitioner.pk][day] + patient_busy
            for start, end in without(self.work.periods(practitioner, day), taken):
                yield from self._slots_in(practitioner, day, start, end)

    def _slots_in(self, practitioner, day, start, end):
        usual = {row.room_id for row in self.work.hours_on(practitioner, day)}
        rooms = sorted(self.rooms, key=lambda room: room.pk not in usual)
        for starts_at in _starts(max(start, self.now), end - self.length, is_gap=start >= self.now):
            ends_at = starts_at + self.length
            room = next((r for r in rooms if self.taken_rooms[r.pk].is_clear(starts_at, ends_at)), None)
            if room or not self.has_rooms:
                yield Slot(practitioner, room, starts_at, ends_at)


def _starts(first, last, *, is_gap):
    """Every quarter of an hour from `first` to `last`, and `first` itself if a gap begins there."""
    quarter = first + (EPOCH - first) % STEP
    if is_gap and quarter != first and first <= last:
        yield first
    while quarter <= last:
        yield quarter
        quarter += STEP
