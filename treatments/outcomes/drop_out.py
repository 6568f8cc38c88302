"""How courses of treatment ended, and open courses to which the patient has not returned."""

from collections import Counter, defaultdict
from datetime import timedelta
from typing import NamedTuple

from django.db.models import Count, Exists, F, OuterRef, Q

from clinic.models import Appointment, Practitioner
from patients.models import Episode
from patients.models.patient_key import person
from treatments.models import Course, TreatmentSession

Reason = Episode.ClosingReason
# The reasons by which the patient, not the therapist, ended the course. Our own choice, without a source.
DROP_OUT = (Reason.DID_NOT_RETURN, Reason.UNWELL, Reason.PATIENT_STOPPED)
# Our own choice, without a source.
SILENT_DAYS = 30


class Endings(NamedTuple):
    """Courses whose episode was closed in the period, counted by reason ("" if it was not recorded).

    `before_plan` are those with fewer sessions than planned, by reason too. `silent` are open courses without a session
    in the last SILENT_DAYS and without a visit to come, whatever the period, of `open` open courses.
    """

    closed: int
    patients: int
    reasons: list  # (label, courses, of these with fewer sessions than planned)
    drop_outs: int
    practitioners: list  # (name, closed, goals reached, ended by the patient, reason not recorded)
    open: int
    silent: int


def endings_of(filters, *, now, using="default"):
    """The Endings at the site and of the practitioner of the filters, which are those of a course's latest session.

    The period is that of the day on which the episode was closed. Other filters are ignored. Four queries.
    """
    courses = Course.objects.using(using).filter(filters.people(), episode__isnull=False, episode__error_mark=None)
    closed = courses.filter(filters.days("episode__closed_on"), episode__closed_on__isnull=False).order_by()
    rows = closed.values_list("practitioner", "episode__closing_reason").annotate(
        n=Count("pk"), early=Count("pk", filter=Q(sessions__lt=F("episode__planned_sessions")))
    )
    counts, early, of_person = Counter(), Counter(), defaultdict(Counter)
    for practitioner, reason, n, of_these_early in rows:
        counts[reason] += n
        early[reason] += of_these_early
        of_person[practitioner][reason] += n
    labels = [*Reason.choices, ("", "Not recorded")]
    people = Practitioner.objects.using(using).select_related("user").filter(pk__in=of_person)
    return Endings(
        closed=counts.total(),
        patients=closed.annotate(person=person()).values("person").distinct().count(),
        reasons=[(label, counts[reason], early[reason]) for reason, label in labels if counts[reason]],
        drop_outs=sum(counts[reason] for reason in DROP_OUT),
        practitioners=[(str(person), *_summed(of_person[person.pk])) for person in people],
        **_open(courses.filter(episode__closed_on=None), now),
    )


def _summed(reasons):
    by_patient = sum(reasons[reason] for reason in DROP_OUT)
    return reasons.total(), reasons[Reason.GOAL_REACHED], by_patient, reasons[""]


def _open(courses, now):
    coming = Appointment.objects.active().filter(patient=OuterRef("patient"), starts_at__gte=now)
    recent = TreatmentSession.objects.counting().filter(
        episode=OuterRef("episode"), started_at__gte=now - timedelta(days=SILENT_DAYS)
    )
    return courses.aggregate(open=Count("pk"), silent=Count("pk", filter=~Exists(coming) & ~Exists(recent)))
