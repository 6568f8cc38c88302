"""What an admin does for the people who sign in: invite, unlock, sign out, take a lost second factor away."""

from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse

from patients.models import TrailEntry
from patients.services import record_trail

PERMISSION_CHANGE = TrailEntry.Action.PERMISSION_CHANGE


@transaction.atomic
def create_invitation(user, *, by):
    """The path of a link by which a person chooses a password: once, and only for INVITATION_HOURS.

    The token is Django's own for passwords: it dies with use, with a new password and with the next sign-in.
    """
    _check_may(user, by=by)
    if not user.is_active:
        raise ValidationError(f"{user.get_username()} is disabled. Enable the account before you invite.")
    record_trail(PERMISSION_CHANGE, by=by, record=user, note="Invited by link.")
    parts = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    return reverse("account_reset_password_from_key", kwargs=parts)


def send_invitation(user, *, by, address):
    """Send the whole address to the person, if there is an e-mail address. Returns where it went, or nothing."""
    _check_may(user, by=by)
    said = {"user": user, "address": address}
    is_sent = user.email and get_adapter().send_mail("account/email/invitation", user.email, said)
    return user.email if is_sent else ""


@transaction.atomic
def end_sessions(user, *, by):
    """Sign a person out everywhere. Returns how many sessions ended."""
    _check_may(user, by=by)
    sessions = list(UserSession.objects.filter(user=user))
    for session in sessions:
        session.end()
    if sessions:
        record_trail(PERMISSION_CHANGE, by=by, record=user, changes={"sessions": [len(sessions), 0]})
    return len(sessions)


@transaction.atomic
def take_second_factor_away(user, *, by):
    """For who lost phone and codes: sign-in asks for the password alone, and for a new factor if the role needs one."""
    if user == by:
        raise ValidationError("Your own second factor is changed on your account page.")
    _check_may(user, by=by)
    factors = Authenticator.objects.filter(user=user)
    count = factors.count()
    factors.delete()
    record_trail(PERMISSION_CHANGE, by=by, record=user, changes={"second_factors": [count, 0]})
    end_sessions(user, by=by)
    return count


@transaction.atomic
def unlock_sign_in(attempts, *, by):
    """Forget failed sign-ins: of a person, or of an address. Returns how many entries there were."""
    names = sorted(set(attempts.values_list("username", flat=True)) - {None})
    count = attempts.delete()[0]
    record_trail(PERMISSION_CHANGE, by=by, changes={"failed_sign_ins_of": [names, []]})
    return count


def failed_attempts_of(user):
    """The failures that are counted against this person, whatever the address."""
    return AccessAttempt.objects.filter(username=user.get_username().casefold())


def _check_may(user, *, by):
    if by is not None and user.is_superuser and not by.is_superuser:
        raise ValidationError("Only a superuser changes the account of a superuser.")
