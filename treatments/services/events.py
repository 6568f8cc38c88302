"""Record an adverse event that appeared after the visit, and report on any event."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from patients.integrity.authorization import needs
from patients.integrity.proof import require_proof
from patients.services.once import record_once
from treatments.models import AdverseEvent, EventReport, TreatmentSession
from treatments.permissions import may_record_events, may_report_events
from treatments.record.event_rules import (
    closes_serious_event,
    closing_errors,
    needs_second_clinician,
    onset_errors,
    report_errors,
)

from .summaries import summarised

MEANWHILE = "A colleague added a report on this event while you were writing. Read it below, then send yours again."


@needs(may_record_events)
@transaction.atomic
def record_event(session, *, by, type, grade, onset_at=None, action="", id=None):
    """Add an event that appeared after the visit and return it. The session does not change, signed or not.

    `id` is chosen by the page; if the page is sent twice, the first event is returned. Raises ValidationError when the
    grade is missing or the time is impossible, and OtherContent when the id belongs to another event.
    """
    session = TreatmentSession.objects.select_for_update(of=["self"]).get(pk=session.pk)
    if session.error_mark_id:
        raise ValidationError("This session is marked as entered in error. Record the event where it belongs.")
    if errors := onset_errors(onset_at, session):
        raise ValidationError(errors)
    event = AdverseEvent(session=session, type=type, grade=grade, onset_at=onset_at, action=action.strip())
    event.pk = id or event.pk
    event.appeared_later, event.recorded_by, event.recorded_at = True, by, timezone.now()
    if not grade:
        raise ValidationError({"grade": "Choose how severe it was."})
    with summarised(session):
        return record_once(event, by=by, same=["session_id", "type", "grade", "onset_at", "action"])


@needs(may_report_events)
@transaction.atomic
def report_event(event, *, by, number, proof="", id=None, **fields):
    """Add an EventReport and return it. The newest report gives the state of the event; nothing earlier changes.

    `fields` are the other fields of the report. `number` is its number on the page: raises ValidationError with code
    "stale" when another report with that number was stored meanwhile. `id` is chosen by the page; if the page is sent
    twice, the first report is returned. `proof` says how `by` proved who they are; only closing an event that ever was
    serious needs it. Raises ValidationError when `report_errors` finds any.
    """
    events = AdverseEvent.objects.select_for_update(of=["self"])
    events = events.select_related("session__practitioner", "session__handed_over_from", "follow_up")
    event = events.get(pk=event.pk)
    if event.is_in_error:
        raise ValidationError("This event is marked as entered in error, so no report can be added to it.")
    if not event.can_be_reported:
        raise ValidationError("This event belongs to an unsigned session. Change it there, or sign the session first.")
    report = EventReport(event=event, number=number, recorded_by=by, recorded_at=timezone.now())
    report.pk = id or report.pk
    for name, value in fields.items():
        setattr(report, name, value.strip() if isinstance(value, str) else value)
    if report.is_closed:
        report.follow_up_due_on = None
    errors = report_errors(report) | _foreign_needling(report)
    if not errors:
        errors = closing_errors(report, by=by)
    if errors:
        raise ValidationError(errors)
    if not needs_second_clinician(report, by=by):
        report.closed_alone_reason = ""
    if closes_serious_event(report):
        require_proof(proof)
        report.proved_by_means = proof
    with summarised(event.session):
        return record_once(report, by=by, same=["event_id", *fields], prepare=_refuse_stale)


def _refuse_stale(report):
    if report.number != report.event.reports.count() + 1:
        raise ValidationError(MEANWHILE, code="stale")


def _foreign_needling(report):
    if report.needling_id and report.needling.session_id != report.event.session_id:
        return {"needling": "Choose a row of this session."}
    return {}
