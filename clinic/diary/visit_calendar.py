"""A patient's own visits as a calendar file (RFC 5545): when and where, and nothing about the treatment."""

from datetime import UTC

from django.utils import timezone
from django.utils.crypto import salted_hmac
from icalendar import Calendar, Event

from clinic.models import Appointment

from .clock_changes import vtimezone


def calendar_of_visits(visits, *, at=None):
    """The file as bytes. A file that is sent after a move or a cancellation changes the entry of the first one."""
    at = at or timezone.now()
    calendar = Calendar()
    calendar.add("prodid", "-//Filiform//Visits//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    years = [visit.starts_at.year for visit in visits]
    for zone in sorted({visit.zone for visit in visits}, key=str):
        calendar.add_component(vtimezone(zone, min(years), max(years)))
    for visit in visits:
        calendar.add_component(_event(visit, at))
    return calendar.to_ical()


def _event(visit, at):
    site, is_cancelled = visit.practitioner.site, visit.status == Appointment.Status.CANCELLED
    event = Event()
    # Not the id of the practitioners' feed: somebody who treats and is treated may have both in one calendar.
    key = salted_hmac("clinic.visit_calendar", str(visit.pk), algorithm="sha256").hexdigest()
    event.add("uid", f"{key[:32]}@filiform")
    event.add("dtstamp", at.astimezone(UTC))
    event.add("sequence", visit.version)
    event.add("dtstart", visit.starts_at.astimezone(visit.zone))
    event.add("dtend", visit.ends_at.astimezone(visit.zone))
    event.add("summary", f"Cancelled: {site}" if is_cancelled else f"Appointment, {site}")
    event.add("location", ", ".join(filter(None, [site.name, site.address])))
    event.add("class", "PRIVATE")
    event.add("status", "CANCELLED" if is_cancelled else "CONFIRMED")
    return event
