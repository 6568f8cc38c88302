"""Record exported files in the audit trail."""

from django.core.exceptions import ValidationError

from patients.audit.recording import add_audit_entry, add_entry_about_many
from patients.integrity.authorization import needs, require_permission
from patients.integrity.proof import require_proof
from patients.models import TrailEntry
from treatments.permissions import may_export_lots, may_export_outcomes, may_export_whole_records

EXPORT = TrailEntry.Action.EXPORT


def record_outcomes_export(*, by, file_format, identified, filters_in_words, count, patient_ids):
    """Add an outcomes export to the audit trail, before it is sent, with the patients whose data it holds.

    `count` is its number of sessions. Returns the entry. Raises PermissionDenied if `by` may not export, or not with
    names.
    """
    kind = "with names" if identified else "pseudonymised"
    require_permission(may_export_outcomes(identified=identified), by)
    facts = {"format": file_format, "names": identified, "sessions": count, "filters": filters_in_words}
    return add_entry_about_many(
        EXPORT,
        by=by,
        patient_ids=patient_ids,
        record=("outcome", ""),
        changes={name: [None, value] for name, value in facts.items()},
        note=f"{count:,} sessions as {file_format}, {kind}: {filters_in_words}",
    )


@needs(may_export_lots)
def record_lot_export(needle, *, by, patient_ids):
    """Add the export of who was treated with a lot to the audit trail, with the patients on the list."""
    note = f"The list of lot {needle.lot}"
    return add_entry_about_many(EXPORT, by=by, patient_ids=patient_ids, record=needle, note=note)


@needs(may_export_whole_records, allow_system=True)
def record_whole_export(patient, *, by, recipient, proof):
    """Add the export of a patient's whole record to the audit trail, before anything of it is read.

    Returns the entry. `recipient` is who gets it, and `proof` how `by` proved who they are: both are in the entry, so
    the next list of disclosures names this one. A command has no person: then `by` is None and `proof` is "".
    Raises ValidationError without a recipient or, for a person, without a proof.
    """
    recipient = recipient.strip()
    if not recipient:
        raise ValidationError("Enter who receives the record.")
    if by is not None:
        require_proof(proof)
    facts = {"recipient": [None, recipient], "proved by": [None, proof]}
    return add_audit_entry(EXPORT, by=by, record=patient, changes=facts, note="Copy of the whole record")


@needs(may_export_whole_records, allow_system=True)
def record_emergency_sheet(*, by, day, patient_ids):
    """Add the emergency sheet of a day to the audit trail, before it is written, with the patients on it.

    Returns the entry. A command has no person: then `by` is None.
    """
    note = "Emergency sheet, written to a file on the server"
    return add_entry_about_many(EXPORT, by=by, patient_ids=patient_ids, record=("emergencysheet", str(day)), note=note)
