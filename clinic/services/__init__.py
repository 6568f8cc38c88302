"""Every change of the diary and of accounts. Each service is one transaction; `by` is the user who makes the change."""

from .account_changes import accept_account_change, ask_for_account_change, refuse_account_change
from .accounts import (
    create_invitation,
    disable_account,
    end_sessions,
    match_staff_to_role,
    send_invitation,
    take_second_factor_away,
    unlock_sign_in,
)
from .attendance import cancel_appointment, check_in, mark_no_show
from .booking import book_appointment
from .calls import record_unanswered_call
from .failed_messages import close_failed_message
from .feeds import create_calendar_feed, revoke_calendar_feed
from .first_run import (
    add_person,
    add_rooms,
    add_visit_kinds,
    become_practitioner,
    confirm_email_works,
    save_site,
    save_weekly_hours,
    send_test_email,
)
from .messages import (
    claim_messages,
    claim_question,
    claim_reminder,
    deliver,
    queue_message,
    send_due_messages,
)
from .moves import edit_appointment, move_appointment
from .past_visits import record_past_visit
from .pins import declare_own_device, remove_pin, set_pin
from .postponements import queue_postponement_notice, withdraw_postponement_notice
from .rehoming import keep_appointment, move_to_waiting_list, record_no_answer
from .sent_dates import send_dates
from .series import book_series, cancel_this_and_following, move_this_and_following
from .shared_tablets import declare_shared_tablet, end_shared_tablet, forget_on_tablets
from .site_access import open_with_reason
from .slots import StaleAppointment
from .time_off import cancel_time_off, record_time_off
from .undo import undo_booking, undo_last
from .visit_replies import ask_about_visit, close_visit_request, confirm_visits, record_link_opening, withdraw_requests
from .waiting_list import (
    StaleEntry,
    add_to_waiting_list,
    book_waiting_entry,
    close_waiting_entry,
    edit_waiting_entry,
    reopen_waiting_entry,
)

__all__ = [
    "accept_account_change",
    "add_person",
    "add_rooms",
    "add_to_waiting_list",
    "add_visit_kinds",
    "ask_about_visit",
    "ask_for_account_change",
    "become_practitioner",
    "book_appointment",
    "book_series",
    "book_waiting_entry",
    "cancel_appointment",
    "cancel_this_and_following",
    "cancel_time_off",
    "check_in",
    "claim_messages",
    "claim_question",
    "claim_reminder",
    "close_failed_message",
    "close_visit_request",
    "close_waiting_entry",
    "confirm_email_works",
    "confirm_visits",
    "create_calendar_feed",
    "create_invitation",
    "declare_own_device",
    "declare_shared_tablet",
    "deliver",
    "disable_account",
    "edit_appointment",
    "edit_waiting_entry",
    "end_sessions",
    "end_shared_tablet",
    "forget_on_tablets",
    "keep_appointment",
    "mark_no_show",
    "match_staff_to_role",
    "move_appointment",
    "move_this_and_following",
    "move_to_waiting_list",
    "open_with_reason",
    "queue_message",
    "queue_postponement_notice",
    "record_link_opening",
    "record_no_answer",
    "record_past_visit",
    "record_time_off",
    "record_unanswered_call",
    "refuse_account_change",
    "remove_pin",
    "reopen_waiting_entry",
    "revoke_calendar_feed",
    "save_site",
    "save_weekly_hours",
    "send_dates",
    "send_due_messages",
    "send_invitation",
    "send_test_email",
    "set_pin",
    "take_second_factor_away",
    "undo_booking",
    "undo_last",
    "unlock_sign_in",
    "withdraw_postponement_notice",
    "withdraw_requests",
    "StaleAppointment",
    "StaleEntry",
]
