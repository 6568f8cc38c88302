"""The clinic's own minimum interval between two needlings of one body region."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import ngettext

from treatments.models import Needling

from .phrases import written_day
from .warning import CLINIC_RULE, Level, SafetyWarning


def same_region_too_soon(visit):
    """A caution for each region that was needled fewer than SAME_REGION_MINIMUM_DAYS days ago, at its first row.

    The setting is 0, which means off, unless the clinic sets it: no published figure says how many days.
    """
    last_on = {}
    for row in visit.earlier_rows:
        day = timezone.localdate(row.session.started_at)
        last_on[row.muscle.region] = max(day, last_on.get(row.muscle.region, day))
    first_rows = {}
    for row in visit.rows:
        first_rows.setdefault(row.muscle.region, row)
    minimum = settings.SAME_REGION_MINIMUM_DAYS
    return [
        SafetyWarning(
            key="same_region",
            level=Level.CAUTION,
            title="Same region again",
            sentence=(
                f"{row.muscle.get_region_display()}: last needled on {written_day(last_on[region])}. "
                + ngettext(
                    "The clinic's minimum interval is %d day.", "The clinic's minimum interval is %d days.", minimum
                )
                % minimum
            ),
            source=CLINIC_RULE,
            needling_id=row.pk,
        )
        for region, row in first_rows.items()
        if region in last_on and (visit.day - last_on[region]).days < minimum
    ]


def rows_within_interval(session, *, on):
    """The patient's Needlings of other sessions within the clinic's interval. One query; none if the setting is 0."""
    if not settings.SAME_REGION_MINIMUM_DAYS:
        return []
    rows = Needling.objects.needled().filter(
        session__patient_id=session.patient_id,
        session__started_at__date__gt=on - timedelta(days=settings.SAME_REGION_MINIMUM_DAYS),
        session__started_at__lte=session.started_at,
    )
    return list(rows.exclude(session=session).select_related("session", "muscle"))
