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
from .first_run import setup, setup_email, setup_hours, setup_kinds, setup_people, setup_rooms, setup_site
from .home import healthz, home
from .moving import appointment_edit, appointment_move
from .series import series_create
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
    "healthz",
    "home",
    "series_create",
    "setup",
    "setup_email",
    "setup_hours",
    "setup_kinds",
    "setup_people",
    "setup_rooms",
    "setup_site",
    "waiting_book",
    "waiting_close",
    "waiting_create",
    "waiting_edit",
    "waiting_list",
    "waiting_reopen",
    "week",
]
