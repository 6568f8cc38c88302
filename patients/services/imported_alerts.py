"""Record allergies and alerts of another system, and confirm or end them after talking to the patient."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs
from patients.integrity.changes import changes_between, field_values
from patients.models import ImportedAlert, TrailEntry
from patients.permissions import may_decide_imported_alerts, may_import_files

Action = TrailEntry.Action


@needs(may_import_files)
@transaction.atomic
def record_imported_alerts(alerts, *, by):
    """Store these unsaved ImportedAlerts of a file; returns them. Raises ValidationError if one is not possible."""
    for alert in alerts:
        alert.recorded_at, alert.recorded_by = timezone.now(), by
        alert.clean_fields()
    ImportedAlert.objects.bulk_create(alerts, batch_size=500)
    for alert in alerts:
        add_audit_entry(Action.CREATE, by=by, record=alert, changes=changes_between(None, alert))
    return alerts


@needs(may_import_files)
@transaction.atomic
def end_imported_alerts(keys, *, by, reason):
    """End those of these ImportedAlerts that have not ended, because their import was undone."""
    for alert in ImportedAlert.objects.current().filter(pk__in=keys).select_for_update(of=["self"]).order_by("pk"):
        _end(alert, by, reason)


@needs(may_decide_imported_alerts)
@transaction.atomic
def confirm_imported_alert(alert, *, by):
    """Record that the patient confirmed it; returns the ImportedAlert. It stays an alert.

    It is no answer to a screening question. Raises ValidationError if it has ended.
    """
    alert = _locked_current(alert)
    if alert.confirmed_at:
        return alert
    before = field_values(alert)
    alert.confirmed_at, alert.confirmed_by = timezone.now(), by
    alert.save(update_fields=["confirmed_at", "confirmed_by"])
    add_audit_entry(Action.CHANGE, by=by, record=alert, changes=changes_between(before, alert))
    return alert


@needs(may_decide_imported_alerts)
@transaction.atomic
def end_imported_alert(alert, *, by, reason):
    """Record why it does not count, or no longer; returns the ImportedAlert. The row stays.

    Raises ValidationError without a reason, and if it has ended already.
    """
    alert = _locked_current(alert)
    if not reason.strip():
        raise ValidationError({"end_reason": "Explain why it does not count."})
    return _end(alert, by, reason.strip())


def _locked_current(alert):
    alert = ImportedAlert.objects.select_for_update(of=["self"]).get(pk=alert.pk)
    if alert.ended_at:
        raise ValidationError("Somebody has ended this already. Reload the page.", code="closed")
    return alert


def _end(alert, by, reason):
    before = field_values(alert)
    alert.ended_at, alert.ended_by, alert.end_reason = timezone.now(), by, reason
    alert.clean_fields()
    alert.save(update_fields=["ended_at", "ended_by", "end_reason"])
    add_audit_entry(Action.WITHDRAW, by=by, record=alert, changes=changes_between(before, alert))
    return alert
