"""Record in the audit trail that the audit trail itself was exported."""

from patients.audit.recording import add_entry_about_many
from patients.integrity.authorization import needs
from patients.models import TrailEntry
from patients.permissions import may_read_audit_trail

ROWS_AT_ONCE = 5000


@needs(may_read_audit_trail)
def record_trail_export(entries, *, by, filters):
    """Add the export of these TrailEntries to the audit trail, with their patients, before it is sent.

    Returns the entry. `filters` says how the list was filtered, as in its address.
    """
    patients = set(entries.order_by().values_list("patient", flat=True).distinct()) - {None}
    for entry in (
        entries.filter(changes__has_key="patients")
        .select_related(None)
        .only("changes")
        .iterator(chunk_size=ROWS_AT_ONCE)
    ):
        patients.update(entry.patients_in_list)
    count = entries.count()
    note = f"Audit trail, {count:,} entries{f': {filters}' if filters else ''}"
    return add_entry_about_many(
        TrailEntry.Action.EXPORT, by=by, patient_ids=patients, record=("trailentry", ""), note=note
    )
