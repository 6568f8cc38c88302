"""Times at which practitioner, room and patient are all free, and free rooms."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from clinic.diary import local_time
from clinic.diary.intervals import BusyTimes
from clinic.diary.working_hours import Hours, Work, period_of, usual_rooms
from clinic.models import Appointment, Practitioner, Room, TimeOff

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


@dataclass
class Known:
    """What a search needs and its caller has read already. The search reads what is None.

    `absences` and `busy` are those of all its days. The keys of `busy` are ("practitioner", "room" or "patient", id),
    and its values the (start, end) of their visits.
    """

    hours: Hours | None = None
    absences: list | None = None
    rooms: list | None = None
    busy: dict | None = None


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
    known=None,
):
    """Yield (day, free Slots inside working hours) of each day that has some, soonest first.

    Slots start at each quarter of an hour and at the beginning of each gap, and not before `now`. Slots that start
    together are in the order of the practitioners. Practitioners without a valid certificate on the day are left out if
    the type needs one. `room` and `weekdays` (0 is Monday) allow no others. `after` and `before` are local times: no
    slot starts before the one or ends after the other. `ignoring` is a visit that gives up its own time. At most six
    queries, fewer with what is `Known`; a day is searched when it is asked for.
    """
    search = _Search(
        type, site, practitioners, start_day, days, patient, minutes, now, room, ignoring, known or Known()
    )
    for day in search.days:
        if weekdays and day.weekday() not in weekdays:
            continue
        if slots := sorted(search.slots_on(day, after, before), key=lambda slot: slot.starts_at):
            yield day, slots


def free_room(site, starts_at, ends_at, *, first=None, then=(), rather=None, ignoring=None):
    """A free room of the site: `first`, one of `then`, `rather`, or any other; None if all are taken or closed.

    `ignoring` is an appointment that gives up its room.
    """
    taken = Appointment.objects.active().overlapping(starts_at, ends_at)
    if ignoring:
        taken = taken.exclude(pk=ignoring.pk)
    rooms = site.rooms.filter(is_active=True).exclude(pk__in=taken.exclude(room=None).values("room"))
    rooms = rooms.exclude(pk__in=TimeOff.objects.between(starts_at, ends_at).filter(room__site=site).values("room"))
    return min(rooms, key=lambda room: (room != first, room not in then, room != rather), default=None)


def room_for(practitioner, starts_at, ends_at, *, first=None, rather=None, ignoring=None):
    """A free room for a visit: `first`, the practitioner's usual one then, `rather`, or any other.

    None if all are taken or closed.

    `ignoring` is an appointment that gives up its room.
    """
    (usual,) = usual_rooms(practitioner, [(starts_at, ends_at)])
    order = {"first": first, "then": usual, "rather": rather}
    return free_room(practitioner.site, starts_at, ends_at, **order, ignoring=ignoring)


class _Search:
    """A search for free times. It reads the visits of the first week, and of the other days when it gets there."""

    def __init__(self, type, site, practitioners, start_day, days, patient, minutes, now, room, ignoring, known):
        self.type, self.patient, self.ignoring = type, patient, ignoring
        self.length = timedelta(minutes=minutes or type.minutes)
        self.now = now or timezone.now()
        if practitioners is None:
            practitioners = site.practitioners.active().select_related("user")
        self.practitioners = [person for person in practitioners if person.is_active]
        self.work = Work(self.practitioners, site, start_day, days, hours=known.hours, absences=known.absences)
        self.days = self.work.days
        rooms = list(site.rooms.filter(is_active=True)) if known.rooms is None else known.rooms
        self.has_rooms = bool(rooms)
        self.rooms = [room] if room in rooms else [] if room else rooms
        self.loaded_until = start_day
        if known.busy is not None:
            self._take(known.busy)
            self.loaded_until = self.days[-1] + timedelta(days=1)

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
        self._take(busy)

    def _take(self, busy):
        """Remember when rooms and practitioners are busy, these also while the patient is."""
        mine = busy.get(("patient", self.patient and self.patient.pk), [])
        closed = self.work.closed_rooms
        self.taken_rooms = {
            room.pk: BusyTimes(busy.get(("room", room.pk), []) + closed[room.pk]) for room in self.rooms
        }
        self.taken = {
            person.pk: BusyTimes(busy.get(("practitioner", person.pk), []) + mine) for person in self.practitioners
        }

    def slots_on(self, day, after=None, before=None):
        while day >= self.loaded_until:
            self._load()
        first = after and local_time.first_instant(day, after, self.work.zone)
        last = before and local_time.last_instant(day, before, self.work.zone)
        for practitioner in self.practitioners:
            if self.type.needs_certificate and not practitioner.may_needle_on(day):
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
