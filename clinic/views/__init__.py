"""The pages of the clinic: start page, diary, bookings and waiting list."""

from .appointments import (
    appointment_arrive,
    appointment_cancel,
    appointment_detail,
    appointment_no_show,
    appointment_undo,
)
from .booking import appointment_create
from .day_print import day_print
from .diary import day, week
from .failed_messages import failed_message_close, failed_message_list
from .first_run import setup, setup_email, setup_hours, setup_kinds, setup_people, setup_rooms, setup_site
from .health import healthz, metrics, readyz
from .home import home
from .moving import appointment_edit, appointment_move
from .other_sites import record_of_other_site
from .patient_visits import patient_visits, patient_visits_download, patient_visits_print
from .rehoming import visit_rehome, visits_to_move
from .series import series_create
from .time_off import time_off_cancel, time_off_create
from .visit_requests import request_close, request_list
from .waiting import waiting_book, waiting_close, waiting_create, waiting_edit, waiting_list, waiting_reopen

__all__ = [
    "appointment_arrive",
    "appointment_cancel",
    "appointment_create",
    "appointment_detail",
    "appointment_edit",
    "appointment_move",
    "appointment_no_show",
    "appointment_undo",
    "day",
    "day_print",
    "failed_message_close",
    "failed_message_list",
    "healthz",
    "home",
    "metrics",
    "patient_visits",
    "patient_visits_download",
    "patient_visits_print",
    "readyz",
    "record_of_other_site",
    "request_close",
    "request_list",
    "series_create",
    "setup",
    "setup_email",
    "setup_hours",
    "setup_kinds",
    "setup_people",
    "setup_rooms",
    "setup_site",
    "time_off_cancel",
    "time_off_create",
    "visit_rehome",
    "visits_to_move",
    "waiting_book",
    "waiting_close",
    "waiting_create",
    "waiting_edit",
    "waiting_list",
    "waiting_reopen",
    "week",
]
