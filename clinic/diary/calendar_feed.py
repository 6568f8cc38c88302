"""A practitioner's diary in the iCalendar format (RFC 5545): times, initials and rooms.

It contains no names, visit types or notes, because the file is stored on phones and with calendar providers.
"""

from datetime import UTC, datetime, timedelta

from django.db.models import Max
from django.utils import timezone
from django.utils.crypto import salted_hmac
from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard

from clinic.models import Appointment

BEFORE, AFTER = timedelta(days=30), timedelta(days=180)
SECOND = timedelta(seconds=1)
REFRESH = timedelta(minutes=15)
# For imported visits, which have no time of booking.
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def calendar_of(practitioner, *, at=None):
    """The feed as bytes: visits of the last 30 and the next 180 days. The same diary gives the same bytes."""
    at = at or timezone.now()
    calendar = Calendar()
    calendar.add("prodid", "-//Filiform//Diary//EN")
    calendar.add("version", "2.0")
    calendar.add("name", f"Filiform, {practitioner}")
    calendar.add("x-wr-calname", f"Filiform, {practitioner}")
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add_component(_timezone(practitioner.site.zone, (at - BEFORE).year, (at + AFTER).year))
    for appointment in _visits(practitioner, at):
        calendar.add_component(_event(appointment))
    return calendar.to_ical()


def _visits(practitioner, at):
    visits = Appointment.objects.for_practitioner(practitioner).with_names()
    window = visits.filter(starts_at__gte=at - BEFORE, starts_at__lt=at + AFTER)
    return window.annotate(last_change_at=Max("changes__made_at")).in_time_order()


def _event(appointment):
    changed_at = appointment.last_change_at or appointment.booked_at or LONG_AGO
    event = Event()
    event.add("uid", uid_of(appointment))
    event.add("dtstamp", changed_at.astimezone(UTC))
    event.add("last-modified", changed_at.astimezone(UTC))
    event.add("sequence", appointment.version)
    event.add("dtstart", appointment.starts_at.astimezone(appointment.zone))
    event.add("dtend", appointment.ends_at.astimezone(appointment.zone))
    event.add("summary", appointment.patient.initials)
    event.add("location", ", ".join(str(part) for part in (appointment.practitioner.site, appointment.room) if part))
    event.add("class", "PRIVATE")
    event.add("status", "CONFIRMED" if appointment.is_active else "CANCELLED")
    event.add("transp", "OPAQUE" if appointment.is_active else "TRANSPARENT")
    return event


def uid_of(appointment):
    """An id that survives a move, differs between clinics, and does not reveal how many visits a clinic has."""
    return f"{salted_hmac('clinic.calendar_feed', str(appointment.pk), algorithm='sha256').hexdigest()[:32]}@filiform"


def _timezone(zone, first_year, last_year):
    """The VTIMEZONE for whole years, so that the file changes only when the diary does.

    It lists each clock change separately. The icalendar package writes some changes in the wrong offset or not at all.
    """
    start, end = (datetime(year, 1, 1, tzinfo=UTC) for year in (first_year, last_year + 1))
    component = Timezone()
    component.add("tzid", zone.key)
    component.add_component(_observance(zone, start))
    for change in _clock_changes(zone, start, end):
        component.add_component(_observance(zone, change))
    return component


def _observance(zone, instant):
    """The offset from this instant on. Its start is given in the offset before it (RFC 5545, 3.6.5)."""
    before, after = ((instant + step).astimezone(zone) for step in (-SECOND, timedelta()))
    observance = TimezoneDaylight() if after.utcoffset() > before.utcoffset() else TimezoneStandard()
    observance.add("dtstart", (instant + before.utcoffset()).replace(tzinfo=None))
    observance.add("tzoffsetfrom", before.utcoffset())
    observance.add("tzoffsetto", after.utcoffset())
    observance.add("tzname", after.tzname())
    return observance


def _clock_changes(zone, start, end):
    """Yield the instants from `start` to `end` at which the offset of the zone changes, to the second."""
    for number in range((end - start).days):
        early, late = (start + timedelta(days=day) for day in (number, number + 1))
        if _offset(zone, early) != _offset(zone, late):
            while late - early > SECOND:
                middle = early + (late - early) // SECOND // 2 * SECOND
                early, late = (middle, late) if _offset(zone, middle) == _offset(zone, early) else (early, middle)
            yield late


def _offset(zone, instant):
    return instant.astimezone(zone).utcoffset()
