"""Obstacles: why a booked visit cannot take place. Booking, the diary, reminders and the list of visits to move ask."""

from dataclasses import dataclass
from datetime import UTC, timedelta

from django.db.models import BooleanField, Case, Exists, F, Func, IntegerField, OuterRef, Q, When
from django.db.models.functions import TruncDate
from django.utils import timezone

from clinic.diary import local_time
from clinic.diary.working_hours import Hours, absences_between
from clinic.models import Appointment, TimeOff

# Visits of these statuses wait for the patient or for their beginning.
WAITING = (Appointment.Status.BOOKED, Appointment.Status.ARRIVED)
# A visit that nobody dealt with stays on the list for this time after its day.
LOOK_BACK = timedelta(days=14)
# Obstacles that do not apply once somebody decides that the visit takes place anyway.
OVERRIDABLE = {"hours", "away", "closed"}


@dataclass(frozen=True)
class Obstacle:
    """One reason. `kind` is "patient", "practitioner", "room", "uncertified", "uncovered", "hours", "away" or "closed".

    `cause` is the same for all visits with the same cause, for example one time off. `heading` names it.
    """

    kind: str
    sentence: str
    heading: str
    cause: tuple

    @property
    def is_overridable(self):
        return self.kind in OVERRIDABLE


def lasting_obstacles(visit):
    """Yield the obstacles that do not depend on the time of day: patient, practitioner, room, certificate and cover.

    No query if the related rows are loaded.
    """
    patient, practitioner, room = visit.patient, visit.practitioner, visit.room
    if message := patient.why_not_treatable:
        yield Obstacle("patient", message, f"{patient.name}: {message}", ("patient", patient.pk))
    if not practitioner.is_active or not practitioner.user.is_active:
        sentence = f"{practitioner} no longer works here."
        yield Obstacle("practitioner", sentence, sentence, ("practitioner", practitioner.pk))
    if room and room.site_id != practitioner.site_id:
        sentence = f"{room.name} is at another site than {practitioner}."
        yield Obstacle("room", sentence, sentence, ("room", room.pk))
    if room and not room.is_active:
        sentence = f"{room.name} is no longer used."
        yield Obstacle("room", sentence, sentence, ("room", room.pk))
    day = local_time.local_day(visit.starts_at, visit.zone)
    if visit.type.needs_certificate and not practitioner.is_certified_on(day):
        sentence = f"{practitioner} has no valid needling certificate on {day:%-d %B %Y}."
        heading = f"{practitioner}: no valid needling certificate"
        yield Obstacle("uncertified", sentence, heading, ("uncertified", practitioner.pk))
    if visit.type.needs_certificate and not practitioner.is_covered_on(day):
        ended = f"{practitioner.cover_expires_on:%-d %B %Y}"
        sentence = f"The insurance cover of {practitioner} ends on {ended}, before this visit."
        yield Obstacle("uncovered", sentence, f"{practitioner}: no insurance cover", ("uncovered", practitioner.pk))


def obstacles_of(visits, *, now=None, hours=None, absences=None):
    """{pk: [Obstacle, ...]} of those of these visits that cannot take place. Two queries for any number of visits.

    A visit that is not waiting has none. One that is over has only those of its time. `hours` and `absences` are the
    `Hours` and `absences_between` of the visits, if the caller has them already.
    """
    visits = [visit for visit in visits if visit.status in WAITING]
    if not visits:
        return {}
    now = now or timezone.now()
    hours = hours or Hours({visit.practitioner_id for visit in visits})
    absences = _absences(visits) if absences is None else absences
    found = {}
    for visit in visits:
        obstacles = list(lasting_obstacles(visit)) if visit.ends_at > now else []
        obstacles += _absence_obstacles(visit, absences)
        span = visit.starts_at, visit.ends_at
        if not obstacles and not visit.outside_hours_at and not hours.cover(visit.practitioner_id, *span, visit.zone):
            day = visit.starts_at.astimezone(visit.zone)
            sentence = f"{visit.practitioner} does not work {visit.times} on {day:%a %-d %b %Y}."
            heading = f"{visit.practitioner}: outside working hours"
            obstacles.append(Obstacle("hours", sentence, heading, ("hours", visit.practitioner_id)))
        if obstacles:
            found[visit.pk] = obstacles
    return found


