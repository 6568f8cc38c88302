"""A signed-in user proves again who they are: by password or, if they have none, by passkey or code.

A wrong password is a failed sign-in: it is in the audit trail, and too many pause both this and signing in.
"""

from copy import copy

from allauth.account.internal.flows.reauthentication import (
    did_recently_reauthenticate,
    get_reauthentication_flows,
)
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.http import QueryDict

WRONG = "This password is not correct. Type it again."
NO_WAY = "You have neither a password nor a passkey, so you cannot sign. Ask your admin for a link to choose one."


def check_own_password(request, password):
    """Raise ValidationError unless this is the password of the user who is signed in, or while sign-in is paused."""
    attempt = copy(request)
    # Failed attempts are stored with what was posted, and that can be about a patient.
    attempt.GET = attempt.POST = QueryDict()
    found = authenticate(attempt, username=request.user.get_username(), password=password)
    if found is not None and found.pk == request.user.pk:
        return
    if getattr(attempt, "axes_locked_out", False):
        minutes = settings.SIGN_IN_PAUSE_MINUTES
        raise ValidationError(f"Too many wrong passwords. Wait {minutes} minutes, then try again.")
    raise ValidationError(WRONG)


def check_other_proof(request):
    """Let somebody without a password prove with a passkey or code that it is them.

    Raises ValidationError if they have none, and ReauthenticationRequired if they have not done so in the last
    minutes: then allauth asks them, and sends the request again.
    """
    if not get_reauthentication_flows(request.user):
        raise ValidationError(NO_WAY)
    if not did_recently_reauthenticate(request):
        raise ReauthenticationRequired
