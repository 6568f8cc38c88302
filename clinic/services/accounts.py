"""What an admin does with accounts: invite, unlock, sign out, disable, remove a lost second factor."""

import logging

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from clinic.accounts import second_admin
from clinic.permissions import may_manage_accounts
from clinic.roles import ADMIN
from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs
from patients.integrity.proof import require_proof
from patients.models import TrailEntry

from .pins import take_pin_away
from .shared_tablets import forget_everywhere

logger = logging.getLogger(__name__)
Action = TrailEntry.Action
MOST_NAMES = 10  # in one entry of the audit trail


@needs(may_manage_accounts)
@transaction.atomic
def create_invitation(user, *, by, proof="", agreed=None):
    """Return the path of a link with which the user can choose a password. It works once, for INVITATION_HOURS.

    `proof` says how `by` proved who they are; only the link of a new user, who never signed in, needs none. A link that
    `by` will see, of an account that is in use, needs `agreed`, the accepted AccountChange. The link uses Django's
    password reset token, which becomes invalid when the password changes or the user signs in. The user's PIN is
    removed, because the account is reset. Raises ValidationError for a disabled account.
    """
    _refuse_superuser(user, by=by)
    if second_admin.link_needs_second_admin(user):
        _require_agreement(user, agreed, "password_link", by=by)
    if not user.is_active:
        raise ValidationError(f"{user.get_username()} is disabled. Enable the account before you send an invitation.")
    if user.has_usable_password() or user.last_login:
        require_proof(proof)
    parts = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    take_pin_away(user, by=by)
    changes = {"password_link": ["", "made"]}
    add_audit_entry(Action.PERMISSION_CHANGE, by=by, record=user, changes=changes, note=proved_by(proof))
    return reverse("account_reset_password_from_key", kwargs=parts)


@needs(may_manage_accounts)
def send_invitation(user, *, by, address):
    """E-mail `address`, the full URL of the invitation. Return the e-mail address, or "" if it was not sent."""
    _refuse_superuser(user, by=by)
    if not user.email or not settings.EMAIL_URL:
        return ""
    context = {"user": user, "address": address, "hours": settings.INVITATION_HOURS}
    text = render_to_string("account/email/invitation_message.txt", context)
    try:
        send_mail("Your account in Filiform", text, None, [user.email])
    except OSError as refusal:  # smtplib's errors are OSErrors
        logger.error("An invitation was not sent: %s.", type(refusal).__name__)
        return ""
    add_audit_entry(Action.CHANGE, by=by, record=user, changes={"password_link": ["made", "sent by e-mail"]})
    return user.email


@needs(may_manage_accounts, allow_system=True)
@transaction.atomic
def end_sessions(user, *, by, agreed=None):
    """Sign a user out on all devices. Return how many sessions ended.

    With `agreed`, an AccountChange that a superuser asked for and `by` accepted, the user can be a superuser.
    """
    _refuse_superuser(user, by=by, agreed=agreed)
    forget_everywhere(user, by=by)
    sessions = list(UserSession.objects.filter(user=user))
    for session in sessions:
        session.end()
    if sessions:
        add_audit_entry(Action.CHANGE, by=by, record=user, changes={"sessions": [len(sessions), 0]})
    return len(sessions)


@needs(may_manage_accounts, allow_system=True)
@transaction.atomic
def disable_account(user, *, by):
    """Disable an account and sign the user out on all devices, at once. Return how many sessions ended.

    Raises ValidationError for one's own account and for that of another admin, which a second admin must agree to
    disable. The command on the server (`by` None) disables any.
    """
    _refuse_superuser(user, by=by)
    user = User.objects.select_for_update().get(pk=user.pk)
    if by is not None and (user == by or second_admin.can_decide(user)):
        raise ValidationError("You cannot disable this account alone. Ask for it on the Users page.")
    if user.is_active:
        user.is_active = False
        user.save(update_fields=["is_active"])
        add_audit_entry(Action.PERMISSION_CHANGE, by=by, record=user, changes={"is_active": [True, False]})
    return end_sessions(user, by=by)


@needs(may_manage_accounts, allow_system=True)
@transaction.atomic
def take_second_factor_away(user, *, by, proof="", agreed=None):
    """Remove all second factors and the PIN of a user who lost them, and end their sessions.

    Return how many second factors were removed. `proof` says how `by` proved who they are, and `agreed` is the accepted
    AccountChange, without which only a new clinic can do this. The command on the server (`by` None) needs neither.

    The user then signs in with the password alone and sets up a new factor if their role needs one.
    Raises ValidationError for one's own account.
    """
    if user == by:
        raise ValidationError("You cannot remove your own second factor here. Change it on your account page.")
    _refuse_superuser(user, by=by, agreed=agreed)
    if by is not None:
        require_proof(proof)
        if not second_admin.is_new_clinic():
            _require_agreement(user, agreed, "second_factor", by=by)
    factors = Authenticator.objects.filter(user=user)
    kinds = sorted(factors.values_list("type", flat=True))
    factors.delete()
    if kinds:
        changes = {"second_factor": [kinds, []]}
        add_audit_entry(Action.PERMISSION_CHANGE, by=by, record=user, changes=changes, note=proved_by(proof))
    take_pin_away(user, by=by)
    end_sessions(user, by=by, agreed=agreed)
    return len(kinds)


@needs(may_manage_accounts)
@transaction.atomic
def unlock_sign_in(attempts, *, by):
    """Delete a queryset of failed sign-ins, so that the user or address can try again. Return how many were deleted.

    Pauses of `by` stay: otherwise a stranger at their computer could guess their password without a limit.
    """
    attempts = attempts.exclude(username=by.get_username().casefold())
    names = sorted({name or "" for name in attempts.values_list("username", flat=True)})
    if names:
        add_audit_entry(Action.PERMISSION_CHANGE, by=by, changes={"failed_sign_ins": [names[:MOST_NAMES], []]})
    return attempts.delete()[0]


@needs(may_manage_accounts)
@transaction.atomic
def match_staff_to_role(user, *, by):
    """Open Django admin to users with the role of an admin and to superusers, and close it to all others."""
    is_staff = user.is_superuser or user.groups.filter(name=ADMIN).exists()
    if user.is_staff != is_staff:
        add_audit_entry(Action.PERMISSION_CHANGE, by=by, record=user, changes={"is_staff": [user.is_staff, is_staff]})
        user.is_staff = is_staff
        user.save(update_fields=["is_staff"])
    return user


def proved_by(proof):
    """The note of an entry of the audit trail about an act that was proved."""
    return f"Proved by {proof}" if proof else ""


def _require_agreement(user, agreed, name, *, by):
    """Raise ValidationError unless `agreed` is the AccountChange with which `by` may do this to the user."""
    if not (_is_accepted(agreed, user, by=by) and name in agreed.changes):
        raise ValidationError("A second admin must agree to this. Ask for it on the Users page.")


def _is_accepted(agreed, user, *, by):
    is_about_user = agreed is not None and agreed.user_id == user.pk
    return is_about_user and agreed.is_accepted and agreed.decided_by_id == by.pk


def _refuse_superuser(user, *, by, agreed=None):
    if by is None or by.is_superuser or not user.is_superuser:
        return
    if not (_is_accepted(agreed, user, by=by) and agreed.asked_by.is_superuser):
        raise ValidationError("Only a superuser can change the account of a superuser.")
