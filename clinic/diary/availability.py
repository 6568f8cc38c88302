"""Working times, and times at which practitioner, room and patient are all free."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from clinic.diary import local_time
from clinic.diary.intervals import BusyTimes, is_within, without
from clinic.models import Appointment, Practitioner, Room, TimeOff, WorkingHours
from clinic.models.hours import MIDNIGHT

STEP = timedelta(minutes=15)
FIRST_DAYS = 7  # most searches find enough times in the first week
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Slot:
    """A time that can be booked. `room` is None only at a site without rooms."""

    practitioner: Practitioner
    room: Room | None
    starts_at: datetime
    ends_at: datetime


def free_slots(type, *, limit=None, **search):
    """All Slots of `slots_by_day` in one list. Days after the one on which `limit` is reached are not searched."""
    found = []
    for _, slots in slots_by_day(type, **search):
        found += slots
        if limit and len(found) >= limit:
            return found[:limit]
    return found


def slots_by_day(
    type,
    *,
    site,
    practitioners=None,
    start_day,
    days=28,
    patient=None,
    minutes=None,
    now=None,
    room=None,
    weekdays=(),
    after=None,
    before=None,
    ignoring=None,
):
    """Yield (day, free Slots inside working hours) of each day that has some, soonest first.

    Slots start at each quarter of an hour and at the beginning of each gap, and not before `now`. Slots that start
    together are in the order of the practitioners. Practitioners without a valid certificate on the day are left out if
    the type needs one. `room` and `weekdays` (0 is Monday) allow no others. `after` and `before` are local times: no
    slot starts before the one or ends after the other. `ignoring` is a visit that gives up its own time. At most six
    queries; a day is searched when it is asked for.
    """
    search = _Search(type, site, practitioners, start_day, days, patient, minutes, now, room, ignoring)
    for day in search.days:
        if weekdays and day.weekday() not in weekdays:
            continue
        if slots := sorted(search.slots_on(day, after, before), key=lambda slot: slot.starts_at):
            yield day, slots


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


def free_room(site, starts_at, ends_at, *, first=None, then=(), ignoring=None):
    """A free room of the site: `first`, one of `then`, or any other; None if all are taken or closed.

    `ignoring` is an appointment that gives up its room.
    """
    taken = Appointment.objects.active().overlapping(starts_at, ends_at)
    if ignoring:
        taken = taken.exclude(pk=ignoring.pk)
    rooms = site.rooms.filter(is_active=True).exclude(pk__in=taken.exclude(room=None).values("room"))
    rooms = rooms.exclude(pk__in=TimeOff.objects.between(starts_at, ends_at).filter(room__site=site).values("room"))
    return min(rooms, key=lambda room: (room != first, room not in then), default=None)


def room_for(practitioner, starts_at, ends_at, *, first=None, ignoring=None):
    """A free room for a visit: `first`, the practitioner's usual one then, or any; None if all are taken or closed.

    `ignoring` is an appointment that gives up its room.
    """
    (usual,) = usual_rooms(practitioner, [(starts_at, ends_at)])
    return free_room(practitioner.site, starts_at, ends_at, first=first, then=usual, ignoring=ignoring)


def closed_rooms(site, start, end):
    """{room id: [(start, end), ...]}: the times at which single rooms of the site are closed, empty lists for others.

    One query.
    """
    closed = defaultdict(list)
    for row in TimeOff.objects.between(start, end).filter(room__site=site):
        closed[row.room_id].append((row.starts_at, row.ends_at))
    return closed


def usual_rooms(practitioner, times):
    """For each (start, end) the rooms of the working hours in which it lies. Two queries."""
    days = [local_time.local_day(starts_at, practitioner.site.zone) for starts_at, _ in times]
    work = _Work([practitioner], practitioner.site, min(days), (max(days) - min(days)).days + 1)
    return [
        [row.room for row in work.hours_on(practitioner, day) if is_within(*span, [period_of(row, day, work.zone)])]
        for span, day in zip(times, days, strict=True)
    ]


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
        self.off, self.closed_rooms = defaultdict(list), defaultdict(list)
        off = TimeOff.objects.between(self.starts_at, self.ends_at)
        for row in off.filter(Q(practitioner__in=practitioners) | Q(site=site) | Q(room__site=site)):
            absent = self.closed_rooms[row.room_id] if row.room_id else self.off[row.practitioner_id]
            absent.append((row.starts_at, row.ends_at))

    def hours_on(self, practitioner, day):
        return [row for row in self.hours[practitioner.pk, day.weekday()] if row.applies_on(day)]

    def periods(self, practitioner, day):
        return self.without_absences(
            practitioner, [period_of(row, day, self.zone) for row in self.hours_on(practitioner, day)]
        )

    def without_absences(self, practitioner, periods):
        """The periods minus the practitioner's time off and the site's closing times."""
        return without(periods, self.off[practitioner.pk] + self.off[None])


class _Search:
    """A search for free times. It reads the visits of the first week, and of the other days when it gets there."""

    def __init__(self, type, site, practitioners, start_day, days, patient, minutes, now, room, ignoring):
        self.type, self.patient, self.ignoring = type, patient, ignoring
        self.length = timedelta(minutes=minutes or type.minutes)
        self.now = now or timezone.now()
        if practitioners is None:
            practitioners = site.practitioners.active().select_related("user")
        self.practitioners = [person for person in practitioners if person.is_active]
        self.work = _Work(self.practitioners, site, start_day, days)
        self.days = self.work.days
        rooms = list(site.rooms.filter(is_active=True))
        self.has_rooms = bool(rooms)
        self.rooms = [room] if room in rooms else [] if room else rooms
        self.loaded_until = start_day

    def _load(self):
        """Read the visits of the first week, and the next time those of all other days. One query."""
        first = self.loaded_until
        last = self.days[-1] if first > self.days[0] else self.days[min(FIRST_DAYS, len(self.days)) - 1]
        self.loaded_until = last + timedelta(days=1)
        zone = self.work.zone
        span = local_time.day_bounds(first, zone)[0], local_time.day_bounds(last, zone)[1]
        rows = Appointment.objects.active().overlapping(*span)
        if self.ignoring:
            rows = rows.exclude(pk=self.ignoring.pk)
        relevant = Q(practitioner__in=self.practitioners) | Q(room__in=self.rooms) | Q(patient=self.patient)
        busy, mine = defaultdict(list), self.patient and self.patient.pk
        rows = rows.filter(relevant).values_list("starts_at", "ends_at", "practitioner", "room", "patient")
        for starts_at, ends_at, practitioner, room, patient in rows.order_by():
            busy["practitioner", practitioner].append((starts_at, ends_at))
            busy["room", room].append((starts_at, ends_at))
            if patient == mine:
                busy["patient", patient].append((starts_at, ends_at))
        closed = self.work.closed_rooms
        self.taken_rooms = {room.pk: BusyTimes(busy["room", room.pk] + closed[room.pk]) for room in self.rooms}
        self.taken = {
            person.pk: BusyTimes(busy["practitioner", person.pk] + busy["patient", mine])
            for person in self.practitioners
        }

    def slots_on(self, day, after=None, before=None):
        while day >= self.loaded_until:
            self._load()
        first = after and local_time.first_instant(day, after, self.work.zone)
        last = before and local_time.last_instant(day, before, self.work.zone)
        for practitioner in self.practitioners:
            if self.type.needs_certificate and not practitioner.is_certified_on(day):
                continue
            for start, end in self.work.periods(practitioner, day):
                start, end = max(start, first or start), min(end, last or end)
                for free in self.taken[practitioner.pk].gaps_in(start, end):
                    yield from self._slots_in(practitioner, day, *free)

    def _slots_in(self, practitioner, day, start, end):
        hours = [(*period_of(row, day, self.work.zone), row.room_id) for row in self.work.hours_on(practitioner, day)]
        for starts_at in _starts(max(start, self.now), end - self.length, is_gap=start >= self.now):
            ends_at = starts_at + self.length
            usual = {room for begins, ends, room in hours if begins <= starts_at < ends}
            rooms = sorted(self.rooms, key=lambda room: room.pk not in usual)
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
