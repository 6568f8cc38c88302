"""Before a session starts: the visit that it belongs to, and drafts of the same day."""

from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef
from django.utils import timezone

from clinic.diary.local_time import day_bounds
from clinic.models import Appointment
from patients.merging import Blocker
from treatments.models import TreatmentSession

Status = Appointment.Status
TO_COME = [Status.BOOKED, Status.ARRIVED, Status.IN_SESSION]


class OpenDraft(ValidationError):
    """The patient already has a draft of today; `drafts` are the TreatmentSessions, newest first."""

    def __init__(self, drafts):
        names = ", ".join(f"{draft.practitioner} ({timezone.localtime(draft.started_at):%H:%M})" for draft in drafts)
        super().__init__(
            f"This patient already has a draft of today: {names}. Continue it, or give a reason for another session.",
            code="open_draft",
        )
        self.drafts = drafts


def visit_to_start(patient, practitioner):
    """The patient's appointment with this practitioner today that has no session yet and is nearest to now, or None.

    Cancelled, missed and done visits are left out. The row is locked until the transaction ends.
    """
    visits = Appointment.objects.select_for_update(of=("self",)).on(timezone.localdate())
    visits = visits.for_practitioner(practitioner).filter(patient=patient, status__in=TO_COME)
    visits = visits.exclude(Exists(TreatmentSession.objects.counting().filter(appointment=OuterRef("pk"))))
    now = timezone.now()
    return min(visits.in_time_order(), key=lambda visit: _away_from(visit, now), default=None)


def _away_from(visit, now):
    """The time until a visit begins or since it ended; negative while it lasts."""
    return max(visit.starts_at - now, now - visit.ends_at)


def drafts_of_today(patient):
    """The patient's drafts that began today, newest first, each with its author. One query."""
    start, end = day_bounds(timezone.localdate(), timezone.get_current_timezone())
    drafts = TreatmentSession.objects.drafts().filter(patient=patient, started_at__gte=start, started_at__lt=end)
    return list(drafts.select_related("practitioner__user").latest_first())


def drafts_of_both(survivor, duplicate):
    """A Blocker of a merge if both records have a draft. Registered with patients.registry. One query."""
    drafts = TreatmentSession.objects.drafts().filter(patient__in=[survivor.pk, duplicate.pk])
    drafts = drafts.select_related("practitioner__user").latest_first()
    if {draft.patient_id for draft in drafts} != {survivor.pk, duplicate.pk}:
        return []
    draft = next(each for each in drafts if each.patient_id == duplicate.pk)
    sentence = f"Both records have a session that is not signed. {draft.practitioner} must sign or withdraw theirs."
    return [Blocker(sentence, draft.get_absolute_url())]
