"""The layout of the diary: columns of visits, absences and gaps for a day, or for one practitioner's week."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from clinic.diary import local_time
from clinic.diary.colours import give_colours
from clinic.diary.intervals import merged, without
from clinic.diary.layout import ROW_MINUTES, give_places
from clinic.diary.legend import ICONS, IMPOSSIBLE, REPLIES, UNCONFIRMED
from clinic.diary.obstacles import obstacles_of
from clinic.diary.visit_links import with_answers
from clinic.diary.working_hours import Hours, absences_between, working_periods
from clinic.models import Appointment, Practitioner, Room

HEAD_ROWS = 2  # CSS grid lines count from 1, and the first row is the column heading
USUAL_HOURS = (8, 18)
Status = Appointment.Status
SHOWN = (
    "patient__given_name patient__family_name patient__born_on patient__birth_precision patient__phone"
    " patient__desk_note patient__is_active patient__died_on patient__merged_into patient__import_undone_at"
    " type room practitioner starts_at ends_at status arrived_at overlap_reason note outside_hours_at version"
).split()


@dataclass
class Cell:
    """A visit on grid lines `top` to `end`, in one of several lanes where visits overlap."""

    appointment: Appointment
    starts_at: datetime
    ends_at: datetime
    top: int = 0
    end: int = 0
    lane: int = 1
    lanes: int = 1
    kind = "visit"
    colour = ""

    @property
    def obstacle(self):
        """Why the visit cannot take place, or ""."""
        return getattr(self.appointment, "obstacle", "")

    @property
    def icon(self):
        if self.obstacle:
            return IMPOSSIBLE[0]
        return self._answer[0] if self._answer else ICONS[self.appointment.status]

    @property
    def label(self):
        """The status, or for a booked visit what its patient answered to a message, or that they have not."""
        return self._answer[1] if self._answer else self.appointment.get_status_display()

    @property
    def reply(self):
        visit = self.appointment
        return visit.reply_kind if visit.status == Status.BOOKED and visit.reply_closed_at is None else None

    @property
    def _answer(self):
        """(icon, label) of the patient's answer or of its lack; None for a visit that nobody was asked to confirm."""
        return REPLIES[self.reply] if self.reply else UNCONFIRMED if self.appointment.is_unconfirmed else None

    @property
    def css(self):
        status = "broken" if self.obstacle else self.appointment.status.replace("_", "")
        return f"fl-slot--{status} fl-k--{self.colour}" if self.colour else f"fl-slot--{status}"


@dataclass
class Off:
    """Time that cannot be booked, with a label such as "Break"."""

    starts_at: datetime
    ends_at: datetime
    label: str
    top: int = 0
    end: int = 0
    kind = "off"


@dataclass
class Gap:
    """Free time during working hours."""

    starts_at: datetime
    ends_at: datetime
    top: int = 0
    end: int = 0
    kind = "gap"

    @property
    def rows(self):
        return self.end - self.top


@dataclass
class Column:
    title: str
    subtitle: str
    day: object
    practitioner: Practitioner | None = None
    room: Room | None = None
    items: list = field(default_factory=list)
    now_row: int | None = None


@dataclass
class Grid:
    zone: object
    columns: list
    first_hour: int = USUAL_HOURS[0]
    last_hour: int = USUAL_HOURS[1]
    now: datetime | None = None
    now_row: int | None = None
    is_by_room: bool = False
    colours: list = field(default_factory=list)  # (colour, what it means) for each that is shown

    @property
    def hours(self):
        """[(grid line, "08:00"), ...] for each hour shown."""
        return [(self.row(hour * 60), f"{hour:02}:00") for hour in range(self.first_hour, self.last_hour)]

    @property
    def last_row(self):
        return self.row(self.last_hour * 60)

    def row(self, minute):
        """The grid line at this minute of the day, or at the first hour shown if that is later."""
        return HEAD_ROWS + max(0, minute - self.first_hour * 60) // ROW_MINUTES


def day_grid(day, site, *, by="practitioner", practitioner_ids=(), room_ids=(), now=None):
    """The Grid of a day, by practitioner or by room. The number of queries does not grow with that of the visits."""
    bounds = local_time.day_bounds(day, site.zone)
    visits = _visits(Appointment.objects.filter(practitioner__site=site), bounds, now)
    is_here = Q(is_active=True, user__is_active=True) | Q(pk__in={visit.practitioner_id for visit in visits})
    people = list(site.practitioners.select_related("user").filter(is_here))
    if practitioner_ids:
        people = [person for person in people if person.pk in practitioner_ids]
        visits = [visit for visit in visits if visit.practitioner_id in practitioner_ids]
    hours, absences = _prepare(visits, people, site, bounds, now)
    work = working_periods(people, site=site, start_day=day, hours=hours, absences=absences)
    away = _by_owner(absences)
    if by == "room":
        open_times = merged(period for days in work.values() for period in days[day])
        columns = _room_columns(day, site, visits, open_times, away, bounds, room_ids)
        return give_colours(_lay_out(columns, site.zone, now, is_by_room=True), site)
    mine = _grouped(visits, "practitioner_id")
    columns = [
        _person_column(person, day, mine[person.pk], work[person.pk][day], away[person.pk] + away[None], bounds)
        for person in people
    ]
    return give_colours(_lay_out(columns, site.zone, now), site)


