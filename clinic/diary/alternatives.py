"""Who could take a visit over at its own time, and other times for visits that cannot take place."""

from collections import defaultdict
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from clinic.diary import local_time
from clinic.diary.availability import Known, Slot, free_slots
from clinic.diary.intervals import BusyTimes, is_within
from clinic.diary.working_hours import Hours, absences_between, closed_rooms, period_of, working_periods
from clinic.models import Appointment

OFFERED = 3
# Nearest times are looked for in so many days from the visit on, or from today if the visit is over.
DAYS = 14
# The search covers at most so many days; visits after that have no nearest times.
MOST_DAYS = 42
# For one visit of a repeat: so many times, on so many days before and after.
IN_A_REPEAT = 6
NEAR = timedelta(days=4)


def same_time(visit, *, now=None):
    """A Slot at the time of the visit for each colleague at its site who works then and is free. Five queries."""
    diary = _Diary([visit], visit.practitioner.site, now or timezone.now(), search_days=1)
    return [slot for slot in diary.slots_at_its_time(visit) if slot.practitioner.pk != visit.practitioner_id]


def alternatives_of(visits, *, site, now=None):
    """{pk: [Slot, ...]} for visits of one site, at most OFFERED each. The visits have their names loaded.

    First the same time, with the same practitioner in another room or with a colleague; then the nearest time with the
    same practitioner; then the nearest times with anybody. A time that is offered first to one visit is not offered to
    another, so that each can take its first offer. Five queries for any number of visits.
    """
    visits = [visit for visit in visits if visit.patient.is_treatable]
    if not visits:
        return {}
    now = now or timezone.now()
    diary = _Diary(visits, site, now)
    offers = {}
    for visit in visits:
        offers[visit.pk] = [diary.reserve(slot, visit) for slot in diary.slots_at_its_time(visit)[:1]]
    for visit in visits:
        if not offers[visit.pk]:
            offers[visit.pk] = [diary.reserve(slot, visit) for slot in diary.nearest(visit, [], most=1)]
    return {visit.pk: diary.nearest(visit, offers[visit.pk], most=OFFERED) for visit in visits}


def instead_of(starts_at, *, practitioner, people, type, patient, minutes, taken=(), now=None):
    """[Slot] for one visit of a repeat that cannot be booked with `practitioner` at this time, at most IN_A_REPEAT.

    First the same time with one of the other `people`; then the nearest times of that day and of near days with the
    practitioner; then with anybody. `taken` are the (start, end) of the patient's other visits of the repeat. At most
    thirteen queries.
    """
    if not patient.is_treatable:
        return []
    site, now = practitioner.site, now or timezone.now()
    start, length = starts_at.astimezone(site.zone), timedelta(minutes=minutes)
    day, today = start.date(), local_time.local_day(now, site.zone)
    search = {"site": site, "practitioners": people, "patient": patient, "minutes": minutes, "now": now}
    times = {"after": start.time(), "before": (start + length).time()}
    at_this_time = free_slots(type, start_day=max(day, today), days=1, **times, **search) if day >= today else []
    first = max(today, day - NEAR)
    near = free_slots(type, start_day=first, days=(max(day, today) + NEAR - first).days + 1, **search)
    near.sort(key=lambda slot: abs(slot.starts_at - starts_at))
    mine = [slot for slot in near if slot.practitioner == practitioner]
    own_day = [slot for slot in mine if local_time.local_day(slot.starts_at, site.zone) == day]
    same_clock = sorted(mine, key=lambda slot: abs(_minutes_of_day(slot, site) - start.hour * 60 - start.minute))
    offers = [slot for slot in at_this_time if BusyTimes(taken).is_clear(slot.starts_at, slot.ends_at)][:2]
    for slots, most in ((own_day, 4), (same_clock, IN_A_REPEAT), (near, IN_A_REPEAT)):
        for slot in slots:
            not_these = BusyTimes([*taken, *((offer.starts_at, offer.ends_at) for offer in offers)])
            if len(offers) < most and not_these.is_clear(slot.starts_at, slot.ends_at):
                offers.append(slot)
    return offers


def _minutes_of_day(slot, site):
    local = slot.starts_at.astimezone(site.zone)
    return local.hour * 60 + local.minute


