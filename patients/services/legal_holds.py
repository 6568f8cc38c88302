"""Place a legal hold on the record of a patient, and lift it."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs
from patients.integrity.changes import changes_between, field_values
from patients.models import LegalHold, Patient, TrailEntry
from patients.permissions import may_lift_legal_holds, may_place_legal_holds

from .once import record_once


@needs(may_place_legal_holds)
@transaction.atomic
def place_legal_hold(patient, *, by, reason, id=None):
    """Keep the record of a patient until the hold is lifted; returns the LegalHold.

    The page chooses `id`, so that a page sent twice places one hold. Raises ValidationError without a reason.
    """
    Patient.objects.lock_people([patient.pk])
    hold = LegalHold(**({"id": id} if id else {}), patient=patient, reason=reason.strip(), placed_by=by)
    return record_once(hold, by=by, same=("patient_id", "reason", "placed_by_id"), prepare=_place)


def _place(hold):
    hold.placed_at = timezone.now()


@needs(may_lift_legal_holds)
@transaction.atomic
def lift_legal_hold(hold, *, by, reason):
    """Lift a hold; returns the LegalHold. Raises ValidationError without a reason, or if it was lifted before."""
    hold = LegalHold.objects.select_for_update().get(pk=hold.pk)
    if hold.lifted_at:
        raise ValidationError("This hold has already been lifted.", code="lifted")
    before = field_values(hold)
    hold.lifted_at, hold.lifted_by, hold.lift_reason = timezone.now(), by, reason.strip()
    hold.full_clean()
    hold.save()
    changes = changes_between(before, hold)
    add_audit_entry(TrailEntry.Action.CHANGE, by=by, record=hold, changes=changes)
    return hold
