"""Permission checks for the diary and for accounts."""

from patients.integrity.authorization import Holds

may_see_diary = Holds("clinic.view_appointment")
may_book = Holds("clinic.add_appointment")
may_change_visits = Holds("clinic.change_appointment")
may_see_waiting_list = Holds("clinic.view_waitinglistentry")
may_add_to_waiting_list = Holds("clinic.add_waitinglistentry")
may_close_waiting_entries = Holds("clinic.change_waitinglistentry")
may_create_calendar_feeds = Holds("clinic.add_calendarfeed")
may_revoke_calendar_feeds = Holds("clinic.change_calendarfeed")
may_manage_accounts = Holds("auth.change_user")
