"""Ask for a change of an account that needs a second admin, accept it or refuse it."""

import logging

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.core.mail import send_mass_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from clinic.accounts import second_admin
from clinic.accounts.change_words import changes_in_words, state_in_words
from clinic.models import AccountChange, Practitioner
from clinic.permissions import may_manage_accounts
from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs
from patients.integrity.changes import changes_between, field_values
from patients.integrity.proof import require_proof
from patients.models import TrailEntry

from .accounts import end_sessions, match_staff_to_role, proved_by, take_second_factor_away

logger = logging.getLogger(__name__)
Action = TrailEntry.Action


@needs(may_manage_accounts)
@transaction.atomic
def ask_for_account_change(user, *, by, changes, proof):
    """Ask that a second admin accepts these changes of an account. Returns the AccountChange.

    `changes` is {field: [before, after]}, from second_admin.rights_to_decide, or {"second_factor": ["", "removed"]} or
    {"password_link": ["", "made"]}. `proof` says how `by` proved who they are. In a new clinic the changes take effect
    at once. If the same changes wait already, that AccountChange is returned. Everybody concerned gets an e-mail.
    Raises ValidationError for changes that this admin cannot ask for.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    if why := second_admin.why_not_askable(user, by, changes):
        raise ValidationError(why)
    require_proof(proof)
    now = timezone.now()
    for waiting in AccountChange.objects.waiting(at=now).filter(user=user, asked_by=by):
        if waiting.changes == changes:
            return waiting
    alone_from = second_admin.alone_from(user, by, changes, now=now)
    change = AccountChange(
        user=user,
        changes=changes,
        asked_at=now,
        asked_by=by,
        proved_by_means=proof,
        alone_from=alone_from,
        expires_at=(alone_from or now) + second_admin.EXPIRES_AFTER,
    )
    change.full_clean()
    change.save()
    add_audit_entry(Action.CREATE, by=by, record=change, changes=changes_between(None, change), note=proved_by(proof))
    if alone_from == now:
        return _put_into_effect(change, by=by, proof=proof, at=now)
    _tell(change)
    return change


@needs(may_manage_accounts)
@transaction.atomic
def accept_account_change(change, *, by, proof):
    """Put a change into effect, as the second admin or, without one, after the delay. Returns the AccountChange.

    `proof` says how `by` proved who they are. Raises ValidationError if `by` cannot accept it, if it was decided or has
    expired, or if the account has changed since.
    """
    change = _locked(change)
    if why := second_admin.why_not_acceptable(change, by):
        raise ValidationError(why)
    require_proof(proof)
    change = _put_into_effect(change, by=by, proof=proof, at=timezone.now())
    _tell(change)
    return change


@needs(may_manage_accounts)
@transaction.atomic
def refuse_account_change(change, *, by):
    """Refuse a change, or take back one's own. Returns the AccountChange. Raises ValidationError if it was decided."""
    change = _locked(change)
    if change.decided_at is not None:
        raise ValidationError("This change has already been decided.")
    before = field_values(change)
    change.decided_at, change.decided_by, change.is_accepted = timezone.now(), by, False
    change.save()
    add_audit_entry(Action.CHANGE, by=by, record=change, changes=changes_between(before, change))
    return change


def _locked(change):
    return AccountChange.objects.with_people().select_for_update(of=["self"]).get(pk=change.pk)


def _put_into_effect(change, *, by, proof, at):
    before = field_values(change)
    change.decided_at, change.decided_by, change.is_accepted, change.decision_proved_by_means = at, by, True, proof
    change.full_clean()
    change.save()
    add_audit_entry(Action.CHANGE, by=by, record=change, changes=changes_between(before, change))
    user = User.objects.select_for_update().get(pk=change.user_id)
    practitioner = Practitioner.objects.select_for_update(of=("self",)).filter(user=user).first()
    _refuse_if_changed_since(change, user, practitioner)
    if change.changes.keys() & second_admin.OF_PRACTITIONER:
        _change_practitioner(practitioner, change, by)
    _change_user(user, change, by)
    if "second_factor" in change.changes:
        take_second_factor_away(user, by=by, proof=proof, agreed=change)
    if change.changes.keys() & second_admin.NEEDS_NEW_SIGN_IN:
        end_sessions(user, by=by, agreed=change)
    return change


def _refuse_if_changed_since(change, user, practitioner):
    now = second_admin.rights_of_user(user) | second_admin.rights_of_practitioner(practitioner)
    if any(name in now and now[name] != before for name, (before, _) in change.changes.items()):
        raise ValidationError("This account has changed since. Refuse this change, and ask for it again.")


def _change_practitioner(practitioner, change, by):
    before = field_values(practitioner)
    second_admin.set_clinical_rights(practitioner, {name: after for name, (_, after) in change.changes.items()})
    practitioner.full_clean()
    practitioner.save()
    add_audit_entry(Action.CHANGE, by=by, record=practitioner, changes=changes_between(before, practitioner))


def _change_user(user, change, by):
    given = {name: pair for name, pair in change.changes.items() if name in second_admin.rights_of_user(user)}
    if not given:
        return
    if "groups" in given:
        user.groups.set(Group.objects.filter(name__in=given["groups"][1]))
    if "user_permissions" in given:
        user.user_permissions.set(second_admin.permissions_named(given["user_permissions"][1]))
    for name in given.keys() & {"is_superuser", "is_active", "email"}:
        setattr(user, name, given[name][1])
    user.full_clean(exclude=["password"])
    user.save()
    add_audit_entry(
        Action.PERMISSION_CHANGE,
        by=by,
        record=user,
        changes=given,
        note=proved_by(change.decision_proved_by_means),
    )
    match_staff_to_role(user, by=by)


def _tell(change):
    """E-mail everybody concerned, once the change is stored."""
    if not settings.EMAIL_URL:
        return
    people = {person.email for person in second_admin.people_concerned(change) if person.email}
    if change.is_accepted:
        # Also the address to which mail went until now.
        people |= {change.changes["email"][0]} - {""} if "email" in change.changes else set()
    context = {
        "change": change,
        "words": changes_in_words(change.changes),
        "state": state_in_words(change),
    }
    text = render_to_string("account/email/account_change_message.txt", context)
    mails = [("A change to an account in Filiform", text, None, [address]) for address in sorted(people)]
    transaction.on_commit(lambda: _send(mails))


def _send(mails):
    try:
        send_mass_mail(mails)
    except OSError as refusal:  # smtplib's errors are OSErrors
        logger.error("E-mails about a change to an account were not sent: %s.", type(refusal).__name__)