class _Diary:
    """What is free at a site on the days of some visits."""

    def __init__(self, visits, site, now, search_days=DAYS):
        self.site, self.now = site, now
        self.people = list(site.practitioners.active().select_related("user", "site"))
        self.rooms = list(site.rooms.filter(is_active=True))
        today = local_time.local_day(now, site.zone)
        days = [max(today, local_time.local_day(visit.starts_at, site.zone)) for visit in visits]
        self.start_day = min(days)
        self.days = min((max(days) - self.start_day).days + search_days, MOST_DAYS)
        start = local_time.day_bounds(self.start_day, site.zone)[0]
        period = start, start + timedelta(days=self.days + 1)
        self.hours = Hours([person.pk for person in self.people])
        self.absences = absences_between(*period, practitioners=self.people, sites=[site])
        known = {"hours": self.hours, "absences": self.absences}
        self.work = working_periods(self.people, site=site, start_day=self.start_day, days=self.days, **known)
        self.busy = self._busy(visits, period)
        self.slots = {}

    def _busy(self, visits, period):
        """{("practitioner", "room" or "patient", pk): [(start, end, visit pk), ...]} of the period. One query."""
        patients = {visit.patient_id for visit in visits}
        relevant = Q(practitioner__in=self.people) | Q(room__in=self.rooms) | Q(patient__in=patients)
        rows = Appointment.objects.active().overlapping(*period).filter(relevant)
        busy = defaultdict(list)
        for pk, starts_at, ends_at, *ids in rows.values_list(
            "pk", "starts_at", "ends_at", "practitioner", "room", "patient"
        ):
            for kind, owner in zip(("practitioner", "room", "patient"), ids, strict=True):
                busy[kind, owner].append((starts_at, ends_at, pk))
        for room, times in closed_rooms(self.absences).items():
            busy["room", room] += [(*span, None) for span in times]
        return busy

    def slots_at_its_time(self, visit):
        """[Slot] for everybody who could take the visit at its time, its own practitioner first, in a free room."""
        start, end = visit.starts_at, visit.ends_at
        if start <= self.now or not self._is_clear(("patient", visit.patient_id), visit, start, end):
            return []
        rooms = [room for room in self.rooms if self._is_clear(("room", room.pk), visit, start, end)]
        if self.rooms and not rooms:
            return []
        return [
            Slot(person, self._preferred_room(rooms, person, visit), start, end)
            for person in sorted(self.people, key=lambda person: person.pk != visit.practitioner_id)
            if self._works(person, visit) and self._is_clear(("practitioner", person.pk), visit, start, end)
        ]

    def _preferred_room(self, rooms, person, visit):
        """One of the free rooms: the visit's own for the same practitioner, for a colleague one that they work in."""
        day = local_time.local_day(visit.starts_at, self.site.zone)
        periods = ((row.room_id, *period_of(row, day, self.site.zone)) for row in self.hours.on(person.pk, day))
        usual = {room for room, start, end in periods if start <= visit.starts_at < end}
        is_same = person.pk == visit.practitioner_id
        order = sorted(rooms, key=lambda room: (not is_same and room.pk not in usual, room.pk != visit.room_id))
        return next(iter(order), None)

    def nearest(self, visit, found, *, most):
        """`found`, filled up to `most` Slots: one with the same practitioner, and then with anybody."""
        key = visit.type_id, visit.minutes
        if key not in self.slots:
            search = {"start_day": self.start_day, "days": self.days, "minutes": visit.minutes, "now": self.now}
            busy = {owner: [span[:2] for span in spans] for owner, spans in self.busy.items()}
            known = Known(self.hours, self.absences, self.rooms, busy)
            self.slots[key] = free_slots(visit.type, site=self.site, practitioners=self.people, known=known, **search)
        slots = sorted(self.slots[key], key=lambda slot: abs(slot.starts_at - visit.starts_at))
        mine = [slot for slot in slots if slot.practitioner.pk == visit.practitioner_id]
        found = list(found)
        has_own = any(slot.practitioner.pk == visit.practitioner_id for slot in found)
        for among, number in ((mine, len(found) + (not has_own)), (slots, most)):
            for slot in among:
                if len(found) >= min(number, most):
                    break
                if all(slot.starts_at != other.starts_at for other in found) and self._is_still_free(slot, visit):
                    found.append(slot)
        return found

    def reserve(self, slot, visit):
        """Take this time for the visit, so that no other visit gets it as an offer."""
        span = slot.starts_at, slot.ends_at, visit.pk
        self.busy["practitioner", slot.practitioner.pk].append(span)
        if slot.room:
            self.busy["room", slot.room.pk].append(span)
        return slot

    def _is_still_free(self, slot, visit):
        owners = [("practitioner", slot.practitioner.pk), ("patient", visit.patient_id)]
        owners += [("room", slot.room.pk)] if slot.room else []
        return all(self._is_clear(owner, visit, slot.starts_at, slot.ends_at) for owner in owners)

    def _is_clear(self, owner, visit, start, end):
        """Whether no other visit takes this owner's time. The visit that is moved gives up its own."""
        taken = [(s, e) for s, e, pk in self.busy[owner] if pk != visit.pk]
        return BusyTimes(taken).is_clear(start, end)

    def _works(self, person, visit):
        day = local_time.local_day(visit.starts_at, self.site.zone)
        periods = self.work[person.pk].get(day, [])
        is_certified = not visit.type.needs_certificate or person.may_needle_on(day)
        return is_certified and is_within(visit.starts_at, visit.ends_at, periods)
