"""Sites and rooms, practitioners and their hours, appointments, messages to patients and the waiting list."""

from .account_change import AccountChange
from .appointment import Appointment
from .appointment_change import AppointmentChange, CallAttempt
from .appointment_type import AppointmentType
from .backup import Backup
from .clinic_settings import ClinicSettings
from .feed import CalendarFeed
from .hours import TimeOff, WorkingHours
from .message import Message
from .message_text import MessageText
from .patient_site import OtherSiteAccess, PatientSite
from .practitioner import Practitioner
from .retention_setting import RetentionSetting
from .signing_pin import SigningPin
from .site import Room, Site, known_timezone
from .tablet_sign_in import TabletSignIn
from .training_course import TrainingCourse
from .visit_reply import VisitReply
from .waiting_list import WaitingListEntry

__all__ = [
    "AccountChange",
    "Appointment",
    "AppointmentChange",
    "AppointmentType",
    "Backup",
    "CalendarFeed",
    "CallAttempt",
    "ClinicSettings",
    "Message",
    "MessageText",
    "OtherSiteAccess",
    "PatientSite",
    "Practitioner",
    "RetentionSetting",
    "Room",
    "SigningPin",
    "Site",
    "TabletSignIn",
    "TimeOff",
    "TrainingCourse",
    "VisitReply",
    "WaitingListEntry",
    "WorkingHours",
    "known_timezone",
]
