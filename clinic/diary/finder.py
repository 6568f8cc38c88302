"""Find free times as a patient asks for them: on these days, at this time of day, with one of these people, here.

Booking, moving, repeats and the waiting list share this search.
"""

from dataclasses import dataclass, field
from datetime import date, time, timedelta

from django.utils import timezone

from clinic.diary import local_time
from clinic.diary.availability import Known, slots_by_day
from clinic.models import Appointment, Practitioner, Room

SEARCHED_DAYS = 56
ON_A_DAY = 4
IN_ALL = 12


@dataclass(frozen=True)
class Wish:
    """When, with whom and where a visit may be. An empty field means that it does not matter.

    `after` and `before` are local times: the visit starts at `after` or later and ends at `before` or earlier. Weekdays
    count from 0, Monday. `minutes` is the length, by default that of the type of visit.
    """

    from_day: date
    until_day: date | None = None
    weekdays: tuple[int, ...] = ()
    after: time | None = None
    before: time | None = None
    practitioners: tuple[Practitioner, ...] = ()
    room: Room | None = None
    minutes: int | None = None


@dataclass
class FoundDay:
    """A day with free times. `more` counts the times that are not in `slots`; `booked` are the patient's visits."""

    day: date
    slots: list
    more: int = 0
    booked: list = field(default_factory=list)


@dataclass
class Found:
    """The days with free times, soonest first. `next_day` is where to search on; None after the last day."""

    days: list
    last_day: date
    next_day: date | None = None

    @property
    def slots(self):
        return [slot for found in self.days for slot in found.slots]


def find_times(type, wish, *, site, people=None, rooms=None, patient=None, ignoring=None, whole_day=None, now=None):
    """The free times that a Wish allows, soonest first, as Found: up to 12, and up to 4 on one day. Seven queries.

    The search covers eight weeks from `wish.from_day` or today. Times on a day follow each other without overlap, so
    that they are not the quarters of one gap; on `whole_day` all times are listed. If nobody in particular is wished,
    each time is listed once, with one of `people`, by default everybody of the site. `rooms` are the active rooms of
    the site, if the caller knows them. `ignoring` is the visit that is moved, which gives up its own time.
    """
    today = local_time.local_day(now or timezone.now(), site.zone)
    first = max(wish.from_day, today)
    last = min(first + timedelta(days=SEARCHED_DAYS - 1), wish.until_day or date.max)
    if last < first:
        return Found([], last)
    days, shown, next_day = [], 0, None
    for day, slots in slots_by_day(
        type,
        site=site,
        practitioners=wish.practitioners or people,
        start_day=first,
        days=(last - first).days + 1,
        patient=patient,
        minutes=wish.minutes,
        now=now,
        room=wish.room,
        weekdays=wish.weekdays,
        after=wish.after,
        before=wish.before,
        ignoring=ignoring,
        known=Known(rooms=rooms),
    ):
        if shown >= IN_ALL:
            next_day = day
            break
        listed = slots if wish.practitioners else _one_each(slots)
        kept = listed if day == whole_day else _one_after_another(listed)[:ON_A_DAY]
        days.append(FoundDay(day, kept, more=len(listed) - len(kept)))
        shown += len(kept)
    else:
        next_day = None if last == wish.until_day else last + timedelta(days=1)
    _add_booked(days, patient, ignoring, site.zone)
    return Found(days, last, next_day)


def _one_each(slots):
    """One slot for each start: the first practitioner's."""
    first = {}
    for slot in slots:
        first.setdefault(slot.starts_at, slot)
    return list(first.values())


def _one_after_another(slots):
    """The slots without those that begin before the last one of the same practitioner ends."""
    kept, until = [], {}
    for slot in slots:
        if slot.starts_at >= until.get(slot.practitioner.pk, slot.starts_at):
            kept.append(slot)
            until[slot.practitioner.pk] = slot.ends_at
    return kept


def _add_booked(days, patient, ignoring, zone):
    """Add to each day the visits that the patient has on it already. One query."""
    if not days or not patient:
        return
    start, end = local_time.day_bounds(days[0].day, zone)[0], local_time.day_bounds(days[-1].day, zone)[1]
    visits = Appointment.objects.active().filter(patient=patient, starts_at__gte=start, starts_at__lt=end)
    by_day = {found.day: found for found in days}
    for visit in visits.exclude(pk=ignoring and ignoring.pk).with_names().in_time_order():
        if found := by_day.get(local_time.local_day(visit.starts_at, zone)):
            found.booked.append(visit)
