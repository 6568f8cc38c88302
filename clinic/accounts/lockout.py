"""Pause sign-in after too many failures of an account at an address, of an account, or of an address."""

from axes.attempts import get_cool_off_threshold
from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Sum

from .sign_in import client_address, username_of


class Lockout(AxesDatabaseHandler):
    """Lock by account and address together, as axes does, and with higher limits by account and by address alone.

    With the first limit, failures at one computer do not lock out a colleague there, or the same user elsewhere. The
    other two stop an attacker who changes user names or addresses.
    """

    def reset_user_attempts(self, request, credentials=None):
        """Forget the failures of a user who signs in, but not by PIN: a PIN must not help to guess the password."""
        return 0 if getattr(request, "is_by_pin", False) else super().reset_user_attempts(request, credentials)

    def is_locked(self, request, credentials=None):
        return super().is_locked(request, credentials) or _is_flooded(request, credentials)


def _is_flooded(request, credentials):
    recent = AccessAttempt.objects.filter(attempt_time__gte=get_cool_off_threshold(request))
    of_address = recent.filter(ip_address=client_address(request))
    of_account = recent.filter(username=username_of(request, credentials))
    return (
        _failures(of_address) >= settings.SIGN_IN_FAILURES_OF_ADDRESS
        or _failures(of_account) >= settings.SIGN_IN_FAILURES_OF_ACCOUNT
    )


def _failures(attempts):
    return attempts.aggregate(failures=Sum("failures_since_start"))["failures"] or 0
