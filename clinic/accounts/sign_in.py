"""Who is at the door: which account a name means, where a request comes from, who must prove more than a password."""

from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Q

from clinic.platform.audit_middleware import address_of
from clinic.roles import ADMIN

NOWHERE = "0.0.0.0"  # noqa: S104 - written down when a request has no address, as over a socket
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def account_name(typed):
    """The user name that was meant: as typed, in other capitals, or by an e-mail address that one person has."""
    names = list(
        User.objects.filter(Q(username__iexact=typed) | Q(email__iexact=typed, is_active=True)).values_list(
            "username", flat=True
        )[:10]
    )
    exact = [name for name in names if name.casefold() == typed.casefold()]
    found = [typed] if typed in names else exact or names
    return found[0] if len(found) == 1 else typed


def username_of(request, credentials=None):
    """The name under which failures are counted, the same for every spelling. Never None: that would count nothing."""
    posted = getattr(request, "POST", {})
    name = (credentials or {}).get("username") or posted.get("username") or posted.get("login") or ""
    return name.casefold()[:150].replace("\0", "")


def client_address(request):
    """Where a request comes from, as the trail writes it; the libraries want an address for every request."""
    return address_of(request) or NOWHERE


def needs_second_factor(user):
    """Whether a role of this person is in TWO_FACTOR_ROLES; a superuser counts as an admin."""
    roles = settings.TWO_FACTOR_ROLES
    if not roles:
        return False
    return (user.is_superuser and ADMIN in roles) or user.groups.filter(name__in=roles).exists()


def has_second_factor(user):
    """Whether an authenticator app or a passkey is set up; recovery codes alone are none."""
    return Authenticator.objects.filter(user_id=user.pk, type__in=FACTORS).exists()


def failed_attempts_of(user):
    """The failures that are counted against this person, whatever the address."""
    return AccessAttempt.objects.filter(username=user.get_username().casefold())
