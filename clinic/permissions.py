"""Permission checks for the diary and for accounts."""

from clinic.models import ClinicSettings
from clinic.site_access import works_at
from patients.integrity.authorization import HasPermissions, require


class KeepsDiary(HasPermissions):
    """A predicate: the permissions, and for people who keep only their own diary also the clinic's setting."""

    def __call__(self, user):
        return super().__call__(user) and (may_keep_every_diary(user) or _practitioners_book(user))


def _practitioners_book(user):
    """The clinic's setting. SingleQueryBackend reads it with the user of a request."""
    if not hasattr(user, "practitioners_book"):
        return ClinicSettings.current().practitioners_book
    return user.practitioners_book


may_see_diary = HasPermissions("clinic.view_appointment")
may_keep_every_diary = HasPermissions("clinic.book_others_appointment")
may_book = KeepsDiary("clinic.add_appointment")
may_change_visits = KeepsDiary("clinic.change_appointment")
may_rehome_visits = HasPermissions("clinic.change_appointment", "clinic.book_others_appointment")
# Whoever changes visits may also note a call after one, also about a colleague's patient.
may_call_after_visits = HasPermissions("clinic.change_appointment")
may_move_to_waiting_list = HasPermissions("clinic.book_others_appointment", "clinic.add_waitinglistentry")
may_record_time_off = HasPermissions("clinic.add_timeoff")
may_cancel_time_off = HasPermissions("clinic.change_timeoff")
may_see_waiting_list = HasPermissions("clinic.view_waitinglistentry")
may_add_to_waiting_list = HasPermissions("clinic.add_waitinglistentry")
may_change_waiting_entries = HasPermissions("clinic.change_waitinglistentry")
may_book_from_waiting_list = KeepsDiary("clinic.add_appointment", "clinic.change_waitinglistentry")
may_create_calendar_feeds = HasPermissions("clinic.add_calendarfeed")
may_revoke_calendar_feeds = HasPermissions("clinic.change_calendarfeed")
may_manage_accounts = HasPermissions("auth.change_user")
may_set_up_clinic = HasPermissions("clinic.change_site", "clinic.change_workinghours", "auth.change_user")


def may_keep_diary_of(user, practitioner):
    """Whether a user who may book may do so with this practitioner: with everybody at their sites, or themselves."""
    is_own = practitioner.user_id == user.pk
    return is_own or (may_keep_every_diary(user) and works_at(user, practitioner.site_id))


def require_diary_of(by, *practitioners):
    """Raise PermissionDenied unless the user may keep the diary of all of them."""
    allowed = all(may_keep_diary_of(by, practitioner) for practitioner in practitioners)
    require(allowed, f"User {by.pk} may keep only their own diary, or those of their own sites.")
