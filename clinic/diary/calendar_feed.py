"""A practitioner's diary in the iCalendar format (RFC 5545): times, initials and rooms.

It contains no names, visit types or notes, because the file is stored on phones and with calendar providers.
"""

from datetime import UTC, datetime, timedelta

from django.db.models import Max
from django.utils import timezone
from django.utils.crypto import salted_hmac
from icalendar import Calendar, Event

from clinic.models import Appointment

from .clock_changes import vtimezone

BEFORE, AFTER = timedelta(days=30), timedelta(days=180)
MINUTE = timedelta(minutes=1)
REFRESH = 15 * MINUTE
# For imported visits, which have no time of booking.
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def calendar_of(practitioner, *, at=None, visits=None):
    """The feed as bytes, by default with `visits_in_feed`. The same diary gives the same bytes."""
    at = at or timezone.now()
    calendar = Calendar()
    calendar.add("prodid", "-//Filiform//Diary//EN")
    calendar.add("version", "2.0")
    calendar.add("name", f"Filiform, {practitioner}")
    calendar.add("x-wr-calname", f"Filiform, {practitioner}")
    calendar.add("x-wr-timezone", practitioner.site.zone.key)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", f"PT{REFRESH // MINUTE}M")  # the same hint, for Outlook
    # Whole years, so that the file changes only when the diary does.
    calendar.add_component(vtimezone(practitioner.site.zone, (at - BEFORE).year, (at + AFTER).year))
    for appointment in visits_in_feed(practitioner, at=at) if visits is None else visits:
        calendar.add_component(_event(appointment))
    return calendar.to_ical()


def visits_in_feed(practitioner, *, at=None):
    """The visits of the last 30 and the next 180 days, each with names and `last_change_at`."""
    at = at or timezone.now()
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
    initials = appointment.patient.initials
    # Some calendar programs show a cancelled visit as if it took place.
    event.add("summary", initials if appointment.is_active else f"Cancelled: {initials}")
    event.add("location", ", ".join(str(part) for part in (appointment.practitioner.site, appointment.room) if part))
    event.add("class", "PRIVATE")
    event.add("status", "CONFIRMED" if appointment.is_active else "CANCELLED")
    event.add("transp", "OPAQUE" if appointment.is_active else "TRANSPARENT")
    return event


def uid_of(appointment):
    """An id that survives a move, differs between clinics, and does not reveal how many visits a clinic has."""
    return f"{salted_hmac('clinic.calendar_feed', str(appointment.pk), algorithm='sha256').hexdigest()[:32]}@filiform"
