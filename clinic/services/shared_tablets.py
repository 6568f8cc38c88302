"""Which browsers are shared tablets, whom they remember, and the change of user by PIN."""

import secrets
from datetime import UTC, datetime

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db import transaction
from django.utils import timezone

from clinic.accounts.sessions import SIGNED_IN_AT, seconds_left
from clinic.accounts.shared_tablets import BY_PIN, stamp_of, tablet_of
from clinic.accounts.sign_in import has_second_factor, needs_second_factor
from clinic.models import SigningPin, TabletSignIn
from patients.audit.recording import add_audit_entry
from patients.integrity.proof import require_proof
from patients.models import TrailEntry

from .pins import require_own

Action = TrailEntry.Action


@transaction.atomic
def declare_shared_tablet(user, *, by, proof):
    """Record that a user declared this browser to be on a shared tablet. Return the secret for its cookie."""
    require_own(user, by)
    require_proof(proof)
    note = f"Proved by {proof}"
    add_audit_entry(Action.CHANGE, by=by, record=user, changes={"shared_tablet": ["", "declared"]}, note=note)
    return secrets.token_urlsafe(32)


@transaction.atomic
def end_shared_tablet(user, *, by, tablet):
    """Forget everybody on the tablet with this key, on which the user is. Return how many people it had remembered."""
    require_own(user, by)
    forgotten = TabletSignIn.objects.on(tablet).delete()[0]
    add_audit_entry(Action.CHANGE, by=by, record=user, changes={"shared_tablet": ["declared", ""]})
    return forgotten


@transaction.atomic
def forget_on_tablets(user, *, by):
    """Forget a user on all shared tablets, so that their PIN signs them in nowhere. Return on how many they were."""
    require_own(user, by)
    return forget_everywhere(user, by=by)


def forget_everywhere(user, *, by):
    """Forget a user who is signed out everywhere. The caller has checked who may. Return on how many tablets."""
    forgotten = TabletSignIn.objects.filter(user=user).delete()[0]
    if forgotten:
        add_audit_entry(Action.CHANGE, by=by, record=user, changes={"shared_tablets": [forgotten, 0]})
    return forgotten


# Signing in and out ------------------------------------------------------------


def remember(user, tablet, *, signed_in_at):
    """From now on the user can come back on this tablet by PIN. They have signed in with more than that."""
    TabletSignIn.objects.exclude(pk__in=TabletSignIn.objects.in_time().values("pk")).delete()
    values = {"signed_in_at": signed_in_at, "used_at": timezone.now(), "stamp": stamp_of(user)}
    TabletSignIn.objects.update_or_create(tablet=tablet, user=user, defaults=values)


def remember_this_sign_in(request, tablet):
    """Remember who is signed in, as of when they signed in, unless that was by PIN."""
    if not request.session.get(BY_PIN):
        signed_in_at = request.session.get(SIGNED_IN_AT)
        began = timezone.now() if signed_in_at is None else datetime.fromtimestamp(signed_in_at, tz=UTC)
        remember(request.user, tablet, signed_in_at=began)


@transaction.atomic
def change_user(request, sign_in):
    """Sign out the present user, if there is one, and sign in the user of this TabletSignIn, whose PIN was right.

    The new session is empty; nothing of the old one is left, and no message that was meant for its user.
    """
    list(messages.get_messages(request))
    logout(request)
    request.is_by_pin = True
    login(request, sign_in.user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    # allauth does this only for its own sign-ins. Without it, "sign out everywhere" would not end this session.
    UserSession.objects.create_from_request(request)
    TabletSignIn.objects.filter(pk=sign_in.pk).update(used_at=timezone.now())


def note_sign_in(sender, request, user, **kwargs):
    """At sign-in, remember it on a shared tablet, and let a paused PIN work again; or note that it was by PIN."""
    if getattr(request, "is_by_pin", False):
        request.session[BY_PIN] = True
        return
    SigningPin.objects.filter(user=user, wrong_in_a_row__gt=0).update(wrong_in_a_row=0)
    tablet = tablet_of(request)
    if tablet and (has_second_factor(user) or not needs_second_factor(user)):
        remember(user, tablet, signed_in_at=timezone.now())


def note_use(sender, request, user, **kwargs):
    """At sign-out, note that the user was here until now, unless their session had ended long before."""
    if user and (tablet := tablet_of(request)) and seconds_left(request.session) > 0:
        TabletSignIn.objects.on(tablet).filter(user=user).update(used_at=timezone.now())


def connect():
    """Connect the receivers above to the signals of Django."""
    user_logged_in.connect(note_sign_in, dispatch_uid="clinic.note_tablet_sign_in")
    user_logged_out.connect(note_use, dispatch_uid="clinic.note_tablet_use")
