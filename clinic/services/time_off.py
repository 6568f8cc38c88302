"""Record and cancel the time off of a practitioner, or the closing of a site or a room."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from clinic.diary import local_time
from clinic.models import TimeOff
from clinic.permissions import may_cancel_time_off, may_record_time_off
from clinic.site_access import require_site
from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs
from patients.integrity.changes import changes_between, field_values
from patients.models import TrailEntry


@needs(may_record_time_off)
@transaction.atomic
def record_time_off(*, by, starts_at, ends_at, practitioner=None, site=None, room=None, reason=""):
    """Record that a practitioner is away, or a site or a room is closed. Exactly one of the three is given.

    No visit is changed: `clinic.diary.obstacles` finds those that cannot take place. Time off may overlap, as when
    somebody falls ill during a holiday. Raises ValidationError, "repeated" for what looks like a correction of a stored
    entry, which it would not shorten: the same times again, or overlapping times for the same reason. Raises
    PermissionDenied for a site where `by` does not work.
    """
    require_site(by, _site_id(practitioner, site, room))
    subject = {"practitioner": practitioner, "site": site, "room": room}
    time_off = TimeOff(**subject, starts_at=starts_at, ends_at=ends_at, reason=reason)
    time_off.full_clean()
    # Another request that records time off of the same subject waits here.
    type(time_off.subject).objects.select_for_update(no_key=True).get(pk=time_off.subject.pk)
    is_repeated = Q(starts_at=starts_at, ends_at=ends_at) | Q(reason__iexact=reason)
    if stored := TimeOff.objects.between(starts_at, ends_at).filter(is_repeated, **subject).first():
        raise ValidationError(_already(stored), code="repeated")
    time_off.save()
    add_audit_entry(TrailEntry.Action.CREATE, by=by, record=time_off, changes=changes_between(None, time_off))
    return time_off


def _site_id(practitioner, site, room):
    return site.pk if site else (practitioner or room).site_id if practitioner or room else None


def _already(stored):
    state = "away" if stored.practitioner_id else "closed"
    days = local_time.days_text(stored.starts_at, stored.ends_at, stored.zone)
    return (
        f"{stored.subject} is already {state} {days}. If that has changed, cancel the planned entry"
        " first, then save this one. If it is something else, give other times and another reason."
    )


@needs(may_cancel_time_off)
@transaction.atomic
def cancel_time_off(time_off, *, by):
    """Take time off back. The row stays; cancelling it again keeps the first time and user.

    Raises PermissionDenied for a site where `by` does not work.
    """
    row = TimeOff.objects.select_for_update(of=("self",)).get(pk=time_off.pk)
    require_site(by, _site_id(row.practitioner, row.site, row.room))
    if row.cancelled_at is None:
        before = field_values(row)
        row.cancelled_at, row.cancelled_by = timezone.now(), by
        row.save(update_fields=["cancelled_at", "cancelled_by"])
        add_audit_entry(TrailEntry.Action.CHANGE, by=by, record=row, changes=changes_between(before, row))
    return row
