"""Where a rule asks for a second person and nobody else worked here: the reasons that were given instead.

The owner of the clinic reads them on a page of the admin. To add a kind, write a function that returns its
ReasonAlones, newest first and in one query, and add it to PROVIDERS.
"""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.urls import reverse

from patients.models import ErrorMark, Patient
from treatments.models import EventReport, TreatmentSession, WarningAnswer
from treatments.record.in_error import KINDS

# The page shows this many of each kind.
LATEST = 200


@dataclass(frozen=True)
class ReasonAlone:
    """What `by` did at a time without a second person, for which `reason`, and the address of the record."""

    at: datetime
    patient: Patient
    what: str
    reason: str
    by: User
    url: str


def stops_continued_alone():
    """Stops in signed sessions that the physiotherapist answered without a colleague."""
    answers = WarningAnswer.objects.exclude(alone_reason="").filter(session__status=TreatmentSession.Status.SIGNED)
    answers = answers.select_related("session__patient", "acknowledged_by").order_by("-acknowledged_at", "pk")
    return [
        ReasonAlone(
            at=answer.acknowledged_at,
            patient=answer.session.patient,
            what=f"Continued after a stop: {answer.title}",
            reason=answer.alone_reason,
            by=answer.acknowledged_by,
            url=reverse("session_detail", args=[answer.session.patient_id, answer.session_id]),
        )
        for answer in answers[:LATEST]
    ]


def events_closed_alone():
    """Serious adverse events that were closed by the person who treated the patient or recorded the event."""
    reports = EventReport.objects.exclude(closed_alone_reason="")
    reports = reports.select_related("event__session__patient", "recorded_by").order_by("-recorded_at", "pk")
    return [
        ReasonAlone(
            at=report.recorded_at,
            patient=report.event.session.patient,
            what=f"Closed a serious event: {report.event.get_type_display()}",
            reason=report.closed_alone_reason,
            by=report.recorded_by,
            url=reverse("event_detail", args=[report.event.session.patient_id, report.event_id]),
        )
        for report in reports[:LATEST]
    ]


def marked_in_error_alone():
    """Serious records that were marked as entered in error without a second person who confirmed it."""
    marks = ErrorMark.objects.exclude(alone_reason="").select_related("patient", "marked_by")
    return [
        ReasonAlone(
            at=mark.marked_at,
            patient=mark.patient,
            what=f"Marked as entered in error: {KINDS[mark.kind].label}, {mark.reason}",
            reason=mark.alone_reason,
            by=mark.marked_by,
            url=reverse("error_mark_detail", args=[mark.patient_id, mark.pk]),
        )
        for mark in marks.order_by("-marked_at", "pk")[:LATEST]
    ]


PROVIDERS = [stops_continued_alone, events_closed_alone, marked_in_error_alone]


def reasons_alone():
    """All ReasonAlones of every kind, newest first: at most LATEST of each. One query for each kind."""
    found = [reason for provider in PROVIDERS for reason in provider()]
    return sorted(found, key=lambda reason: reason.at, reverse=True)
