"""Sites and rooms, practitioners and their hours, appointments, reminders and the waiting list."""

from .appointment import Appointment
from .appointment_change import AppointmentChange, CallAttempt
from .appointment_type import AppointmentType
from .clinic_settings import ClinicSettings
from .feed import CalendarFeed
from .hours import TimeOff, WorkingHours
from .practitioner import Practitioner
from .reminder import Reminder
from .signing_pin import SigningPin
from .site import Room, Site, known_timezone
from .waiting_list import WaitingListEntry

__all__ = [
    "Appointment",
    "AppointmentChange",
    "AppointmentType",
    "CalendarFeed",
    "CallAttempt",
    "ClinicSettings",
    "Practitioner",
    "Reminder",
    "Room",
    "SigningPin",
    "Site",
    "TimeOff",
    "WaitingListEntry",
    "WorkingHours",
    "known_timezone",
]
