"""Needle lots: one that was recalled goes out of use, one that a signed record speaks of keeps its words."""

from django.db import transaction

from patients.audit.recording import record_trail
from patients.integrity.authorization import needs
from patients.integrity.changes import differences, state_of
from patients.models import TrailEntry
from treatments.models import Needle, Needling
from treatments.permissions import may_recall_lots


@needs(may_recall_lots)
@transaction.atomic
def recall_lot(needle, *, by, recalled_on, reason):
    """From that day on the lot cannot be chosen. What was recorded with it stays, and is how patients are found."""
    return _set_recall(needle, by, recalled_on, reason)


@needs(may_recall_lots)
@transaction.atomic
def lift_recall(needle, *, by):
    """Let a lot be chosen again that was recalled by mistake."""
    return _set_recall(needle, by, None, "")


def _set_recall(needle, by, recalled_on, reason):
    needle = Needle.objects.select_for_update().get(pk=needle.pk)
    before = state_of(needle)
    needle.recalled_on, needle.recall_reason = recalled_on, reason.strip()
    needle.full_clean()
    needle.save(update_fields=["recalled_on", "recall_reason"])
    record_trail(TrailEntry.Action.CHANGE, by=by, record=needle, changes=differences(before, needle))
    return needle


def keep_lots(sessions, *, at):
    """Freeze what the packs of these sessions' needles say. For the signing transaction, before the hash is taken."""
    used = Needling.objects.filter(session__in=sessions).values("needle")
    new = Needle.objects.filter(pk__in=used, in_record_since=None).order_by("pk").select_for_update(no_key=True)
    Needle.objects.filter(pk__in=[needle.pk for needle in new]).update(in_record_since=at)
