"""Record in the audit trail that a list about many patients was read."""

from patients.audit.recording import add_entry_about_many
from patients.integrity.authorization import needs
from patients.models import TrailEntry
from treatments.permissions import may_read_reasons_alone


@needs(may_read_reasons_alone)
def record_reading_of_reasons_alone(*, by, reasons):
    """Add an entry for the list of reasons for acting without a second person, before it is shown; return it.

    `reasons` are those on the list, as ReasonAlones.
    """
    note = f"Reasons for acting without a second person: {len(reasons)}"
    patients = [reason.patient.pk for reason in reasons]
    return add_entry_about_many(
        TrailEntry.Action.READ, by=by, patient_ids=patients, record=("warninganswer", ""), note=note
    )
