"""Sign-in helpers: account lookup, client address, second-factor policy."""

from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Q

from clinic.platform.audit_middleware import ip_address_of
from clinic.roles import ADMIN

NOWHERE = "0.0.0.0"  # noqa: S104 - recorded for requests without an address, as over a Unix socket
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def account_name(typed):
    """The user name for what was typed: a user name in any case, or the e-mail address of exactly one active user.

    Return what was typed if it matches no account or several.
    """
    names = list(
        User.objects.filter(Q(username__iexact=typed) | Q(email__iexact=typed, is_active=True)).values_list(
            "username", flat=True
        )[:10]
    )
    exact = [name for name in names if name.casefold() == typed.casefold()]
    found = [typed] if typed in names else exact or names
    return found[0] if len(found) == 1 else typed


def username_of(request, credentials=None):
    """The user name for counting failed sign-ins, in lower case. Never None, for which axes would count nothing."""
    posted = getattr(request, "POST", {})
    name = (credentials or {}).get("username") or posted.get("username") or posted.get("login") or ""
    return name.casefold()[:150].replace("\0", "")


def client_address(request):
    """The IP address of a request, or NOWHERE, because the libraries need an address for every request."""
    return ip_address_of(request) or NOWHERE


def needs_second_factor(user):
    """Whether a role of the user is in TWO_FACTOR_ROLES. A superuser counts as an admin."""
    roles = settings.TWO_FACTOR_ROLES
    if not roles:
        return False
    return (user.is_superuser and ADMIN in roles) or user.groups.filter(name__in=roles).exists()


def has_second_factor(user):
    """Whether an authenticator app or a passkey is set up. Recovery codes alone do not count."""
    return Authenticator.objects.filter(user_id=user.pk, type__in=FACTORS).exists()


def failed_attempts_of(user):
    """The failed sign-ins that count for this user, from any address."""
    return AccessAttempt.objects.filter(username=user.get_username().casefold())
