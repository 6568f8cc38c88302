"""Store the answers to the warnings of a draft, and a colleague's agreement to continue after a stop."""

from copy import copy

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs
from patients.integrity.changes import row_changes
from patients.integrity.proof import require_proof
from patients.models import TrailEntry
from treatments.models import WarningAnswer
from treatments.permissions import may_agree_to_stops
from treatments.record.agreed_rows import asked_again, is_agreed, rows_digest
from treatments.record.authorship import may_agree_to

from .drafts import locked_draft


class ChangedAnswer(ValidationError):
    """The answer was changed or removed after the page was opened, so the colleague has not read its present text."""

    def __init__(self):
        super().__init__("The answer was changed while you were reading. Read the new answer before you agree.")


class ChangedRows(ValidationError):
    """A row was changed after the page was opened, so the colleague has not read what is stored now."""

    def __init__(self):
        super().__init__("The needling was changed while you were reading. Read the new values before you agree.")


def replace_answers(session, stored, answers, by):
    """Replace the stored WarningAnswers of a draft. Returns the changes for the audit trail.

    Store the rows first. An answer with the same content keeps its time, name and agreement, unless it was agreed to
    for other rows. Any other is a new answer, to which the colleague has not agreed yet. Raises ValidationError when
    the author names themselves as the colleague.
    """
    stored = list(stored)
    before = {(answer.key, answer.needling_id): answer for answer in stored}
    after = {(answer.key, answer.needling_id): answer for answer in answers}
    same = {about for about, answer in after.items() if about in before and answer.has_same_content(before[about])}
    same -= {(answer.key, answer.needling_id) for answer in _agreed_for_other_rows(session, stored)}
    if gone := [answer.pk for about, answer in before.items() if about not in same]:
        WarningAnswer.objects.filter(pk__in=gone).delete()
    new = [asked_again(answer) for about, answer in after.items() if about not in same]
    for answer in new:
        answer.session, answer.acknowledged_by, answer.acknowledged_at = session, by, timezone.now()
        _refuse_own_agreement(answer)
    WarningAnswer.objects.bulk_create(new)
    return row_changes(stored, [*(before[about] for about in same), *new])


@needs(may_agree_to_stops)
@transaction.atomic
def agree_to_stop(answer, *, by, rows_read, proof):
    """Record that `by` agrees to this WarningAnswer to a stop, and return the answer. A second call changes nothing.

    `rows_read` is the `rows_digest` of the rows that they read, and `proof` says how they proved who they are. Raises
    ChangedAnswer when the answer was changed meanwhile, ChangedRows when the rows were, and ValidationError when the
    session is no longer a draft, another colleague was asked, or `proof` is empty.
    """
    session = locked_draft(answer.session)
    answer = session.warning_answers.filter(pk=answer.pk).first()
    if answer is None:
        raise ChangedAnswer
    if not may_agree_to(by, answer):
        raise ValidationError("Only the colleague who was asked can agree.")
    if answer.is_waiting:
        if rows_read != rows_digest(answer, _stored_rows(session)):
            raise ChangedRows
        require_proof(proof)
        before = copy(answer)
        answer.seconded_at, answer.agreed_rows, answer.proved_by_means = timezone.now(), rows_read, proof
        answer.save(update_fields=["seconded_at", "agreed_rows", "proved_by_means"])
        changes = row_changes([before], [answer])
        add_audit_entry(TrailEntry.Action.CHANGE, by=by, record=session, changes=changes, note="Agreed to a stop")
    return answer


def _agreed_for_other_rows(session, answers):
    agreed = [answer for answer in answers if answer.seconded_at]
    rows = _stored_rows(session) if agreed else []
    return [answer for answer in agreed if not is_agreed(answer, rows)]


def _stored_rows(session):
    """The rows as the database has them: what a page sent can differ in form, such as 0.30 and 0.3."""
    return list(session.needlings.select_related("muscle", "trigger_point", "needle"))


def _refuse_own_agreement(answer):
    if answer.seconded_by_id == answer.acknowledged_by_id:
        raise ValidationError("Choose a colleague other than yourself.")
