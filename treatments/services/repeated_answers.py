"""Answer the cautions of a draft as in the patient's last session."""

from django.db import transaction

from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs
from patients.models import TrailEntry
from treatments.permissions import may_write_sessions
from treatments.record.repeated_answers import answers_of_last_time
from treatments.record.warnings import warning_statuses
from treatments.safety import answer_to

from .answers import replace_answers
from .sessions import save_draft


@needs(may_write_sessions)
@transaction.atomic
def save_and_repeat_answers(session, *, by, **draft):
    """Store a draft as the page shows it, then give each open caution the reason it had last time. Returns the session.

    `draft` is what save_draft takes; raises ValidationError as it does. `answers_of_last_time` decides which cautions
    are the same. Each of them gets an answer of its own, given by `by` now, which names the one that it repeats.
    """
    saved = save_draft(session, by=by, **draft)
    same = answers_of_last_time(saved, warning_statuses(saved), saved.needlings.all())
    if not same:
        return saved
    answers = []
    for warning, last_time in same:
        answer = answer_to(warning, reason=last_time.reason)
        answer.repeats = last_time
        answers.append(answer)
    stored = list(saved.warning_answers.all())
    changes = replace_answers(saved, stored, [*stored, *answers], by)
    note = "Cautions answered as last time"
    add_audit_entry(TrailEntry.Action.CHANGE, by=by, record=saved, changes=changes, note=note)
    return saved
