"""What an admin does for the people who sign in: invite, unlock, sign out, take a lost second factor away."""

import logging

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from clinic.permissions import may_manage_accounts
from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs
from patients.models import TrailEntry

logger = logging.getLogger(__name__)
Action = TrailEntry.Action
NAMED = 10  # so many names of one unlocking are told


@needs(may_manage_accounts)
def create_invitation(user, *, by):
    """The path of a link by which a person chooses a password: once, and only for INVITATION_HOURS.

    The token is Django's own for passwords: it dies with use, with a new password and with the next sign-in.
    """
    _check_may(user, by=by)
    if not user.is_active:
        raise ValidationError(f"{user.get_username()} is disabled. Enable the account before you invite.")
    parts = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    add_audit_entry(Action.PERMISSION_CHANGE, by=by, record=user, changes={"password_link": ["", "made"]})
    return reverse("account_reset_password_from_key", kwargs=parts)


@needs(may_manage_accounts)
def send_invitation(user, *, by, address):
    """Send the whole address to the person, if there is an e-mail address. Returns where it went, or nothing."""
    _check_may(user, by=by)
    if not user.email or not settings.EMAIL_URL:
        return ""
    text = render_to_string("account/email/invitation_message.txt", {"user": user, "address": address})
    try:
        send_mail("Your account in Filiform", text, None, [user.email])
    except OSError as refusal:  # smtplib's errors are OSErrors too
        logger.error("An invitation was not sent: %s.", type(refusal).__name__)
        return ""
    add_audit_entry(Action.CHANGE, by=by, record=user, changes={"password_link": ["made", "sent by e-mail"]})
    return user.email


@needs(may_manage_accounts, allow_system=True)
@transaction.atomic
def end_sessions(user, *, by):
    """Sign a person out everywhere. Returns how many sessions ended."""
    _check_may(user, by=by)
    sessions = list(UserSession.objects.filter(user=user))
    for session in sessions:
        session.end()
    if sessions:
        add_audit_entry(Action.CHANGE, by=by, record=user, changes={"sessions": [len(sessions), 0]})
    return len(sessions)


@needs(may_manage_accounts, allow_system=True)
@transaction.atomic
def take_second_factor_away(user, *, by):
    """For who lost phone and codes: sign-in asks for the password alone, and for a new factor if the role needs one."""
    if user == by:
        raise ValidationError("Your own second factor is changed on your account page.")
    _check_may(user, by=by)
    factors = Authenticator.objects.filter(user=user)
    kinds = sorted(factors.values_list("type", flat=True))
    factors.delete()
    if kinds:
        add_audit_entry(Action.PERMISSION_CHANGE, by=by, record=user, changes={"second_factor": [kinds, []]})
    end_sessions(user, by=by)
    return len(kinds)


@needs(may_manage_accounts)
@transaction.atomic
def unlock_sign_in(attempts, *, by):
    """Forget failed sign-ins: of a person, or of an address. Returns how many entries there were."""
    names = sorted({name or "" for name in attempts.values_list("username", flat=True)})
    if names:
        add_audit_entry(Action.PERMISSION_CHANGE, by=by, changes={"failed_sign_ins": [names[:NAMED], []]})
    return attempts.delete()[0]


def _check_may(user, *, by):
    if by is not None and user.is_superuser and not by.is_superuser:
        raise ValidationError("Only a superuser changes the account of a superuser.")
