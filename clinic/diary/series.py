"""A repeat before it is booked: a list of real visits, each with what is in its way."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db.models import Q

from clinic.diary import local_time
from clinic.diary.booking_rules import outside_hours, reasons_against
from clinic.diary.clashes import sentences, shared
from clinic.models import Appointment, Room


@dataclass
class ProposedVisit:
    """One visit of a repeat. `starts_at` is None when the local time does not exist, or comes twice."""

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


def series_preview(patient, *, practitioner, type, walls, room=None, folds=None, minutes=None):
    """A ProposedVisit for each naive local time, in the given order, with a sentence for everything in its way.

    `folds` says for a time that comes twice which one is meant: {wall: 0 or 1}. When only the room is taken, another
    free room of the site is proposed. Adjust the times and ask again; nothing is stored.
    """
    zone, length = practitioner.site.zone, timedelta(minutes=minutes or type.minutes)
    proposals = [ProposedVisit(wall) for wall in walls]
    for proposal in proposals:
        try:
            starts_at = local_time.local_instant(proposal.wall, zone, fold=(folds or {}).get(proposal.wall))
        except ValidationError as refusal:
            proposal.problems = refusal.messages
            continue
        proposal.visit = Appointment(
            patient=patient, practitioner=practitioner, type=type, room=room, starts_at=starts_at
        )
        proposal.visit.ends_at = starts_at + length
    _mark([proposal for proposal in proposals if proposal.visit])
    return proposals


def _mark(proposals):
    if not proposals:
        return
    visits = [proposal.visit for proposal in proposals]
    practitioner = visits[0].practitioner
    hours = outside_hours(visits)
    others = [*_others(visits), *visits]
    rooms = [room for room in practitioner.site.rooms.all() if room.is_active] if visits[0].room else []
    for proposal, not_there in zip(proposals, hours, strict=True):
        visit = proposal.visit
        at_once = [other for other in others if other is not visit and _overlap(visit, other)]
        _take_a_free_room(visit, rooms, at_once)
        proposal.problems += sentences(shared(visit, at_once))
        proposal.problems += [not_there] if not_there else []
        proposal.problems += [sentence for _, sentence in reasons_against(visit)]


def _others(visits):
    """Every visit between the first and the last that could be in the way. One query."""
    span = min(visit.starts_at for visit in visits), max(visit.ends_at for visit in visits)
    one = visits[0]
    about = Q(practitioner=one.practitioner) | Q(patient=one.patient)
    if one.room:
        about |= Q(room__site=one.practitioner.site_id)
    return Appointment.objects.active().overlapping(*span).filter(about).select_related("practitioner__site")


def _take_a_free_room(visit, rooms, at_once):
    taken = {other.room_id for other in at_once}
    if visit.room_id in taken:
        visit.room = next((room for room in rooms if room.pk not in taken), visit.room)


def _overlap(one, other):
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at
