"""Preview a repeat before it is booked: each visit with the problems that prevent it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db.models import Q

from clinic.diary import local_time
from clinic.diary.booking_rules import outside_hours, reasons_against
from clinic.diary.clashes import clash_messages, clashes_among
from clinic.diary.intervals import BusyTimes
from clinic.diary.working_hours import absences_between, closed_rooms, usual_rooms
from clinic.models import Appointment, Room


@dataclass
class ProposedVisit:
    """One visit of a repeat. `visit` is None if the local time does not exist, or occurs twice and none was chosen."""

    wall: datetime
    visit: Appointment | None = None
    problems: list = field(default_factory=list)

    @property
    def starts_at(self):
        return self.visit and self.visit.starts_at

    @property
    def room(self) -> Room | None:
        return self.visit and self.visit.room

    @property
    def is_free(self):
        return not self.problems


def series_preview(patient, *, practitioner, type, walls, practitioners=None, room=None, folds=None, minutes=None):
    """A ProposedVisit for each of the local times `walls`, in the same order, with its problems. Stores nothing.

    `practitioners` has the practitioner of each visit, all of the same site, if some are not with `practitioner`.
    `folds` selects which one of a time that occurs twice is meant: {wall: 0 or 1}. Without a room, or if it is taken, a
    free room of the site is proposed, the practitioner's usual one first.
    """
    zone, length = practitioner.site.zone, timedelta(minutes=minutes or type.minutes)
    proposals = [ProposedVisit(wall) for wall in walls]
    for proposal, person in zip(proposals, practitioners or [practitioner] * len(walls), strict=True):
        try:
            starts_at = local_time.local_instant(proposal.wall, zone, fold=(folds or {}).get(proposal.wall))
        except ValidationError as refusal:
            proposal.problems = refusal.messages
            continue
        proposal.visit = Appointment(patient=patient, practitioner=person, type=type, room=room, starts_at=starts_at)
        proposal.visit.ends_at = starts_at + length
    _add_problems([proposal for proposal in proposals if proposal.visit])
    return proposals


def _add_problems(proposals):
    if not proposals:
        return
    visits = [proposal.visit for proposal in proposals]
    site = visits[0].practitioner.site
    others = [*_others(visits), *visits]
    rooms = [room for room in site.rooms.all() if room.is_active]
    hours, usual = _hours_and_usual_rooms(visits)
    closed = closed_rooms(absences_between(*_span(visits), practitioners=[], sites=[site]))
    for proposal in proposals:
        visit = proposal.visit
        outside = hours[id(visit)]
        overlapping = [
            other
            for other in others
            if other is not visit and visit.starts_at < other.ends_at and other.starts_at < visit.ends_at
        ]
        preferred = sorted(rooms, key=lambda room: room not in usual[id(visit)])
        if rooms and not _take_a_free_room(visit, preferred, overlapping, closed):
            proposal.problems.append("All rooms are taken at this time.")
        proposal.problems += clash_messages(clashes_among(visit, overlapping))
        proposal.problems += [outside] if outside else []
        proposal.problems += [message for _, message in reasons_against(visit, closed=closed)]


def _hours_and_usual_rooms(visits):
    """({id of a visit: a message if it is outside the working hours}, {id of a visit: usual rooms}) of all visits."""
    hours, usual = {}, {}
    for person in {visit.practitioner_id: visit.practitioner for visit in visits}.values():
        mine = [visit for visit in visits if visit.practitioner_id == person.pk]
        keys = [id(visit) for visit in mine]
        hours |= zip(keys, outside_hours(mine), strict=True)
        usual |= zip(keys, usual_rooms(person, [(visit.starts_at, visit.ends_at) for visit in mine]), strict=True)
    return hours, usual


def _others(visits):
    """Active appointments from the first to the last visit that could clash with one of them. One query."""
    span, first = _span(visits), visits[0]
    people = {visit.practitioner_id for visit in visits}
    can_clash = Q(practitioner__in=people) | Q(patient=first.patient) | Q(room__site=first.practitioner.site_id)
    return Appointment.objects.active().overlapping(*span).filter(can_clash).select_related("practitioner__site")


def _span(visits):
    return min(visit.starts_at for visit in visits), max(visit.ends_at for visit in visits)


def _take_a_free_room(visit, rooms, overlapping, closed):
    """Give the visit the first of the rooms that is free, unless its own is. Returns whether it has a free room."""
    span = visit.starts_at, visit.ends_at
    taken = {other.room_id for other in overlapping}
    taken |= {room for room, times in closed.items() if not BusyTimes(times).is_clear(*span)}
    if visit.room_id is None or visit.room_id in taken:
        visit.room = next((room for room in rooms if room.pk not in taken), None)
    return visit.room is not None