def week_grid(practitioner, monday, *, now=None):
    """The Grid of one practitioner's week from `monday`, with a column for each day."""
    site, days = practitioner.site, [monday + timedelta(days=number) for number in range(7)]
    bounds = local_time.day_bounds(days[0], site.zone)[0], local_time.day_bounds(days[-1], site.zone)[1]
    visits = _visits(practitioner.appointments, bounds, now)
    hours, absences = _prepare(visits, [practitioner], site, bounds, now)
    work = working_periods([practitioner], site=site, start_day=monday, days=7, hours=hours, absences=absences)[
        practitioner.pk
    ]
    away = _by_owner(absences)
    by_day = defaultdict(list)
    for visit in visits:
        by_day[local_time.local_day(visit.starts_at, site.zone)].append(visit)
    columns = [
        _person_column(
            practitioner,
            day,
            by_day[day],
            work[day],
            away[practitioner.pk] + away[None],
            local_time.day_bounds(day, site.zone),
            week=True,
        )
        for day in days
    ]
    return give_colours(_lay_out(columns, site.zone, now), site)


def _visits(appointments, bounds, now):
    before = Appointment.objects.active().filter(patient=OuterRef("patient"), starts_at__lt=OuterRef("starts_at"))
    found = appointments.filter(starts_at__gte=bounds[0], starts_at__lt=bounds[1], is_booking_undone=False)
    # Hundreds of visits share a few types and rooms, so these are loaded once and not with each visit.
    found = found.annotate(has_been_here=Exists(before)).select_related("patient").prefetch_related("type", "room")
    return list(with_answers(found.only(*SHOWN), at=now or timezone.now()).in_time_order())


def _prepare(visits, people, site, bounds, now):
    """Give each visit its practitioner and obstacle, and `has_namesake`: whether another patient shown has its name.

    Each practitioner gets `has_hours`.

    Returns the Hours and the absences of the period.
    """
    hours = Hours([person.pk for person in people])
    absences = absences_between(*bounds, practitioners=people, sites=[site])
    known = {person.pk: person for person in people}
    for person in people:
        person.has_hours = hours.has_any(person.pk)
    for visit in visits:
        visit.practitioner = known[visit.practitioner_id]
    obstacles = obstacles_of(visits, now=now, hours=hours, absences=absences)
    names = defaultdict(set)
    for visit in visits:
        names[visit.patient.name].add(visit.patient_id)
    for visit in visits:
        visit.has_namesake = len(names[visit.patient.name]) > 1
        visit.obstacle = obstacles[visit.pk][0].sentence if visit.pk in obstacles else ""
    return hours, absences


def _by_owner(absences):
    """{practitioner id, ("room", room id), or None for the whole site: [(start, end, label), ...]}."""
    owners = defaultdict(list)
    for row in absences:
        label = row.reason or ("Away" if row.practitioner_id else "Closed")
        owner = ("room", row.room_id) if row.room_id else row.practitioner_id
        owners[owner].append((row.starts_at, row.ends_at, label))
    return owners


def _grouped(visits, key):
    groups = defaultdict(list)
    for visit in visits:
        groups[getattr(visit, key)].append(visit)
    return groups


def _person_column(person, day, visits, periods, absences, bounds, *, week=False):
    rooms = [visit.room.name for visit in visits if visit.room]
    title = f"{day:%a} {day.day} {day:%b}" if week else str(person)
    subtitle = "" if week else max(set(rooms), key=rooms.count, default="")
    away = [(start, end) for start, end, _ in absences]
    if not person.has_hours:
        periods = without([bounds], away)
    taken = [(visit.starts_at, visit.ends_at) for visit in visits if visit.is_active]
    items = [Cell(visit, visit.starts_at, visit.ends_at) for visit in visits]
    items += _offs(periods, absences, bounds)
    items += [Gap(start, end) for start, end in without(periods, taken)]
    return Column(title, subtitle, day, practitioner=person, items=items)


def _offs(periods, absences, bounds):
    """Yield an Off for each absence, and for the remaining time without work: a break or outside working hours."""
    for start, end, name in absences:
        yield Off(max(start, bounds[0]), min(end, bounds[1]), name)
    work = merged(periods)
    for start, end in without([bounds], work + [(start, end) for start, end, _ in absences]):
        is_break = work and work[0][1] <= start and end <= work[-1][0]
        yield Off(start, end, "Break" if is_break else "Not working")


def _room_columns(day, site, visits, open_times, absences, bounds, room_ids):
    mine = _grouped(visits, "room_id")
    rooms = [room for room in site.rooms.all() if room.is_active or mine[room.pk]]
    shown = [room for room in rooms if room.pk in room_ids] if room_ids else [*rooms, *([None] if mine[None] else [])]
    for room in shown:
        items = [Cell(visit, visit.starts_at, visit.ends_at) for visit in mine[room and room.pk]]
        closed = absences[None] + (absences["room", room.pk] if room else [])
        if room and room.is_active:
            taken = [(visit.starts_at, visit.ends_at) for visit in mine[room.pk] if visit.is_active]
            taken += [(start, end) for start, end, _ in closed]
            items += [Gap(start, end) for start, end in without(open_times, taken)]
        items += [Off(max(start, bounds[0]), min(end, bounds[1]), name) for start, end, name in closed]
        yield Column(room.name if room else "No room", "", day, room=room, items=items)


def _lay_out(columns, zone, now, *, is_by_room=False):
    """Return a Grid of the columns, with each item on its rows and in time order."""
    now = now or timezone.now()
    return give_places(Grid(zone, list(columns), now=now, is_by_room=is_by_room), now)
