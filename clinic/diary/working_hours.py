"""Working hours and absences: when somebody works, is away, or is used to which room."""

from collections import defaultdict
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q

from clinic.diary import local_time
from clinic.diary.intervals import is_within, merged, without
from clinic.models import TimeOff, WorkingHours
from clinic.models.hours import MIDNIGHT


class Hours:
    """The working hours of some practitioners on any day, loaded with one query."""

    def __init__(self, practitioner_ids):
        self.rows, self.known, self.seconds = defaultdict(list), {}, {}
        rows = WorkingHours.objects.filter(practitioner__in=practitioner_ids).select_related("room")
        for row in rows.order_by("starts", "pk"):
            self.rows[row.practitioner_id].append(row)

    def has_any(self, practitioner_id):
        """Whether working hours of this practitioner are known for any day."""
        return practitioner_id in self.rows

    def on(self, practitioner_id, day):
        """The rows of WorkingHours that apply on a day, in time order."""
        return [row for row in self.rows.get(practitioner_id, ()) if row.applies_on(day)]

    def periods(self, practitioner_id, day, zone):
        """The merged periods of work on a local day."""
        if (practitioner_id, day) not in self.known:
            rows = self.on(practitioner_id, day)
            self.known[practitioner_id, day] = merged(period_of(row, day, zone) for row in rows)
        return self.known[practitioner_id, day]

    def cover(self, practitioner_id, start, end, zone):
        """Whether [start, end) is inside the working hours; True for a practitioner without any working hours."""
        if not self.has_any(practitioner_id):
            return True
        return is_within(start, end, self.periods(practitioner_id, local_time.local_day(start, zone), zone))

    def cover_seconds(self, practitioner_id, start, end, timezone_name):
        """`cover` for times in whole seconds since 1970: fast enough for many thousand visits."""
        if practitioner_id not in self.rows:
            return True
        zone = ZoneInfo(timezone_name)
        day = datetime.fromtimestamp(start, zone).date()
        key = practitioner_id, day
        if key not in self.seconds:
            periods = self.periods(practitioner_id, day, zone)
            self.seconds[key] = [(first.timestamp(), last.timestamp()) for first, last in periods]
        return is_within(start, end, self.seconds[key])


class Work:
    """Working hours and absences of some practitioners on some days. Each is read with a query unless it is given."""

    def __init__(self, practitioners, site, start_day, days, *, hours=None, absences=None):
        self.zone = site.zone
        self.days = [start_day + timedelta(days=number) for number in range(days)]
        self.hours = hours or Hours([person.pk for person in practitioners])
        if absences is None:
            start, end = (local_time.day_bounds(day, self.zone) for day in (start_day, self.days[-1]))
            absences = absences_between(start[0], end[1], practitioners=practitioners, sites=[site])
        self.off, self.closed_rooms = defaultdict(list), closed_rooms(absences)
        for row in absences:
            if not row.room_id:
                self.off[row.practitioner_id].append((row.starts_at, row.ends_at))

    def hours_on(self, practitioner, day):
        return self.hours.on(practitioner.pk, day)

    def periods(self, practitioner, day):
        return self.without_absences(practitioner, self.hours.periods(practitioner.pk, day, self.zone))

    def without_absences(self, practitioner, periods):
        """The periods minus the practitioner's time off and the site's closing times."""
        return without(periods, self.off[practitioner.pk] + self.off[None])


def working_periods(practitioners, *, site, start_day, days=1, hours=None, absences=None):
    """{practitioner id: {day: [(start, end), ...]}}: working hours minus time off and closing times. Two queries.

    `hours` and `absences` are the `Hours` and `absences_between` of the period, if the caller has them already.
    """
    work = Work(practitioners, site, start_day, days, hours=hours, absences=absences)
    return {person.pk: {day: work.periods(person, day) for day in work.days} for person in practitioners}


def within_hours(practitioner, times):
    """[Whether each (start, end) is inside working hours]; always True for a practitioner without any working hours."""
    days = [local_time.local_day(starts_at, practitioner.site.zone) for starts_at, _ in times]
    work = Work([practitioner], practitioner.site, min(days), (max(days) - min(days)).days + 1)
    always_works = not work.hours.has_any(practitioner.pk)
    return [
        is_within(
            *span, work.without_absences(practitioner, [span]) if always_works else work.periods(practitioner, day)
        )
        for span, day in zip(times, days, strict=True)
    ]


def usual_rooms(practitioner, times):
    """For each (start, end) the rooms of the working hours in which it lies. Two queries."""
    days = [local_time.local_day(starts_at, practitioner.site.zone) for starts_at, _ in times]
    work = Work([practitioner], practitioner.site, min(days), (max(days) - min(days)).days + 1)
    return [
        [row.room for row in work.hours_on(practitioner, day) if is_within(*span, [period_of(row, day, work.zone)])]
        for span, day in zip(times, days, strict=True)
    ]


def absences_between(start, end, *, practitioners, sites):
    """[TimeOff] of these practitioners, these sites and their rooms that overlap the period. One query."""
    owned = Q(practitioner__in=practitioners) | Q(site__in=sites) | Q(room__site__in=sites)
    return list(TimeOff.objects.between(start, end).filter(owned).order_by("starts_at"))


def closed_rooms(absences):
    """{room id: [(start, end), ...]}: when single rooms are closed; an empty list for every other room."""
    closed = defaultdict(list)
    for row in absences:
        if row.room_id:
            closed[row.room_id].append((row.starts_at, row.ends_at))
    return closed


def period_of(hours, day, zone):
    """The (start, end) instants of a row of WorkingHours on a day to which it applies."""
    starts_at = local_time.first_instant(day, hours.starts, zone)
    if hours.ends == MIDNIGHT:
        return starts_at, local_time.day_bounds(day, zone)[1]
    return starts_at, local_time.last_instant(day, hours.ends, zone)
