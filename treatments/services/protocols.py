"""Make protocols from sessions, change and retire them, and use them in drafts."""

from copy import copy

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs, require
from patients.integrity.changes import changes_between, field_values, row_changes
from patients.models import TrailEntry
from patients.services.once import stored_before
from treatments.models import Needling, Protocol, ProtocolRow, ProtocolUse
from treatments.permissions import may_keep_protocols, may_make_protocols, may_read_protocols, may_write_sessions
from treatments.record.needling_times import has_result
from treatments.record.protocols import (
    SIDES,
    addition_of,
    may_change_protocol,
    may_retire_protocol,
    rows_to_keep,
)

from .drafts import draft_to_write
from .retiring import retire
from .sessions import save_draft

ONLY_THE_OWNER = "Only the colleague who made this protocol can change it."


@needs(may_make_protocols)
@transaction.atomic
def make_protocol(session, *, by, protocol_id):
    """Keep the set-up of a session's rows, draft or signed, as a protocol of `by`, and return it. It is not shared.

    It is for the condition of the session's episode or, without one, for its region, and has its name. The page chooses
    `protocol_id`; sent twice, the first protocol is returned. Raises ValidationError if the session has no row.
    """
    sent_before = Protocol.objects.filter(pk=protocol_id)
    if stored := stored_before(sent_before, content_of=lambda row: row.owner_id, content=by.pk):
        return stored
    rows = rows_to_keep(session.needlings.select_related("muscle", "needle"))
    if not rows:
        raise ValidationError("A protocol needs at least one row. Add what you needle first.")
    episode = session.episode if session.counted_episode_id else None
    protocol = Protocol(pk=protocol_id, owner=by, name=_free_name(by, episode, rows))
    if episode:
        protocol.condition, protocol.region = episode.condition, episode.region
    protocol.full_clean()
    protocol.save(force_insert=True)
    for row in rows:
        row.protocol = protocol
    ProtocolRow.objects.bulk_create(rows)
    changes = changes_between(None, protocol) | row_changes([], rows)
    add_audit_entry(TrailEntry.Action.CREATE, by=by, record=protocol, changes=changes)
    return protocol


def _free_name(by, episode, rows):
    """The condition or region as a name, with a number if the owner has one of that name."""
    name = (episode and (episode.condition_name or episode.get_region_display())) or str(rows[0].muscle)
    taken = set(Protocol.objects.active().filter(owner=by).values_list("name", flat=True))
    names = [name[:75], *(f"{name[:75]} {number}" for number in range(2, len(taken) + 3))]
    return next(free for free in names if free not in taken)


@needs(may_write_sessions)
@transaction.atomic
def save_and_make_protocol(session, *, by, **draft):
    """Store a draft as the page shows it, then keep its rows as a protocol. `draft` is what save_draft takes.

    Returns the protocol, which has the token of the save as its id.
    """
    return make_protocol(save_draft(session, by=by, **draft), by=by, protocol_id=draft["token"])


@needs(may_keep_protocols)
@transaction.atomic
def update_protocol(protocol, *, by, **values):
    """Change the name, condition, region or sharing of one's own protocol, and return it."""
    locked = _locked(protocol)
    require(may_change_protocol(by, locked), ONLY_THE_OWNER)
    before = field_values(locked)
    for name, value in values.items():
        setattr(locked, name, value)
    locked.full_clean()
    locked.save()
    add_audit_entry(TrailEntry.Action.CHANGE, by=by, record=locked, changes=changes_between(before, locked))
    return locked


@needs(may_read_protocols)
@transaction.atomic
def retire_protocol(protocol, *, by):
    """No longer offer a protocol, and return it. A second call changes nothing."""
    locked = _locked(protocol)
    require(may_retire_protocol(by, locked), ONLY_THE_OWNER)
    return locked if locked.retired_at else retire(locked, by=by, note="Retired")


@needs(may_write_sessions)
@transaction.atomic
def save_and_use_protocol(session, *, by, protocol, side, **draft):
    """Store a draft as the page shows it, then add the rows of a protocol on this side: "right", "left" or "both".

    `draft` is what save_draft takes; its token is the id of the ProtocolUse, which is returned. A page sent twice uses
    the protocol once. Rows that lead to a stop, or that are there already, are left out. Raises ValidationError as
    save_draft does, and when the protocol is not offered to `by` or the visit has no needling.
    """
    if side not in SIDES:
        raise ValidationError("Choose the side.")
    if not Protocol.objects.active().open_to(by).filter(pk=protocol.pk).exists():
        raise ValidationError("This protocol is no longer offered. Reload the page.")
    sent_before = ProtocolUse.objects.filter(pk=draft["token"], session=session)
    saved = save_draft(session, by=by, **draft)
    if stored := sent_before.first():
        return stored
    if not saved.is_with_needling:
        raise ValidationError("This kind of visit has no needling. Change the kind of visit first.")
    addition = addition_of(protocol, saved, side=side)
    Needling.objects.bulk_create(addition.rows)
    use = ProtocolUse.objects.create(
        pk=draft["token"],
        session=saved,
        protocol=protocol,
        used_at=timezone.now(),
        used_by=by,
        added=[str(row.pk) for row in addition.rows],
        left_out=addition.left_out,
    )
    changes = row_changes([], addition.rows) | row_changes([], [use])
    add_audit_entry(TrailEntry.Action.CHANGE, by=by, record=saved, changes=changes, note="Protocol used")
    return use


@needs(may_write_sessions)
@transaction.atomic
def undo_protocol_use(session, *, by, use_id, **draft):
    """Store a draft as the page shows it, then take away the rows that the use of a protocol added. Returns the use.

    A row that has a result by now stays. A use that was undone before is returned unchanged.
    """
    saved = save_draft(session, by=by, **draft)
    use = ProtocolUse.objects.select_for_update().get(pk=use_id, session=draft_to_write(saved, by=by))
    if use.undone_at is None:
        rows = saved.needlings.filter(pk__in=use.added)
        taken = [row for row in rows if not has_result(row)]
        Needling.objects.filter(pk__in=[row.pk for row in taken]).delete()
        before = copy(use)
        use.undone_at, use.undone_by = timezone.now(), by
        use.save(update_fields=["undone_at", "undone_by"])
        changes = row_changes(taken, []) | row_changes([before], [use])
        add_audit_entry(TrailEntry.Action.CHANGE, by=by, record=saved, changes=changes, note="Protocol undone")
    return use


def _locked(protocol):
    return Protocol.objects.select_for_update(of=["self"]).get(pk=protocol.pk)
