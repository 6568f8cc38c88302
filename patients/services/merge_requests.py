"""Ask for a merge of two records of one person, choose which one stays, and decline it. Merging is in `merges`."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs, require
from patients.integrity.changes import changes_between, field_values
from patients.models import Patient, PatientMerge, TrailEntry
from patients.permissions import may_ask_for_merges, may_decide_merges
from patients.services.once import record_once

Action = TrailEntry.Action


@needs(may_ask_for_merges)
@transaction.atomic
def ask_for_merge(survivor, duplicate, *, by, reason, id=None):
    """Ask that `duplicate` becomes part of `survivor`, another record of the same person. Returns the PatientMerge.

    Nothing changes until a colleague with another role confirms it. `id` is chosen by the page; if the page is sent
    twice, the first PatientMerge is returned. Raises ValidationError for a record and itself, for a record that was
    merged or waits to be, and without a reason.
    """
    lock_records(survivor, duplicate)
    merge = PatientMerge(survivor=survivor, duplicate=duplicate, reason=reason.strip(), asked_by=by)
    merge.pk = id or merge.pk
    stored = record_once(
        merge, by=by, same=["survivor_id", "duplicate_id", "reason", "asked_by_id"], prepare=_refuse_request
    )
    if stored is merge:
        changes = changes_between(None, merge)
        add_audit_entry(Action.CREATE, by=by, patient=duplicate, record=merge, changes=changes)
    return stored


@needs(may_ask_for_merges)
@transaction.atomic
def keep_record(merge, patient, *, by):
    """Choose which of the two records a merge that waits would keep; returns the PatientMerge.

    Nothing else changes, and choosing the same record again changes nothing. Raises PermissionDenied for somebody who
    neither asked for the merge nor may decide it, and ValidationError for another patient or a decided merge.
    """
    merge = locked_merge(merge)
    require(_may_settle(merge, by), "You don’t have permission to change this merge.")
    refuse_unless_waiting(merge)
    if patient.pk not in merge.record_ids:
        raise ValidationError("Choose one of the two records of this merge.")
    if patient.pk == merge.survivor_id:
        return merge
    before = field_values(merge)
    merge.survivor, merge.duplicate = merge.duplicate, merge.survivor
    return save_merge(merge, before, by)


@needs(may_ask_for_merges)
@transaction.atomic
def decline_merge(merge, *, by, reason):
    """Record that these are two people, or that the merge is not wanted; returns the PatientMerge.

    The person who asked can take it back this way. Raises PermissionDenied for others who may not decide, and
    ValidationError without a reason.
    """
    merge = locked_merge(merge)
    require(_may_settle(merge, by), "You don’t have permission to decline this merge.")
    refuse_unless_waiting(merge)
    if not reason.strip():
        raise ValidationError({"decline_reason": "Give the reason, such as “They are twins”."})
    before = field_values(merge)
    merge.decided_at, merge.decided_by, merge.is_confirmed = timezone.now(), by, False
    merge.decline_reason = reason.strip()
    return save_merge(merge, before, by)


def locked_merge(merge):
    """The stored merge, locked until the transaction ends."""
    return PatientMerge.objects.select_for_update(of=["self"]).get(pk=merge.pk)


def lock_records(*patients):
    """The stored rows, locked in the order of their keys, as in patients.services.families."""
    pks = [patient.pk for patient in patients]
    rows = Patient.objects.select_for_update(no_key=True).filter(pk__in=pks).order_by("pk")
    rows = {row.pk: row for row in rows}
    return [rows[pk] for pk in pks]


def refuse_unless_waiting(merge):
    """Raise ValidationError if somebody has decided the merge."""
    if not merge.is_waiting:
        raise ValidationError("This merge is no longer waiting for a decision. Reload the page.", code="closed")


def _may_settle(merge, user):
    return may_decide_merges(user) or merge.asked_by_id == user.pk


def _refuse_request(merge):
    merge.asked_at = timezone.now()
    if merge.survivor_id == merge.duplicate_id:
        raise ValidationError("Choose another record: a record cannot be merged with itself.", code="same")
    for patient in (merge.survivor, merge.duplicate):
        if Patient.objects.filter(pk=patient.pk).exclude(merged_into=None).exists():
            raise ValidationError(
                f"{patient.record_number} has already been merged into another record.", code="merged"
            )
        if PatientMerge.objects.waiting().about(patient).exists():
            raise ValidationError(f"A merge of {patient.record_number} is already waiting.", code="waiting")
    if not merge.reason:
        raise ValidationError({"reason": "Explain how you know that both records belong to the same person."})


def save_merge(merge, before, by):
    """Save a merge, with an entry in the audit trails of both records."""
    merge.full_clean()
    merge.save()
    changes = changes_between(before, merge)
    for patient in (merge.survivor, merge.duplicate):
        add_audit_entry(Action.CHANGE, by=by, patient=patient, record=merge, changes=changes)
    return merge
