"""Recalls of needle lots. The details of a lot become immutable when a record that uses it is signed."""

from django.db import transaction

from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs
from patients.integrity.changes import changes_between, field_values
from patients.models import TrailEntry
from treatments.models import Needle, Needling
from treatments.permissions import may_recall_lots


@needs(may_recall_lots)
@transaction.atomic
def recall_lot(needle, *, by, recalled_on, reason):
    """Recall a lot: from `recalled_on` it cannot be chosen. Records that use it do not change."""
    return _set_recall(needle, by, recalled_on, reason)


@needs(may_recall_lots)
@transaction.atomic
def lift_recall(needle, *, by):
    """Lift a recall that was entered by mistake, so that the lot can be chosen again."""
    return _set_recall(needle, by, None, "")


def _set_recall(needle, by, recalled_on, reason):
    needle = Needle.objects.select_for_update().get(pk=needle.pk)
    before = field_values(needle)
    needle.recalled_on, needle.recall_reason = recalled_on, reason.strip()
    needle.full_clean()
    needle.save(update_fields=["recalled_on", "recall_reason"])
    add_audit_entry(TrailEntry.Action.CHANGE, by=by, record=needle, changes=changes_between(before, needle))
    return needle


def lock_lots(sessions, *, at):
    """Make the details of the lots used in these sessions immutable.

    Call it in the transaction that signs, before the content hash is computed.
    """
    used = Needling.objects.filter(session__in=sessions).values("needle")
    new = Needle.objects.filter(pk__in=used, in_record_since=None).order_by("pk").select_for_update(no_key=True)
    Needle.objects.filter(pk__in=[needle.pk for needle in new]).update(in_record_since=at)
