"""Enter a visit that took place without having been booked."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from clinic.diary import local_time
from clinic.diary.clashes import clash_messages, clashes_of
from clinic.models import Appointment
from clinic.permissions import may_book, require_diary_of
from clinic.site_access import require_record
from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs
from patients.integrity.changes import changes_between
from patients.models import TrailEntry

from .booking import booked_before, new_appointment
from .site_access import add_sites
from .slots import combined_error, lock_diary, refuse_length, save_appointment


@needs(may_book)
@transaction.atomic
def record_past_visit(
    *,
    by,
    patient,
    practitioner,
    type,
    starts_at,
    reason,
    room=None,
    minutes=None,
    token=None,
    note="",
    overlap_reason="",
):
    """Enter a visit that took place and was not booked. It is done from the beginning, and nobody gets a message.

    `reason` says why it was not booked. Working hours, certificates and closing times are not asked about, because the
    visit has taken place. If the same `token` is sent again, return the visit of the first time. Raises ValidationError
    "reason" without a reason, "early" for a visit that is not over, "minutes" for an impossible length, "patient" for a
    record that was merged or a day after the patient died, "room" for a room at another site, and "overlap" with the
    visits it clashes with, unless an `overlap_reason` is given.
    """
    refuse_length(minutes)
    visit = new_appointment(
        by=by, patient=patient, practitioner=practitioner, type=type, starts_at=starts_at, room=room, minutes=minutes
    )
    visit.status, visit.afterwards_reason = Appointment.Status.DONE, reason.strip()
    visit.note, visit.request_token = note, token
    lock_diary(visit)
    if booked := booked_before(token, visit):
        return booked[0]
    require_diary_of(by, practitioner)
    require_record(by, patient.pk)
    _refuse_impossible(visit)
    clashes = clashes_of(visit)
    if clashes and not overlap_reason.strip():
        raise combined_error(clash_messages(clashes), code="overlap")
    visit.overlap_reason, visit.overlap_by = (overlap_reason.strip(), by) if clashes else ("", None)
    add_sites(patient, [practitioner.site_id], by=by)
    save_appointment(visit)
    add_audit_entry(TrailEntry.Action.CREATE, by=by, record=visit, changes=changes_between(None, visit))
    return visit


def _refuse_impossible(visit):
    if not visit.afterwards_reason:
        raise ValidationError("Enter why the visit was not booked.", code="reason")
    if visit.ends_at > timezone.now():
        raise ValidationError("This visit is not over yet. Book it instead.", code="early")
    patient, day = visit.patient, local_time.local_day(visit.starts_at, visit.zone)
    if patient.merged_into_id:
        raise ValidationError(patient.why_not_treatable, code="patient")
    if patient.died_on and patient.died_on < day:
        raise ValidationError("The patient died before this day. Check the day.", code="patient")
    if patient.is_born_after(day):
        raise ValidationError("The patient was born after this day. Check the day.", code="patient")
    if visit.room_id and visit.room.site_id != visit.practitioner.site_id:
        raise ValidationError("This room is at another site. Choose a room at the site of the visit.", code="room")
