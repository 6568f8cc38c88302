"""Sign-in helpers for tests. Codes are computed as an authenticator app does (RFC 6238)."""

import time

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value

from tests import people

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def sign_in(client, user, password=people.PASSWORD, **extra):
    return client.post("/login/", {"username": getattr(user, "username", user), "password": password}, **extra)


def give_app(user):
    """Set up an authenticator app with SECRET for the user, and recovery codes. Return the recovery codes."""
    TOTP.activate(user, SECRET)
    return RecoveryCodes.activate(user).generate_codes()


def code_now(steps=0, secret=SECRET):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def wrong_code():
    return "000000" if "000000" not in (code_now(step) for step in (-1, 0, 1)) else "111111"


def is_signed_in(client):
    return client.get("/session/").json()["user"] is not None


def second_factors(user):
    return sorted(Authenticator.objects.filter(user=user).values_list("type", flat=True))
