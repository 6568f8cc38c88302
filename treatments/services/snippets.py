"""Keep snippets of text, and insert them into drafts."""

from django.core.exceptions import ValidationError
from django.db import transaction

from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs, require
from patients.integrity.changes import changes_between, field_values
from patients.models import TrailEntry
from patients.services.once import record_once
from treatments.models import Snippet
from treatments.permissions import may_keep_snippets, may_read_snippets, may_write_sessions
from treatments.record.snippets import (
    filled_in,
    may_change_snippet,
    may_retire_snippet,
    refuse_unknown_placeholders,
)

from .retiring import retire
from .sessions import save_draft

ONLY_THE_OWNER = "Only the colleague who wrote this text can change it."


@needs(may_keep_snippets)
@transaction.atomic
def add_snippet(*, by, id, name, field, text, is_shared=False):
    """Keep a text of `by` and return the Snippet. The page chooses `id`; sent twice, the first one is returned.

    Raises ValidationError for a placeholder that does not exist, and OtherContent when the id was used before.
    """
    refuse_unknown_placeholders(text)
    snippet = Snippet(pk=id, owner=by, name=name, field=field, text=text, is_shared=is_shared)
    return record_once(snippet, by=by, same=["owner_id", "name", "field", "text", "is_shared"])


@needs(may_keep_snippets)
@transaction.atomic
def update_snippet(snippet, *, by, **values):
    """Change the name, field, text or sharing of one's own snippet, and return it.

    Raises ValidationError for a placeholder that does not exist.
    """
    locked = Snippet.objects.select_for_update().get(pk=snippet.pk)
    require(may_change_snippet(by, locked), ONLY_THE_OWNER)
    before = field_values(locked)
    for name, value in values.items():
        setattr(locked, name, value)
    refuse_unknown_placeholders(locked.text)
    locked.full_clean()
    locked.save()
    add_audit_entry(TrailEntry.Action.CHANGE, by=by, record=locked, changes=changes_between(before, locked))
    return locked


@needs(may_read_snippets)
@transaction.atomic
def retire_snippet(snippet, *, by):
    """No longer offer a snippet, and return it. A second call changes nothing."""
    locked = Snippet.objects.select_for_update().get(pk=snippet.pk)
    require(may_retire_snippet(by, locked), ONLY_THE_OWNER)
    return locked if locked.retired_at else retire(locked, by=by, note="Retired")


@needs(may_write_sessions)
@transaction.atomic
def save_and_insert_snippet(session, *, by, snippet, values, needlings, **draft):
    """Store a draft as the page shows it, with the text of a snippet at the end of its field. Returns the session.

    `values`, `needlings` and `draft` are what save_draft takes; its `token` inserts the text once. The placeholders are
    replaced by what the page shows. Raises ValidationError as save_draft and `filled_in` do, and when the snippet is
    not offered to `by` or the text becomes too long.
    """
    if not Snippet.objects.active().open_to(by).filter(pk=snippet.pk).exists():
        raise ValidationError("This text is no longer offered. Reload the page.")
    started_at = values.get("started_at", session.started_at)
    session_as_shown = type(session)(patient=session.patient, started_at=started_at)
    text = filled_in(snippet.text, session_as_shown, needlings)
    there = values.get(snippet.field, getattr(session, snippet.field))
    values = values | {snippet.field: "\n".join(part for part in (there.rstrip(), text) if part)}
    return save_draft(session, by=by, values=values, needlings=needlings, **draft)
