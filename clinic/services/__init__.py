"""Every change of the diary and of accounts. Each service is one transaction; `by` is the user who makes the change."""

from .accounts import create_invitation, end_sessions, send_invitation, take_second_factor_away, unlock_sign_in
from .attendance import cancel_appointment, check_in, mark_no_show
from .booking import book_appointment
from .feeds import create_calendar_feed, revoke_calendar_feed
from .messages import claim_messages, claim_reminder, deliver, queue_message, send_due_messages
from .moves import move_appointment
from .series import book_series, cancel_this_and_following, move_this_and_following
from .slots import StaleAppointment
from .undo import undo_last
from .visit_replies import ask_about_visit, close_visit_request, confirm_visits, record_link_opening, withdraw_requests
from .waiting_list import add_to_waiting_list, book_waiting_entry, close_waiting_entry

__all__ = [
    "StaleAppointment",
    "add_to_waiting_list",
    "ask_about_visit",
    "book_appointment",
    "book_series",
    "book_waiting_entry",
    "cancel_appointment",
    "cancel_this_and_following",
    "check_in",
    "claim_messages",
    "claim_reminder",
    "close_visit_request",
    "close_waiting_entry",
    "confirm_visits",
    "create_calendar_feed",
    "create_invitation",
    "deliver",
    "end_sessions",
    "mark_no_show",
    "move_appointment",
    "move_this_and_following",
    "queue_message",
    "record_link_opening",
    "revoke_calendar_feed",
    "send_due_messages",
    "send_invitation",
    "take_second_factor_away",
    "undo_last",
    "unlock_sign_in",
    "withdraw_requests",
]
