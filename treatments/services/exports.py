"""Record exported files in the audit trail."""

from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import require_permission
from patients.models import TrailEntry
from treatments.permissions import may_export_outcomes


def record_outcomes_export(*, by, file_format, identified, filters_in_words, count):
    """Add an outcomes export to the audit trail, before it is sent. `count` is its number of sessions.

    Raises PermissionDenied if `by` may not export, or not with names.
    """
    kind = "with names" if identified else "pseudonymised"
    require_permission(may_export_outcomes(identified=identified), by)
    facts = {"format": file_format, "names": identified, "sessions": count, "filters": filters_in_words}
    return add_audit_entry(
        TrailEntry.Action.EXPORT,
        by=by,
        record=("outcome", ""),
        changes={name: [None, value] for name, value in facts.items()},
        note=f"{count:,} sessions as {file_format}, {kind}: {filters_in_words}",
    )
