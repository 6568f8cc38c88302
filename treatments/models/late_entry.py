"""Late entries: sessions that are dated before they were opened."""

from datetime import timedelta

from django.db import models
from django.db.models import F, Q

from patients.integrity.moments import MinutesBefore

# A session that began longer than this before it was opened is a late entry. A house rule without a source: a visit
# lasts up to an hour, and a therapist with two patients may write the record right after it.
LATE_ENTRY_MINUTES = 60
LATE_ENTRY = Q(started_at__lt=F("opened_at") - timedelta(minutes=LATE_ENTRY_MINUTES)) | ~Q(late_entry_reason="")
LATE_ENTRY_HAS_A_REASON = models.CheckConstraint(
    condition=Q(signed_at=None)
    | Q(opened_at=None)
    | Q(started_at__gte=MinutesBefore("opened_at", minutes=LATE_ENTRY_MINUTES))
    | ~Q(late_entry_reason=""),
    name="session_late_entry_with_reason",
    violation_error_message="A late entry needs a reason before it is signed.",
)


def is_dated_back(session):
    late = timedelta(minutes=LATE_ENTRY_MINUTES)
    return session.opened_at is not None and session.started_at < session.opened_at - late


def is_late_entry(session):
    """Whether a TreatmentSession, or a row of its values, is dated back or has a reason because of its late rows."""
    return is_dated_back(session) or (session.opened_at is not None and session.late_entry_reason != "")
