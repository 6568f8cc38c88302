"""A page chooses the id of what it stores: sent twice, it is stored once."""

from operator import attrgetter

from django.core.exceptions import ValidationError

from patients.audit.recording import record_trail
from patients.integrity.changes import differences
from patients.models import TrailEntry


class OtherContent(ValidationError):
    """The page was saved before, with different content. A form that takes a new id can be sent again."""

    def __init__(self):
        super().__init__(
            "This page was already saved with different content, which stays as it is."
            " To save this version as well, send the page again.",
            code="other_content",
        )


def record_once(row, *, by, same, prepare=None, action=TrailEntry.Action.CREATE):
    """Store an unsaved row under the id that its page chose, and record that in the audit trail; return the row.

    If the page was sent before, return the row of the first time instead. `same` names the attributes that the page
    decides: OtherContent is raised when they differ. `prepare(row)` is called for a new row only; it refuses the row
    or fills in what only a new row has. Call it in a transaction that holds a lock on what the row belongs to.
    """
    said = attrgetter(*same)
    if stored := stored_before(type(row).objects.filter(pk=row.pk), said=said, now=said(row)):
        return stored
    if prepare:
        prepare(row)
    row.full_clean()
    row.save(force_insert=True)
    record_trail(action, by=by, record=row, changes=differences(None, row))
    return row


def stored_before(rows, *, said, now):
    """The row that the same page stored before, of a queryset that finds it by the page's id; None if there is none.

    `said(row)` is what the page said of the stored row: OtherContent is raised when that is not what it says `now`.
    """
    stored = rows.first()
    if stored is not None and said(stored) != now:
        raise OtherContent
    return stored
