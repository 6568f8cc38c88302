"""The audit trail of what the demo clinic wrote many rows at a time, without the services."""

from operator import attrgetter

from patients.audit.recording import add_audit_entry
from patients.integrity.changes import changes_between
from patients.integrity.progress import counted
from patients.models import TrailEntry
from treatments.models import AdverseEvent, EventReport, FollowUp, OutcomeScore, TreatmentSession

# How to find who wrote a record.
AUTHORS = {
    TreatmentSession: attrgetter("practitioner.user"),
    FollowUp: attrgetter("contacted_by"),
    AdverseEvent: attrgetter("recorded_by"),
    EventReport: attrgetter("recorded_by"),
    OutcomeScore: attrgetter("recorded_by"),
}


def complete_trail():
    """Add an entry for each record that has none. Its time is now, because entries are in the order of their time."""
    recorded = set(TrailEntry.objects.values_list("record_type", "record_id"))
    for model, author in AUTHORS.items():
        records = model.objects.order_by("pk")
        for record in counted(records, f"{model._meta.verbose_name_plural} in the audit trail", records.count):
            if model is AdverseEvent and not record.appeared_later:  # recorded with its session
                continue
            if (model._meta.model_name, str(record.pk)) not in recorded:
                signed = model is TreatmentSession and record.is_signed
                action = TrailEntry.Action.SIGN if signed else TrailEntry.Action.CREATE
                add_audit_entry(action, by=author(record), record=record, changes=changes_between(None, record))
