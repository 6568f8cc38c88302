"""A patient's visits as a calendar file (RFC 5545). It names the site, and neither the treatment nor a person."""

from datetime import UTC, timedelta

from icalendar import Alarm, Calendar, Event

from clinic.diary.calendar_feed import LONG_AGO, uid_of
from clinic.models import Appointment

REMIND = timedelta(hours=24)


def calendar_of_visits(visits):
    """The file as bytes. The visits have their names loaded.

    A file that is sent after a move or a cancellation changes the entries of the earlier one.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Filiform//Visits//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for visit in visits:
        calendar.add_component(_event(visit))
    return calendar.to_ical()


def _event(visit):
    site, event = visit.practitioner.site, Event()
    is_cancelled = visit.status == Appointment.Status.CANCELLED
    event.add("uid", uid_of(visit))
    event.add("dtstamp", (visit.booked_at or LONG_AGO).astimezone(UTC))
    event.add("sequence", visit.version)
    # UTC needs no definition of a time zone, which some calendars read wrongly.
    event.add("dtstart", visit.starts_at.astimezone(UTC))
    event.add("dtend", visit.ends_at.astimezone(UTC))
    event.add("summary", f"{'Cancelled: ' if is_cancelled else ''}Appointment at {site.name}")
    event.add("status", "CANCELLED" if is_cancelled else "CONFIRMED")
    event.add("location", ", ".join(filter(None, [site.name, site.address])))
    if site.phone:
        event.add("description", f"To change or cancel it, please call {site.phone}.")
    if is_cancelled:
        return event
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", f"Appointment at {site.name}")
    alarm.add("trigger", -REMIND)
    event.add_component(alarm)
    return event
