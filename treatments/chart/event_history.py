"""The current facts of an adverse event, the history of its reports, and the events that are still open."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.formats import date_format

from treatments.models import AdverseEvent

# Fields of an EventReport in the order in which a page shows them.
LABELS = {
    "grade": "Grade",
    "onset_at": "Began",
    "body_site": "Body site",
    "needling": "Needling row",
    "action": "What was done",
    "outcome": "Outcome",
    "resolved_on": "Resolved",
    "causality": "Caused by the needling",
    "reported_to": "Reported to",
    "reported_on": "Reported on",
    "follow_up_due_on": "Ask again on",
    "review_note": "Review",
    "is_closed": "Closed",
    "closed_alone_reason": "Closed without a second clinician",
}


@dataclass(frozen=True)
class Step:
    """One row of an event's history. `facts` lists (label, text) of what changed since the row before."""

    number: int  # 0 is the event as first recorded
    recorded_at: datetime
    recorded_by: object
    facts: list


def current_facts(event, reports):
    """What is known about an event now, as a list of (label, text). `reports` are newest first."""
    texts = _texts(reports[0] if reports else event)
    return [(LABELS[name], text) for name, text in texts.items() if text and name != "is_closed"]


def history_of(event, reports):
    """The Steps of an event, newest first. `reports` are newest first."""
    steps, before = [], {}
    for number, row in enumerate([event, *reversed(reports)]):
        texts = _texts(row)
        facts = [(LABELS[name], text or "removed") for name, text in texts.items() if text != before.get(name, "")]
        steps.append(Step(number, row.recorded_at, row.recorded_by, facts))
        before = texts
    return steps[::-1]


def _texts(row):
    return {name: _text(row, name) for name in LABELS}


def _text(row, name):
    value = getattr(row, name, None)
    if name == "onset_at" and value:
        return f"{date_format(timezone.localtime(value), 'D j M Y, H:i')}, {delay_text(row, value)}"
    if name == "needling" and value:
        return named_needling(value)
    if name == "reported_to":
        return value if isinstance(value, str) else ", ".join(getattr(row, "reported_to_labels", []))
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, date):
        return date_format(value, "D j M Y")
    if hasattr(row, f"get_{name}_display"):
        return getattr(row, f"get_{name}_display")()
    return str(value or "")


def named_needling(row):
    """The muscle and side of a Needling, and whether an amendment corrected it."""
    return f"{row}{' (corrected)' if row.is_corrected else ''}"


def delay_text(row, onset_at):
    """How long after the start of the session the event began, in minutes, hours or days."""
    session = getattr(row, "event", row).session
    minutes = max(0, round((onset_at - session.started_at).total_seconds() / 60))
    if minutes < 120:
        return f"{minutes} min after the session started"
    hours = round(minutes / 60)
    if hours < 72:
        return f"{hours} h after the session started"
    return f"{round(hours / 24)} days after the session"


def open_events_of(practitioner):
    """Open AdverseEvents from the practitioner's sessions, most urgent first. One query."""
    events = AdverseEvent.objects.filter(session__practitioner=practitioner).open().select_related("session__patient")
    return most_urgent_first(events)


def most_urgent_first(events):
    """These open events as a list: first overdue ones, then those without a report, those due, and the rest."""
    return sorted(events, key=_urgency)


def _urgency(event):
    if event.is_overdue:
        return 0, event.due_on
    if event.is_unreported:
        return 1, timezone.localdate(event.recorded_at)
    return (2, event.due_on) if event.due_on else (3, timezone.localdate(event.recorded_at))


def open_event_counts():
    """{"open": n, "serious": n, "overdue": n, "unreported": n} for all of the clinic. One query."""
    late = Q(due_on__lt=timezone.localdate())
    serious = Q(present_grade=AdverseEvent.Grade.SERIOUS)
    return AdverseEvent.objects.open().aggregate(
        open=Count("pk"),
        serious=Count("pk", filter=serious),
        overdue=Count("pk", filter=late),
        unreported=Count("pk", filter=Q(report_count=0)),
    )
