"""When signing in is stopped for a while: after failures of one account at one address, and after many of either."""

from axes.attempts import get_cool_off_threshold
from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Sum

from .sign_in import client_address, username_of


class Lockout(AxesDatabaseHandler):
    """Axes' own limit is for the pair: a wrong password at the desk must not lock a colleague beside it, nor a
    stranger's tries the person at another address. Two wider limits stop whoever changes names or addresses."""

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