def impossible_visits(*, site=None, patients=None, now=None):
    """Booked visits that cannot take place, in time order, each with its `obstacles`. At most four queries.

    Those from LOOK_BACK before now on. It reads every booked visit that is still to come, which takes some
    milliseconds for each thousand of them.
    """
    now = now or timezone.now()
    visits = Appointment.objects.filter(status__in=WAITING, starts_at__gte=now - LOOK_BACK)
    if site:
        visits = visits.filter(practitioner__site=site)
    if patients is not None:
        visits = visits.filter(patient__in=patients)
    rows = list(
        visits.values_list(
            "pk",
            "practitioner",
            UnixSeconds("starts_at"),
            UnixSeconds("ends_at"),
            "practitioner__site__timezone",
            "outside_hours_at",
            Case(When(_is_suspect(), then=True), default=False, output_field=BooleanField()),
        )
    )
    hours = Hours({row[1] for row in rows}) if rows else None
    outside = [pk for pk, *visit, allowed_at, _ in rows if not allowed_at and not hours.cover_seconds(*visit)]
    if not outside and not any(is_suspect for *_, is_suspect in rows):
        return []
    suspects = list(visits.filter(_is_suspect() | Q(pk__in=outside)).with_names().in_time_order())
    found = obstacles_of(suspects, now=now, hours=hours)
    for visit in suspects:
        visit.obstacles = found.get(visit.pk, [])
    return [visit for visit in suspects if visit.obstacles]


class UnixSeconds(Func):
    """A time as whole seconds since 1970, which is much faster to read from SQLite than a datetime."""

    template = "CAST(EXTRACT(EPOCH FROM %(expressions)s) AS bigint)"
    output_field = IntegerField()

    def as_sqlite(self, compiler, connection, **context):
        template = "CAST(strftime('%%%%s', %(expressions)s) AS integer)"
        return self.as_sql(compiler, connection, template=template, **context)


def _is_suspect():
    """A condition that is true for every visit with an obstacle other than its hours, and for few others."""
    # The local day is at most one day after the day in UTC.
    utc_day = TruncDate("starts_at", tzinfo=UTC)
    expires_on = "practitioner__certificate_expires_on"
    uncertified = Q(**{expires_on: None}) | Q(**{f"{expires_on}__lte": utc_day})
    uncovered = Q(practitioner__cover_expires_on__lte=utc_day)
    absence = TimeOff.objects.between(OuterRef("starts_at"), OuterRef("ends_at"))
    mine = Q(practitioner=OuterRef("practitioner")) | Q(site=OuterRef("practitioner__site")) | Q(room=OuterRef("room"))
    return (
        ~Q(patient__is_active=True, patient__merged_into=None, patient__died_on=None)
        | Q(practitioner__is_active=False)
        | Q(practitioner__user__is_active=False)
        | Q(room__is_active=False)
        | (Q(room__isnull=False) & ~Q(room__site=F("practitioner__site")))
        | (Q(type__needs_certificate=True) & (uncertified | uncovered))
        | Exists(absence.filter(mine))
    )


def _absences(visits):
    """The absences that overlap any of these visits, and those between them. One query."""
    people, sites = {visit.practitioner_id for visit in visits}, {visit.practitioner.site_id for visit in visits}
    start, end = min(visit.starts_at for visit in visits), max(visit.ends_at for visit in visits)
    return absences_between(start, end, practitioners=people, sites=sites)


def _absence_obstacles(visit, absences):
    for row in absences:
        if row.ends_at <= visit.starts_at or visit.ends_at <= row.starts_at:
            continue
        why = f" ({row.reason})" if row.reason else ""
        days = local_time.days_text(row.starts_at, row.ends_at, visit.zone)
        if row.room_id and row.room_id == visit.room_id:
            # Nobody can decide that the visit takes place in a closed room. It can get another room.
            sentence = f"{visit.room.name} is closed{why}."
            yield Obstacle("room", sentence, f"{sentence.removesuffix('.')}, {days}", ("time_off", row.pk))
        if visit.practitioner_id != row.practitioner_id and visit.practitioner.site_id != row.site_id:
            continue
        if visit.outside_hours_at and not (row.changed_at and row.changed_at > visit.outside_hours_at):
            continue  # somebody knew of this time off and decided that the visit takes place
        if row.practitioner_id:
            kind, sentence = "away", f"{visit.practitioner} is away{why}."
        else:
            kind, sentence = "closed", f"{visit.practitioner.site} is closed{why}."
        yield Obstacle(kind, sentence, f"{sentence.removesuffix('.')}, {days}", ("time_off", row.pk))
