"""Say in the trail what leaves the clinic as a file."""

from patients.audit.recording import record_trail
from patients.integrity.authorization import require_permission
from patients.models import TrailEntry
from treatments.permissions import may_export_outcomes


def record_outcomes_export(*, by, file_format, identified, filters_in_words, count):
    """Tell the trail of a file of outcomes, before its first byte is sent. `count` is the number of sessions in it."""
    kind = "with names" if identified else "pseudonymised"
    require_permission(may_export_outcomes(identified=identified), by)
    said = {"format": file_format, "names": identified, "sessions": count, "filters": filters_in_words}
    return record_trail(
        TrailEntry.Action.EXPORT,
        by=by,
        record=("outcome", ""),
        changes={name: [None, value] for name, value in said.items()},
        note=f"{count:,} sessions as {file_format}, {kind}: {filters_in_words}",
    )
