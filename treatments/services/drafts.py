"""What the services for drafts of sessions and of assessments share."""

from django.core.exceptions import ValidationError
from django.utils import timezone

from patients.integrity.authorization import require
from treatments.record.authorship import may_write
from treatments.record.in_error import KIND_OF

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


def require_reason(reason):
    """Raise ValidationError unless there is a reason for withdrawing a draft."""
    if not reason.strip():
        raise ValidationError({"reason": "Give the reason for withdrawing this draft."})


def set_withdrawn(draft, *, by, reason, proof):
    """Make the locked draft a withdrawn one, by whom, when, why and with which proof. The caller saves it."""
    draft.status = draft.Status.WITHDRAWN
    draft.withdrawn_at, draft.withdrawn_by = timezone.now(), by
    draft.withdrawal_reason, draft.proved_by_means = reason.strip(), proof
    draft.version += 1
