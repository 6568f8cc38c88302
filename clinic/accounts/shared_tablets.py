"""Changing the user of a shared tablet by PIN: which browser is one, who can come back on it, and what ends that.

Somebody can if they signed in on the tablet with password or passkey, and the second factor that they need, in the last
hours. The cookie of the tablet is a random secret; who signed in is in the database only.
"""

from hashlib import sha256

from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import urlencode

from clinic.models import TabletSignIn

from .proof import check_other_proof
from .sign_in import FACTORS, has_second_factor, needs_second_factor

COOKIE, SALT = "shared_tablet", "clinic.accounts.shared_tablets"
# After this time the tablet has to be declared again. Our own choice, without a source.
COOKIE_SECONDS = 180 * 24 * 3600
BY_PIN = "signed_in_by_pin"  # in the browser session, until the user proves who they are in another way
# Pages for admins outside Django admin, by the beginning of their names.
OF_ADMINS = ("setup", "import_")


def is_switched_on():
    """Whether the clinic lets people change user by PIN at all."""
    return settings.SHARED_TABLET_SECONDS > 0


def tablet_of(request):
    """The key of the shared tablet on which this request was made; "" on any other device."""
    if not is_switched_on():
        return ""
    secret = request.get_signed_cookie(COOKIE, default="", salt=SALT, max_age=COOKIE_SECONDS)
    return tablet_with(secret) if secret else ""


def tablet_with(secret):
    """The key under which the database knows the tablet with this secret in its cookie."""
    return sha256(secret.encode()).hexdigest()


def people_on(request):
    """The TabletSignIns of the people who can change to their account on this tablet, in the order of names.

    The user who is signed in is not among them.
    """
    tablet = tablet_of(request)
    if not tablet:
        return []
    found = TabletSignIn.objects.on(tablet).in_time().of_usable_accounts().exclude(user=request.user.pk)
    return [one for one in found.with_people() if _holds(one)]


def _holds(sign_in):
    """Whether the account is as it was at the sign-in, with the second factor that it needs now."""
    user = sign_in.user
    if not constant_time_compare(sign_in.stamp, stamp_of(user)):
        return False
    return not needs_second_factor(user) or has_second_factor(user)


def stamp_of(user):
    """A hash of what must not have changed since the sign-in: password, PIN, rights and second factors."""
    pin = getattr(user, "signing_pin", None)
    facts = [
        user.get_session_auth_hash(),
        pin.pin_hash if pin else "",
        user.is_superuser,
        user.is_staff,
        sorted(group.pk for group in user.groups.all()),
        sorted(permission.pk for permission in user.user_permissions.all()),
        sorted(factor.pk for factor in user.authenticator_set.all() if factor.type in FACTORS),
    ]
    return salted_hmac(SALT, repr(facts), algorithm="sha256").hexdigest()


def proof_before_admin(get_response):
    """Middleware: a PIN alone opens no page for admins. After a change of user by PIN they first prove who they are."""

    def ask(request, view, args, kwargs):
        match = request.resolver_match
        is_of_admins = match.app_name == "admin" or (match.url_name or "").startswith(OF_ADMINS)
        if not is_of_admins or not request.user.is_authenticated or not request.session.get(BY_PIN):
            return None
        try:
            check_other_proof(request)
        except ReauthenticationRequired:
            after = request.get_full_path() if request.method == "GET" else reverse("home")
            return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': after})}")
        except ValidationError as refusal:
            raise PermissionDenied(refusal.message) from None
        request.session[BY_PIN] = False
        return None

    def middleware(request):
        return get_response(request)

    middleware.process_view = ask
    return middleware
