"""Permission checks for the diary and for accounts."""

from patients.integrity.authorization import HasPermissions

may_see_diary = HasPermissions("clinic.view_appointment")
may_book = HasPermissions("clinic.add_appointment")
may_change_visits = HasPermissions("clinic.change_appointment")
may_move_to_waiting_list = HasPermissions("clinic.change_appointment", "clinic.add_waitinglistentry")
may_record_time_off = HasPermissions("clinic.add_timeoff")
may_cancel_time_off = HasPermissions("clinic.change_timeoff")
may_see_waiting_list = HasPermissions("clinic.view_waitinglistentry")
may_add_to_waiting_list = HasPermissions("clinic.add_waitinglistentry")
may_close_waiting_entries = HasPermissions("clinic.change_waitinglistentry")
may_create_calendar_feeds = HasPermissions("clinic.add_calendarfeed")
may_revoke_calendar_feeds = HasPermissions("clinic.change_calendarfeed")
may_manage_accounts = HasPermissions("auth.change_user")
