"""A signed-in user proves again who they are: by PIN, password or passkey, or by code if they have none of these.

A wrong one is a failed sign-in: it is in the audit trail, and too many pause both this and signing in. A proof can hold
for some minutes in one browser session, on a device that its user declared as their own.
"""

import time
from copy import copy

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import (
    did_recently_reauthenticate,
    get_reauthentication_flows,
)
from allauth.core.exceptions import ReauthenticationRequired
from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.urls import reverse

from clinic.models import ClinicSettings, SigningPin

WRONG = "This password is not correct. Type it again."
WRONG_PIN = "That is not your PIN. Type it again, or use your password."
PIN_PAUSED = "There were too many wrong PINs. Use your password or passkey now; then your PIN works again."
WRONG_PASSKEY = "This passkey was not accepted. Try again, or use your PIN or password."
NO_WAY = "You have neither a password nor a passkey, so you cannot sign. Ask your admin for a link to choose one."
HELD = "proof_of_identity"  # in the browser session
OWN_DEVICE_COOKIE = "own_device"


def pin_of(user):
    """The SigningPin of this user, or None."""
    return SigningPin.objects.filter(user=user).first()


def check_own_password(request, password):
    """Raise ValidationError unless this is the password of the user who is signed in, or while sign-in is paused."""
    attempt = _attempt(request)
    found = authenticate(attempt, username=request.user.get_username(), password=password)
    if found is not None and found.pk == request.user.pk:
        return
    _refuse_if_paused(attempt)
    raise ValidationError(WRONG)


def check_own_pin(request, pin, typed):
    """Raise ValidationError unless `typed` is this SigningPin, while it or sign-in is paused, or while it is unset."""
    check_not_paused(request)
    if pin.is_paused:
        raise ValidationError(PIN_PAUSED)
    if not pin.try_pin(typed):
        attempt = _attempt(request)
        count_failure(request, attempt)
        _refuse_if_paused(attempt)
        raise ValidationError(PIN_PAUSED if pin.is_paused else WRONG_PIN)


def check_not_paused(request):
    """Raise ValidationError while sign-in is paused for this user, so that not even the right proof is accepted."""
    attempt = _attempt(request)
    if not AxesProxyHandler.is_allowed(attempt, {"username": request.user.get_username()}):
        attempt.axes_locked_out = True
        _refuse_if_paused(attempt)


def count_failure(request, attempt=None):
    """Report a wrong proof of the user of this request as a failed sign-in: axes counts it, the audit trail has it."""
    credentials = {"username": request.user.get_username()}
    user_login_failed.send(sender=__name__, credentials=credentials, request=attempt or _attempt(request))


def check_other_proof(request):
    """Let somebody without a PIN, password or passkey prove with a code that it is them.

    Raises ValidationError if they have none, and ReauthenticationRequired if they have not done so in the last
    minutes: then allauth asks them, and sends the request again.
    """
    if not get_reauthentication_flows(request.user):
        raise ValidationError(NO_WAY)
    if not did_recently_reauthenticate(request):
        raise ReauthenticationRequired


def recent_proof(request):
    """How the user of this request proved again who they are in the last minutes, such as "password".

    Before an admin changes the accounts of others, this asks them: raises ValidationError and ReauthenticationRequired
    like check_other_proof. A PIN is for signing only.
    """
    # allauth sends the request again only if its address has no query, such as the filters of a list in the admin.
    request.META["QUERY_STRING"] = ""
    check_other_proof(request)
    records = [record for record in get_authentication_records(request, request.user) if record.get("reauthenticated")]
    latest = records[-1]
    return {"webauthn": "passkey"}.get(latest.get("type"), "code") if latest["method"] == "mfa" else latest["method"]


def _attempt(request):
    """The request as failed attempts are stored: what was posted and the address can be about a patient."""
    attempt = copy(request)
    attempt.GET = attempt.POST = QueryDict()
    attempt.META = request.META | {"PATH_INFO": reverse("account_reauthenticate")}
    return attempt


def _refuse_if_paused(attempt):
    if getattr(attempt, "axes_locked_out", False):
        minutes = settings.SIGN_IN_PAUSE_MINUTES
        raise ValidationError(f"Too many wrong passwords. Wait {minutes} minutes, then try again.")


# A proof that holds ------------------------------------------------------------


def is_own_device(request):
    """Whether the user of this request has declared that this browser is on their own device."""
    return request.get_signed_cookie(OWN_DEVICE_COOKIE, default="", salt=own_device_salt(request.user)) == "yes"


def own_device_salt(user):
    """The salt of the cookie of the user's own devices. It changes with the password, which ends all declarations."""
    return f"own device of {user.pk} {user.get_session_auth_hash()}"


def hold_proof(request, means):
    """Let this proof hold in this browser session, if the device is the user's own and the clinic allows it."""
    if is_own_device(request) and ClinicSettings.current().proof_minutes:
        request.session[HELD] = {"user": request.user.pk, "means": means, "at": time.time()}


def end_held_proof(request):
    """Ask again at the next signature."""
    request.session.pop(HELD, None)


def held_proof(request):
    """How the proof that still holds was given, such as "PIN, 3 minutes before"; "" if none holds."""
    held = request.session.get(HELD)
    if not held or held["user"] != request.user.pk or not is_own_device(request):
        return ""
    seconds = time.time() - held["at"]
    if not 0 <= seconds < 60 * ClinicSettings.current().proof_minutes:
        return ""
    minutes = int(seconds // 60)
    when = f"{minutes} minute{'' if minutes == 1 else 's'}" if minutes else "less than a minute"
    return f"{held['means']}, {when} before"


def held_seconds_left(request):
    """The number of seconds for which the proof in this browser session still holds; 0 if none holds."""
    if not held_proof(request):
        return 0
    return int(60 * ClinicSettings.current().proof_minutes - (time.time() - request.session[HELD]["at"]))
