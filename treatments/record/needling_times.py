"""When a row was needled: the time that the server gives it, and the times that a visit allows."""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone

from clinic.diary.local_time import local_instant
from treatments.record.bounds import CLOCKS_DIFFER

# A visit that goes on after midnight. A house rule without a source: no visit lasts longer.
LONGEST_VISIT = timedelta(hours=12)


def is_within_visit(moment, started_at):
    """Whether a moment is on the local day on which a visit began, or soon enough after it to be past midnight."""
    is_same_day = timezone.localdate(moment) == timezone.localdate(started_at)
    return is_same_day or timedelta(0) <= moment - started_at < LONGEST_VISIT


def moment_of_visit(session, *, now=None):
    """The moment to judge what has no time yet: now while the visit lasts, afterwards its start."""
    now = now or timezone.now()
    return now if is_within_visit(now, session.started_at) else session.started_at


def has_result(row):
    """Whether a Needling shows that the needle was in: insertions, a twitch answer or a running timer."""
    return row.insertions is not None or bool(row.twitch) or row.retention_started_at is not None


def set_needled_at(session, rows, stored):
    """Set `recorded_at` of unsaved Needlings, and `needled_at` of those that have none: now, with the first result.

    Times of the stored row are kept, that of the needling while it is within the visit. After the visit a row is
    needled at the start until its author corrects it. A row that is only set up has no time, nor has one that had a
    result before times were stored: when it was needled is not known.
    """
    now = timezone.now()
    first = moment_of_visit(session, now=now)
    before = {row.pk: row for row in stored}
    for row in rows:
        known = before.get(row.pk)
        is_new_result = has_result(row) and not (known and has_result(known))
        row.recorded_at = (known and known.recorded_at) or (now if is_new_result else None)
        if row.needled_at is None and known and known.needled_at:
            row.needled_at = known.needled_at if is_within_visit(known.needled_at, session.started_at) else first
        elif row.needled_at is None and is_new_result:
            row.needled_at = first


def time_problem(row, started_at):
    """Why a Needling's time does not fit its visit, such as "needled 11:30, before the visit began"; "" if it fits."""
    if row.needled_at is None:
        return ""
    written = f"needled {timezone.localtime(row.needled_at):%H:%M}"
    if not is_within_visit(row.needled_at, started_at):
        return f"{written}, on another day than the visit"
    if row.needled_at < started_at - CLOCKS_DIFFER:
        return f"{written}, before the visit began"
    return ""


def moment_at(clock, started_at):
    """The moment of a local time (datetime.time) during a visit: on its day, or past midnight if that is nearer.

    Raises ValidationError for a time that the change of the clocks skips. Of a time that occurs twice it is the first
    one after the start.
    """
    zone = timezone.get_current_timezone()
    start = timezone.localtime(started_at).replace(tzinfo=None)
    wall = datetime.combine(start.date(), clock)
    if start - wall > LONGEST_VISIT:
        wall += timedelta(days=1)
    try:
        return local_instant(wall, zone)
    except ValidationError as refusal:
        if refusal.code != "ambiguous":
            raise
    first = local_instant(wall, zone, fold=0)
    return first if first >= started_at else local_instant(wall, zone, fold=1)
