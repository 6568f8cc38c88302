"""The PIN with which a user signs: they set and remove their own, and an admin's reset of the account removes it."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from clinic.models import SigningPin
from patients.audit.recording import add_audit_entry
from patients.integrity.proof import require_proof
from patients.models import TrailEntry

Action = TrailEntry.Action


@transaction.atomic
def set_pin(user, *, by, pin, proof):
    """Set or replace one's own PIN and return the SigningPin. Only its hash is stored.

    Raises ValidationError for a PIN that is easy to guess, and PermissionDenied for the PIN of somebody else.
    """
    require_own(user, by)
    require_proof(proof)
    pin_of_user = SigningPin.objects.filter(user=user).first() or SigningPin(user=user)
    before = "set" if pin_of_user.pin_hash else ""
    pin_of_user.choose(pin)
    pin_of_user.set_at = timezone.now()
    pin_of_user.save()
    note = f"Proved by {proof}"
    add_audit_entry(Action.CHANGE, by=by, record=user, changes={"signing_pin": [before, "set anew"]}, note=note)
    return pin_of_user


@transaction.atomic
def remove_pin(user, *, by):
    """Remove one's own PIN. Return whether there was one."""
    require_own(user, by)
    return take_pin_away(user, by=by)


def take_pin_away(user, *, by):
    """Remove the PIN of a user whose account is reset. The caller has checked who may. Return whether there was one."""
    removed = SigningPin.objects.filter(user=user).delete()[0]
    if removed:
        add_audit_entry(Action.CHANGE, by=by, record=user, changes={"signing_pin": ["set", ""]})
    return bool(removed)


@transaction.atomic
def declare_own_device(user, *, by, proof):
    """Record that a user declared this browser to be on their own device, where a proof holds for some minutes."""
    require_own(user, by)
    require_proof(proof)
    note = f"Proved by {proof}"
    add_audit_entry(Action.CHANGE, by=by, record=user, changes={"own_device": ["", "declared"]}, note=note)
    return user


def require_own(user, by):
    """Raise PermissionDenied unless `by` is this user, with an active account."""
    if by is None or not by.is_active or by.pk is None or by.pk != user.pk:
        raise PermissionDenied("Users manage only their own PIN and devices.")
