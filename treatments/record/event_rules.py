"""Impossible, contradictory or missing values of an adverse event and of a report on it."""

from datetime import timedelta

from django.utils import timezone

from treatments.models import AdverseEvent
from treatments.permissions import may_report_events
from treatments.record.second_person import others_who

# Pages send times without seconds, but a session starts at a second, so both limits allow a minute more.
GRACE = timedelta(minutes=1)
MUST_BE_REPORTED = AdverseEvent.MUST_BE_REPORTED


def onset_errors(onset_at, session):
    """{field: message} for an impossible start of an event of this session. `onset_at` may be None."""
    if onset_at is None:
        return {}
    if onset_at > timezone.now() + GRACE:
        return {"onset_at": "This time is in the future. Give the time when it began."}
    if onset_at < session.started_at - GRACE:
        started = timezone.localtime(session.started_at)
        return {"onset_at": f"This is before the session, which began on {started:%-d %b %Y, %H:%M}."}
    return {}


def why_not_withdrawable(session):
    """Why a draft cannot be withdrawn, as a sentence; "" if it can. One query.

    A withdrawn draft takes the reactions that were seen at the visit with it, and the next session must know of a
    significant or serious one. A rule of this house without a source.
    """
    grave = session.events.at_session().filter(grade__in=MUST_BE_REPORTED)
    if not (names := [event.get_type_display().lower() for event in grave]):
        return ""
    return (
        f"This draft records a significant or serious reaction: {', '.join(names)}. Sign it, so that the next session"
        " warns of it. If the patient had no such reaction, take it out of the draft first."
    )


def report_errors(report):
    """{field: message} for missing, impossible or contradictory values of an unsaved EventReport, as of today."""
    return _date_errors(report) | onset_errors(report.onset_at, report.event.session) | _lacking(report)


def closing_errors(report, *, by):
    """{field: sentence} when this person may not close the event, or not without a reason.

    An event that ever was serious is closed by a second clinician: not by who treated the patient, handed the session
    over, or recorded the event. Where nobody else could, a reason is asked instead. A rule of this house without a
    source. The database has it too: SeriousEventClosed in treatments.models.
    """
    if not needs_second_clinician(report, by=by):
        return {}
    if others_who(may_report_events, without=_involved(report)).exists():
        return {
            "is_closed": "A serious event is closed by a second clinician, who neither treated the patient in this"
            " session nor recorded the event. Leave it open, and ask a colleague to close it."
        }
    if not report.closed_alone_reason:
        return {"closed_alone_reason": "Nobody else here can close this serious event. Say why you close it yourself."}
    return {}


def needs_second_clinician(report, *, by):
    """Whether this unsaved EventReport closes an event that ever was serious, and `by` is involved in it themselves."""
    return closes_serious_event(report) and by.pk in _involved(report)


def _involved(report):
    session = report.event.session
    treated = [practitioner for practitioner in (session.practitioner, session.handed_over_from) if practitioner]
    return {report.event.recorded_by_id, *(practitioner.user_id for practitioner in treated)}


def closes_serious_event(report):
    """Whether this unsaved EventReport closes an event that ever was serious. The person must prove who they are."""
    return report.is_closed and _was_ever_serious(report)


def _was_ever_serious(report):
    grades = [report.grade, report.event.grade, *report.event.reports.values_list("grade", flat=True)]
    return AdverseEvent.Grade.SERIOUS in grades


def _lacking(report):
    errors = {}
    is_grave = report.grade in MUST_BE_REPORTED
    if is_grave and not report.action:
        errors["action"] = "Write what was done. A significant or serious event requires it."
    if not report.outcome and (is_grave or report.is_closed):
        errors["outcome"] = (
            "Write how it ended before you close the event."
            if report.is_closed
            else "Write the outcome so far. A significant or serious event requires it."
        )
    if is_grave and not report.is_closed and report.follow_up_due_on is None:
        errors["follow_up_due_on"] = "Give the day to ask again, or close the event."
    if report.reported_to and report.reported_on is None:
        errors["reported_on"] = "Give the day on which it was reported."
    if report.reported_on and not report.reported_to:
        errors["reported_to"] = "Choose who it was reported to."
    return errors


def _date_errors(report):
    errors = {}
    session_on, today = timezone.localdate(report.event.session.started_at), timezone.localdate()
    for field in ("resolved_on", "reported_on"):
        day = getattr(report, field)
        if day and day > today:
            errors[field] = "This day is in the future. Give today or an earlier day."
        elif day and day < session_on:
            errors[field] = f"This is before the session on {session_on:%-d %b %Y}."
    if report.follow_up_due_on and report.follow_up_due_on < today:
        errors["follow_up_due_on"] = "This day has passed. Give today or a later day."
    return errors
