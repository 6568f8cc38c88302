"""Set the needle and the technique that one's own rows begin with."""

from django.core.exceptions import ValidationError
from django.db import transaction

from clinic.models import Practitioner
from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs
from patients.integrity.changes import changes_between, field_values
from patients.models import TrailEntry
from treatments.models import NeedlingDefaults
from treatments.permissions import may_set_own_defaults


@needs(may_set_own_defaults)
@transaction.atomic
def set_own_defaults(*, by, needle_size, technique):
    """Set the size of needle, (diameter, length) in mm or None, and the technique or "" of `by`; return the defaults.

    Raises ValidationError unless `by` is a practitioner.
    """
    practitioner = Practitioner.objects.select_for_update().filter(user=by).first()
    if practitioner is None:
        raise ValidationError("Only a practitioner has defaults for needling.")
    stored = NeedlingDefaults.objects.filter(practitioner=practitioner).first()
    defaults = stored or NeedlingDefaults(practitioner=practitioner)
    before = field_values(stored) if stored else None
    defaults.needle_diameter_mm, defaults.needle_length_mm = needle_size or (None, None)
    defaults.technique = technique
    defaults.full_clean()
    defaults.save()
    action = TrailEntry.Action.CHANGE if stored else TrailEntry.Action.CREATE
    add_audit_entry(action, by=by, record=defaults, changes=changes_between(before, defaults))
    return defaults
