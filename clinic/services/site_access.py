"""Add a site to a patient, and open the record of a patient of another site with a reason."""

from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from clinic.models import OtherSiteAccess, PatientSite
from clinic.site_access import access_with_reason, is_of_own_site, recorded_sites_of
from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs
from patients.integrity.changes import changes_between
from patients.models import TrailEntry
from patients.permissions import may_read_patients


def add_sites(patient, site_ids, *, by):
    """Add these sites to those of the patient, in the transaction of the caller, whose entry says why.

    Registering a patient, booking a visit and starting a session call it. One query.
    """
    added = {"added_at": timezone.now(), "added_by": by} if by else {}
    rows = [PatientSite(patient_id=patient.pk, site_id=site_id, **added) for site_id in site_ids]
    PatientSite.objects.bulk_create(rows, ignore_conflicts=True)


def add_own_sites(patient, by):
    """Make a patient whom `by` registers one of their sites. Registered with patients.registry.

    Somebody who works at all sites leaves that to the first visit.
    """
    if site_ids := recorded_sites_of(by):
        add_sites(patient, site_ids, by=by)


@needs(may_read_patients)
@transaction.atomic
def open_with_reason(patient, *, by, reason, explanation):
    """Let `by` open the record of a patient of another site until the end of the day. Returns the OtherSiteAccess.

    Returns the one in force if there is one, and None for a patient of their own site. Raises ValidationError without a
    reason or an explanation.
    """
    if is_of_own_site(by, patient.pk):
        return None
    if access := access_with_reason(by, patient.pk):
        return access
    now = timezone.now()
    access = OtherSiteAccess(
        patient=patient, opened_by=by, opened_at=now, ends_at=_end_of_day(now), reason=reason, explanation=explanation
    )
    access.full_clean(exclude=["patient", "opened_by"])
    access.save()
    note = f"{access.get_reason_display()}: {access.explanation}"
    changes = changes_between(None, access)
    add_audit_entry(TrailEntry.Action.OPEN_ELSEWHERE, by=by, record=access, changes=changes, note=note)
    return access


def _end_of_day(now):
    tomorrow = timezone.localdate(now) + timedelta(days=1)
    return timezone.make_aware(datetime.combine(tomorrow, time.min))
