"""Kinds of visit: not every visit is a full needling."""

from django.db import models
from django.db.models import F, Q

from patients.integrity.no_rows import NoRows


class VisitKind(models.TextChoices):
    NEEDLING = "needling", "Needling"
    ASSESSMENT = "assessment", "Assessment only"
    EXERCISE = "exercise", "Exercise or manual therapy only"
    UNWELL = "unwell", "Patient unwell, not needled"
    REFUSED = "refused", "Refused today, not needled"
    STOPPED = "stopped", "Needling stopped early"


class Departure(models.TextChoices):
    """How the patient left after a needling that was stopped early."""

    RECOVERED = "recovered", "Recovered, left alone"
    ACCOMPANIED = "accompanied", "Left with somebody"
    REFERRED = "referred", "Sent to a doctor or hospital"
    AMBULANCE = "ambulance", "Left by ambulance"


# What speaks of needling, such as outcomes, intervals and rates of events, counts visits of these kinds only.
WITH_NEEDLING = [VisitKind.NEEDLING.value, VisitKind.STOPPED.value]
WITHOUT_NEEDLING = [kind for kind in VisitKind.values if kind not in WITH_NEEDLING]
# Kinds that are signed only with words on why, or what was found.
WITH_REASON = [VisitKind.ASSESSMENT.value, VisitKind.UNWELL.value, VisitKind.REFUSED.value]

NEEDLES_AGREE = Q(needles_removed=F("needles_inserted")) | Q(needles_removed__lt=F("needles_inserted")) & ~Q(
    needle_count_reason=""
)
# What the database asks of a signed session of each kind.
COMPLETE_FOR_KIND = (
    Q(visit_kind__in=WITHOUT_NEEDLING)
    & (Q(needles_inserted=None) | Q(needles_inserted=0))
    & (Q(needles_removed=None) | Q(needles_removed=0))
    & (~Q(visit_kind__in=WITH_REASON) | ~Q(visit_reason=""))
) | (
    Q(visit_kind__in=WITH_NEEDLING, pain_before__isnull=False)
    & Q(needles_inserted__isnull=False, needles_removed__isnull=False)
    & NEEDLES_AGREE
    & (
        Q(visit_kind=VisitKind.NEEDLING.value, pain_after__isnull=False)
        | Q(visit_kind=VisitKind.STOPPED.value, stopped_at__isnull=False) & ~Q(departure="")
    )
)
WITHOUT_NEEDLING_HAS_NO_ROWS = NoRows(
    name="session_without_needling_has_no_rows",
    when=Q(status="signed", visit_kind__in=WITHOUT_NEEDLING),
    related="needlings",
    table="treatments_needling",
    link="session_id",
    violation_error_message="A visit of this kind has no needling. Remove its rows, or change the kind.",
)
