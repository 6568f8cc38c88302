"""Hand over a draft, and what the services for drafts of sessions, assessments and letters share."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from clinic.models import Practitioner
from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs, require
from patients.integrity.changes import changes_between, field_values
from patients.integrity.proof import require_proof
from patients.models import TrailEntry
from patients.staff import printed_name
from treatments.permissions import may_read_sessions
from treatments.record.authorship import may_hand_over, may_write
from treatments.record.in_error import KIND_OF
from treatments.record.sealing import SEAL_VERSION

RECENT_SAVES = 50


class StaleSession(ValidationError):
    """The draft was saved by another person or in another tab after this page was opened."""


def locked_draft(session):
    """The stored draft of a session or an assessment, locked until the transaction ends.

    Raises ValidationError when it is no longer a draft.
    """
    locked = type(session).objects.select_for_update().get(pk=session.pk)
    # Reuse the patient and practitioner that the caller has loaded, to save queries.
    locked.patient = session.patient
    if locked.practitioner_id == session.practitioner_id:
        locked.practitioner = session.practitioner
    if locked.is_signed:
        raise ValidationError(
            f"This {KIND_OF[type(session)].label} is signed. It can no longer be changed.", code="closed"
        )
    if not locked.is_draft:
        raise ValidationError("This draft was withdrawn. It can no longer be changed.", code="closed")
    return locked


def draft_to_write(session, *, by):
    """The draft, locked as in `locked_draft`. Raises PermissionDenied unless `by` is its author."""
    locked = locked_draft(session)
    require(may_write(by, locked), "Only the physiotherapist who wrote this record can change or sign it.")
    return locked


def refuse_stale(draft, *, version, follows):
    """Raise StaleSession if the locked draft is not the version that the page was opened with.

    It may be another one if `follows`, the token of the sender's previous save, is still the last one.
    """
    if draft.version != version and draft.recent_saves[-1:] != [str(follows)]:
        raise StaleSession(
            f"This {KIND_OF[type(draft)].label} was changed after you opened it. Compare both versions.", code="stale"
        )


def count_save(draft, *, by, token, settles):
    """Set what a save changes besides its content: the version, the tokens of recent saves, and who saved it.

    `settles` is the token of a refused save that this one resolves, or None.
    """
    draft.version += 1
    draft.recent_saves = [*draft.recent_saves, *([str(settles)] if settles else []), str(token)][-RECENT_SAVES:]
    draft.saved_by = by


def set_signed(draft, *, by, at, proof, meaning=None):
    """Make the locked draft a signed one, with this proof. The caller hashes and saves it.

    `meaning` is what the signature of the person who began the draft means, by default that they wrote it. After a
    hand-over the signature always means that the draft was completed.
    """
    Meaning = draft.Meaning
    meaning = Meaning.COMPLETED if draft.handed_over_from_id else meaning or Meaning.AUTHORED
    draft.status = draft.Status.SIGNED
    draft.signed_at, draft.signed_by, draft.signed_name = at, by, printed_name(by)
    draft.signed_meaning, draft.proved_by_means = meaning, proof
    draft.seal_version = SEAL_VERSION
    draft.version += 1


def withdraw(draft, *, by, reason, proof, **changes):
    """Withdraw a locked draft, with these other changes of its fields, and return it.

    Raises ValidationError without a reason or a proof.
    """
    if not reason.strip():
        raise ValidationError({"reason": "Give the reason for withdrawing this draft."})
    require_proof(proof)
    before = field_values(draft)
    for field, value in changes.items():
        setattr(draft, field, value)
    draft.status = draft.Status.WITHDRAWN
    draft.withdrawn_at, draft.withdrawn_by = timezone.now(), by
    draft.withdrawal_reason, draft.proved_by_means = reason.strip(), proof
    draft.version += 1
    draft.save()
    add_audit_entry(TrailEntry.Action.WITHDRAW, by=by, record=draft, changes=changes_between(before, draft))
    return draft


@needs(may_read_sessions)
@transaction.atomic
def hand_over_draft(draft, *, by, to, proof):
    """Give a draft to another practitioner, who completes and signs it, and return it. Open pages become stale.

    `proof` says how `by` proved who they are; the audit trail keeps it. Raises ValidationError when `to` has left, is
    the author, or has a draft of the same kind in the episode, of which there can be only one.
    """
    draft = locked_draft(draft)
    require(may_hand_over(by, draft), "Only its author or an admin can hand over a draft.")
    if not Practitioner.objects.active().filter(pk=to.pk).exists():
        raise ValidationError({"to": "Choose a practitioner who works at this clinic."})
    if to.pk == draft.practitioner_id:
        raise ValidationError({"to": "This draft already belongs to this practitioner. Choose another one."})
    require_proof(proof)
    before = field_values(draft)
    draft.handed_over_from, draft.practitioner = draft.practitioner, to
    draft.saved_by = by
    draft.version += 1
    try:
        with transaction.atomic():
            draft.save(update_fields=["handed_over_from", "practitioner", "saved_by", "saved_at", "version"])
    except IntegrityError:
        if not draft.ONE_DRAFT_OF:
            raise
        raise ValidationError(
            {"to": f"{to} already has such a draft in this episode. Withdraw one of the two first."}
        ) from None
    changes = changes_between(before, draft)
    add_audit_entry(TrailEntry.Action.HAND_OVER, by=by, record=draft, changes=changes, note=f"Proved by {proof}")
    return draft
