"""Record in the audit trail that a list about many patients was read."""

from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs
from patients.models import TrailEntry
from treatments.permissions import may_read_reasons_alone


@needs(may_read_reasons_alone)
def record_reading_of_reasons_alone(*, by, count):
    """Add an entry for the list of reasons for acting without a second person, before it is shown; return it.

    `count` is the number of reasons on the list.
    """
    note = f"Reasons for acting without a second person: {count}"
    return add_audit_entry(TrailEntry.Action.READ, by=by, record=("warninganswer", ""), note=note)
