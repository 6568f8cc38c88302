"""Warnings that come neither from the patient's answers nor from the muscle: needle, practitioner, last time."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from treatments.models import Needling

from .warning import UNSOURCED, Level, Warning
from .wording import said_of_day

CLINIC_RULE = f"the clinic's own rule; {UNSOURCED}"


def by_recall(rows, *, on):
    """The Warnings of rows whose needle's lot has been recalled. A lot out of date cannot be stored at all.

    What was used must be told as it was, so a colleague can second the lot's row.
    """
    return [_recall(row, on) for row in rows if row.needle and row.needle.recalled_on]


def _recall(row, on):
    needle = row.needle
    reason = needle.recall_reason or "no reason given"
    told = f"Lot {needle.lot} was recalled on {said_of_day(needle.recalled_on)}: {reason}."
    later = needle.recalled_on > on
    to_do = "That was after this visit: the patient is on the lot's recall list."
    if not later:
        to_do = "Choose another lot. If it has been used, say so and ask a colleague to agree."
    return Warning(
        key="lot_recalled",
        level=Level.ADVICE if later else Level.STOP,
        title="Lot recalled",
        sentence=f"{told} {to_do}",
        source="the recall as entered for this lot",
        needling_id=row.pk,
        may_be_seconded=not later,
    )


def by_certificate(practitioner, *, on):
    """The Warning of a needling certificate that has run out. No date on file says nothing."""
    expires_on = practitioner.certificate_expires_on
    if expires_on is None or expires_on >= on:
        return []
    return [
        Warning(
            key="certificate",
            level=Level.CAUTION,
            title="Certificate out of date",
            sentence=(
                f"The needling certificate of {practitioner} ran out on {said_of_day(expires_on)}."
                " Ask the admin to enter the new date."
            ),
            source=CLINIC_RULE,
        )
    ]


def by_interval(rows, earlier, *, on):
    """The Warnings of regions needled again too soon for the clinic.

    `earlier` are Needlings of other sessions with their session and muscle. SAME_REGION_MINIMUM_DAYS is 0, which
    means off, unless the clinic sets it: there is no published figure.
    """
    last_on = {}
    for row in earlier:
        day = timezone.localdate(row.session.started_at)
        last_on[row.muscle.region] = max(day, last_on.get(row.muscle.region, day))
    first = {}
    for row in rows:
        first.setdefault(row.muscle.region, row)
    return [_interval(row, last_on[region]) for region, row in first.items() if _is_soon(last_on.get(region), on)]


def _is_soon(day, on):
    return day is not None and (on - day).days < settings.SAME_REGION_MINIMUM_DAYS


def _interval(row, day):
    least = settings.SAME_REGION_MINIMUM_DAYS
    return Warning(
        key="same_region",
        level=Level.CAUTION,
        title="Same region again",
        sentence=(
            f"{row.muscle.get_region_display()}: last needled on {said_of_day(day)}. The clinic leaves at least"
            f" {least} day{'s' if least > 1 else ''} between."
        ),
        source=CLINIC_RULE,
        needling_id=row.pk,
    )


def needled_lately(session, *, on):
    """The patient's Needlings of other sessions within the clinic's interval. One query, none when it is off."""
    if not settings.SAME_REGION_MINIMUM_DAYS:
        return []
    rows = Needling.objects.needled().filter(
        session__patient_id=session.patient_id,
        session__started_at__date__gt=on - timedelta(days=settings.SAME_REGION_MINIMUM_DAYS),
        session__started_at__lte=session.started_at,
    )
    return list(rows.exclude(session=session).select_related("session", "muscle"))
