"""Merge two records of one person, and undo it."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs, require
from patients.integrity.changes import changes_between, field_values
from patients.integrity.proof import require_proof
from patients.merging import (
    differences,
    merge_blockers,
    moving_rows,
    patient_keys,
    rests_on_both,
    why_not_confirmable_by,
)
from patients.models import Patient, TrailEntry
from patients.models.birth import BirthDate
from patients.permissions import may_change_patients, may_decide_merges
from patients.registry import registry
from patients.services.merge_requests import lock_records, locked_merge, refuse_unless_waiting, save_merge
from patients.services.people import update_patient

Action = TrailEntry.Action


@needs(may_decide_merges)
@transaction.atomic
def confirm_merge(merge, *, by, proof, details):
    """Merge the two records, as the second person; returns the PatientMerge.

    `details` is {name of a detail: value} for every detail in which the records differ: the value that the survivor
    gets. `proof` says how `by` proved who they are. Rows that can change move to the survivor; signed and other
    immutable rows stay as they are and count for the same person (see PatientKey). Raises PermissionDenied for the
    person who asked and for somebody with the same role, and ValidationError while something prevents it.
    """
    merge = locked_merge(merge)
    require(not (why := why_not_confirmable_by(by, merge)), why)
    require_proof(proof)
    refuse_unless_waiting(merge)
    _lock_moving(merge.duplicate)
    survivor, duplicate = lock_records(merge.survivor, merge.duplicate)
    if blockers := merge_blockers(survivor, duplicate):
        raise ValidationError([ValidationError(blocker.sentence, code="blocked") for blocker in blockers])
    _refuse_other_details(survivor, duplicate, details)
    before, now = field_values(merge), timezone.now()
    with registry.recounted(survivor, duplicate):
        merge.kept = {"moved": _move(duplicate, survivor), "earlier": _lead_on(duplicate, survivor, now)}
        _lead(duplicate, survivor, now, by)
        merge.kept["family"] = _join_families(survivor, duplicate, by)
        merge.kept["details"] = _take_details(survivor, details, by)
    merge.decided_at, merge.decided_by, merge.is_confirmed, merge.proved_by_means = now, by, True, proof
    return save_merge(merge, before, by)


@needs(may_decide_merges)
@transaction.atomic
def undo_merge(merge, *, by, reason, proof):
    """Undo a merge, from the changes that it stored; returns the PatientMerge.

    What was recorded since stays with the survivor. A detail that was changed since keeps its new value. Raises
    ValidationError, with a sentence, if a row of one record would then refer to a row of the other.
    """
    merge = locked_merge(merge)
    require_proof(proof)
    if not reason.strip():
        raise ValidationError({"undo_reason": "Explain how you know that these are two people."})
    if not merge.is_in_effect:
        raise ValidationError("This merge is not in effect. Reload the page.", code="closed")
    survivor, duplicate = lock_records(merge.survivor, merge.duplicate)
    if duplicate.merged_into_id != survivor.pk:
        raise ValidationError("The record that stayed was merged into another one later. Undo that merge first.")
    before = field_values(merge)
    with registry.recounted(survivor, duplicate):
        _move_back(merge.kept["moved"], survivor, duplicate)
        _lead(duplicate, None, None, by)
        for pk, merged_at in merge.kept["earlier"].items():
            Patient.objects.filter(pk=pk).update(merged_into=duplicate, merged_at=merged_at)
        _leave_families(merge.kept["family"], by)
        _give_details_back(survivor, merge.kept["details"], by)
    if sentence := rests_on_both(survivor, duplicate):
        raise ValidationError(f"The merge can no longer be undone. {sentence}", code="depends")
    merge.undone_at, merge.undone_by, merge.undo_reason = timezone.now(), by, reason.strip()
    merge.undo_proved_by_means = proof
    return save_merge(merge, before, by)


def _refuse_other_details(survivor, duplicate, details):
    differing, _ = differences(survivor, duplicate)
    if {each.name for each in differing} != details.keys() or any(
        details[each.name] not in (each.survivor, each.duplicate) for each in differing
    ):
        raise ValidationError("Somebody changed one of the records after you opened this page.", code="stale")


def _lock_moving(patient):
    """Lock what a merge moves before the patients: signing, too, locks a session before its patient."""
    for key in patient_keys():
        list(moving_rows(key, patient).select_for_update().order_by("pk").values_list("pk"))


def _move(duplicate, survivor):
    """Move rows to the survivor. Returns {label of a model: keys of the rows that moved}."""
    moved = {}
    for key in patient_keys():
        rows = moving_rows(key, duplicate)
        if pks := [str(pk) for pk in rows.order_by("pk").values_list("pk", flat=True)]:
            rows.update(**{key.name: survivor})
            moved[key.model._meta.label] = pks
    return moved


def _move_back(moved, survivor, duplicate):
    for key in patient_keys():
        pks = moved.get(key.model._meta.label, [])
        rows = key.model._base_manager.filter(pk__in=pks, **{f"{key.name}__record": survivor.pk})
        try:
            with transaction.atomic():
                rows.update(**{key.name: duplicate})
        except IntegrityError as refusal:
            kind = key.model._meta.verbose_name_plural
            raise ValidationError(
                f"The merge can no longer be undone. Some {kind} that moved have been signed or closed since.",
                code="depends",
            ) from refusal


def _lead_on(duplicate, survivor, now):
    """Point records that were merged into the duplicate to the survivor. Returns {key: when they were merged}."""
    earlier = Patient.objects.filter(merged_into=duplicate)
    kept = {str(pk): at and at.isoformat() for pk, at in earlier.values_list("pk", "merged_at")}
    earlier.update(merged_into=survivor, merged_at=now)
    return kept


def _lead(duplicate, survivor, now, by):
    before = field_values(duplicate)
    duplicate.merged_into, duplicate.merged_at = survivor, now
    duplicate.save(update_fields=["merged_into", "merged_at"])
    add_audit_entry(Action.CHANGE, by=by, record=duplicate, changes=changes_between(before, duplicate))


def _join_families(survivor, duplicate, by):
    """The relatives of both become one family. Returns {key of a patient: their family before} for the undo."""
    if duplicate.family is None or duplicate.family == survivor.family:
        return {}
    joining = [survivor] if survivor.family is None else Patient.objects.filter(family=duplicate.family)
    family = survivor.family or duplicate.family
    kept = {}
    for member in joining:
        kept[str(member.pk)] = [member.family and str(member.family), str(family)]
        _set_family(member, family, by)
    return kept


def _leave_families(kept, by):
    for member in Patient.objects.select_for_update(no_key=True).filter(pk__in=kept).order_by("pk"):
        before, after = kept[str(member.pk)]
        if str(member.family) == after:
            _set_family(member, before, by)


def _set_family(member, family, by):
    before = field_values(member)
    member.family = family
    member.save(update_fields=["family"])
    add_audit_entry(Action.CHANGE, by=by, record=member, changes=changes_between(before, member))


def _take_details(survivor, details, by):
    """Give the survivor these details. Returns {name: [before, after]}, as JSON, of those that change."""
    changing = {name: value for name, value in details.items() if getattr(survivor, name) != value}
    before = {name: _stored(survivor, name) for name in changing}
    if not changing:
        return {}
    require(may_change_patients(by), "Only somebody who may change patients can confirm this merge.")
    changed = update_patient(Patient.objects.get(pk=survivor.pk), by=by, **changing)
    return {name: [before[name], _stored(changed, name)] for name in changing}


def _give_details_back(survivor, kept, by):
    now = Patient.objects.get(pk=survivor.pk)
    unchanged = {name: before for name, (before, after) in kept.items() if _stored(now, name) == after}
    values = {name: _value(name, before) for name, before in unchanged.items()}
    if values:
        update_patient(now, by=by, **values)


def _stored(patient, name):
    """A detail as JSON."""
    value = getattr(patient, name)
    if name == "birth":
        return [value.day and value.day.isoformat(), value.precision]
    return value.isoformat() if hasattr(value, "isoformat") else value


def _value(name, stored):
    """The detail that `_stored` made this of."""
    if name == "birth":
        day, precision = stored
        return BirthDate(day and date.fromisoformat(day), precision)
    return Patient._meta.get_field(name).to_python(stored)
