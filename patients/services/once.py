"""Store once what a page sends twice: the page chooses the id of the row."""

from operator import attrgetter

from django.core.exceptions import ValidationError

from patients.audit.recording import add_audit_entry
from patients.integrity.changes import changes_between
from patients.models import TrailEntry


class OtherContent(ValidationError):
    """The page was saved before with different content. Its form can take a new id and be sent again."""

    def __init__(self):
        super().__init__(
            "This page was already saved with different content, which has not been changed."
            " To save this version as well, save again.",
            code="other_content",
        )


def record_once(row, *, by, same, prepare=None, action=TrailEntry.Action.CREATE, more_changes=None):
    """Store a new row under the id that its page chose, add an audit entry, and return the row.

    If the page was sent before, return the stored row instead. `same` names the attributes that come from the page:
    if one of them differs, OtherContent is raised. `prepare(row)` is called for a new row only: it may raise
    ValidationError or set more fields. `more_changes` are added to the change set of the entry. Call this in a
    transaction that has locked the record that the row belongs to.
    """
    content_of = attrgetter(*same)
    if stored := stored_before(type(row).objects.filter(pk=row.pk), content_of=content_of, content=content_of(row)):
        return stored
    if prepare:
        prepare(row)
    row.full_clean()
    row.save(force_insert=True)
    add_audit_entry(action, by=by, record=row, changes=changes_between(None, row) | (more_changes or {}))
    return row


def stored_before(rows, *, content_of, content):
    """The row that the same page stored before, or None. `rows` is the queryset that finds it by the page's id.

    Raises OtherContent if `content_of(row)` is not equal to `content`, which the page sends now.
    """
    stored = rows.first()
    if stored is not None and content_of(stored) != content:
        raise OtherContent
    return stored
