"""Rules that refuse a booking even when the time is free: patient, practitioner, room, day, certificate, cover."""

from django.utils import timezone

from clinic.diary import local_time
from clinic.diary.intervals import BusyTimes
from clinic.diary.obstacles import lasting_obstacles
from clinic.diary.working_hours import absences_between, closed_rooms, within_hours

ADVICE = {
    "patient": "",
    "practitioner": " Choose another practitioner.",
    "room": " Choose another room at the site of the visit.",
    "uncertified": " Choose another practitioner.",
    "uncovered": " Choose another practitioner.",
}


def reasons_against(visit, *, closed=None):
    """Yield (code, message) for each rule that the visit breaks. Working hours are checked by `outside_hours`.

    `closed` are the `closed_rooms` of a time that includes the visit, if the caller has them; this saves a query.
    """
    for obstacle in lasting_obstacles(visit):
        yield obstacle.kind, obstacle.sentence + ADVICE[obstacle.kind]
    span = visit.starts_at, visit.ends_at
    if visit.room_id and closed is None:
        closed = closed_rooms(absences_between(*span, practitioners=[], sites=[visit.practitioner.site]))
    if visit.room_id and not BusyTimes(closed[visit.room_id]).is_clear(*span):
        yield "room", f"{visit.room.name} is closed at this time. Choose another room or another time."
    day = local_time.local_day(visit.starts_at, visit.zone)
    if day < local_time.local_day(timezone.now(), visit.zone):
        yield "past", "That day is in the past. Choose today or a later day."


def outside_hours(visits):
    """For each visit, all of one practitioner, a message if it is outside the working hours, otherwise None."""
    are_within = within_hours(visits[0].practitioner, [(visit.starts_at, visit.ends_at) for visit in visits])
    messages = []
    for visit, is_within in zip(visits, are_within, strict=True):
        day = f"{visit.starts_at.astimezone(visit.zone):%a %-d %b %Y}"
        messages.append(None if is_within else f"{visit.practitioner} does not work {visit.times} on {day}.")
    return messages
