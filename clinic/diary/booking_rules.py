"""Why a visit cannot be booked whatever the diary says: the person, the place, the day, the hours, the certificate."""

from django.utils import timezone

from clinic.diary import local_time
from clinic.diary.availability import within_hours


def reasons_against(visit):
    """[(code, sentence)] against the people, the place and the day of a visit; hours apart."""
    return [(code, sentence) for code, sentence in _reasons(visit) if sentence]


def _reasons(visit):
    practitioner, day = visit.practitioner, local_time.local_day(visit.starts_at, visit.zone)
    yield "patient", visit.patient.why_not_treatable
    if not practitioner.is_active:
        yield "practitioner", f"{practitioner} no longer works here. Choose somebody else."
    if visit.room and visit.room.site_id != practitioner.site_id:
        yield "room", "This room is at another site. Choose a room where the visit is."
    if day < local_time.local_day(timezone.now(), visit.zone):
        yield "past", "That day is over. Choose today or a later day."
    if visit.type.needs_certificate and not practitioner.is_certified_on(day):
        on = f"{day:%-d %B %Y}"
        yield "uncertified", f"{practitioner} has no valid needling certificate on {on}. Choose somebody else."


def outside_hours(visits):
    """For each visit of one practitioner a sentence when it is outside the working hours, otherwise None."""
    present = within_hours(visits[0].practitioner, [(visit.starts_at, visit.ends_at) for visit in visits])
    return [None if is_there else _not_there(visit) for visit, is_there in zip(visits, present, strict=True)]


def _not_there(visit):
    return f"{visit.practitioner} does not work {visit.times} on {visit.starts_at.astimezone(visit.zone):%a %-d %b %Y}."
