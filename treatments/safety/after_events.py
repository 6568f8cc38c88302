"""Warnings that follow from what earlier needling caused.

No source says what an earlier event means for the next session, so the levels are the clinic's own rule:

    event            | near it                       | elsewhere
    serious, open    | stop, a colleague may agree   | caution
    significant, open| caution                       | caution
    serious, closed  | caution                       | nothing
    significant, closed, or mild | advice            | nothing

An event that was serious stays so here until it is closed, whatever a report says of it meanwhile.
Near a mild reaction is the same muscle and side; near any other event is also its region on that side. An event of
the whole body is near everything.
"""

from django.utils import timezone

from treatments.models import AdverseEvent

from .past_events import known_before, past_events_of
from .phrases import side_and_muscle, written_day
from .warning import CLINIC_RULE, Level, SafetyWarning

Type = AdverseEvent.Type
# What concerns the whole body, wherever the needle was. Our judgement, without a source.
OF_THE_WHOLE_BODY = {
    Type.FAINT_FEELING, Type.DIZZY, Type.DROWSY, Type.NAUSEA, Type.SWEATING, Type.FATIGUE, Type.HEADACHE,
    Type.EMOTION, Type.SHAKING, Type.FAINTING, Type.ALLERGY, Type.CARDIAC_TAMPONADE, Type.SYSTEMIC_INFECTION,
    Type.SEIZURE, Type.MISCARRIAGE, Type.OTHER,
}  # fmt: skip
MIDLINE = "midline"


def after_past_events(visit):
    """The warnings about the earlier events that count at this visit; of those that are over, the latest of a kind."""
    return [warning for event in _to_mind(visit.past_events) for warning in _warnings_of(event, visit.rows)]


def events_against_copying(session, last, *, past_events=None):
    """The PastEvents for which the set-up of the session `last` is not copied into this one without a question.

    They are significant or serious, and still open, or of that session or a later one. One query, none when the
    patient's `past_events` are given.
    """
    events = past_events_of(session.patient) if past_events is None else past_events
    known = known_before(session, events, on=timezone.localdate(session.started_at))
    return [
        event for event in known if event.is_grave and (event.is_open or event.session_started_at >= last.started_at)
    ]


def _to_mind(events):
    is_over = {(event.type, event.grade): event for event in events if not event.is_open}
    return [event for event in events if event.is_open or is_over[event.type, event.grade] is event]


def _warnings_of(event, rows):
    if not event.is_open and not event.is_grave:
        return _about_first_row(event, Level.ADVICE, [row for row in rows if _is_same_place(event, row)])
    near = [row for row in rows if _is_near(event, row)]
    if event.is_open and event.is_serious:
        stops = [_stop(event)] if _is_of_the_whole_body(event) else [_stop(event, row) for row in near]
        return stops or [_warning(event, Level.CAUTION)]
    if event.is_open:
        return _about_first_row(event, Level.CAUTION, near) or [_warning(event, Level.CAUTION)]
    return _about_first_row(event, Level.CAUTION if event.is_serious else Level.ADVICE, near)


def _about_first_row(event, level, rows):
    """Shown once a session: at the first row that it concerns, or at the session for an event of the whole body."""
    if _is_of_the_whole_body(event):
        return [_warning(event, level)]
    return [_warning(event, level, row) for row in rows[:1]]


def _is_of_the_whole_body(event):
    return event.type in OF_THE_WHOLE_BODY or not event.places


def _is_near(event, row):
    if event.type == Type.PNEUMOTHORAX and row.muscle.pneumothorax_risk:
        return True
    return any(
        place.region == row.muscle.region and (place.side == row.side or MIDLINE in (place.side, row.side))
        for place in event.places
    )


def _is_same_place(event, row):
    if _is_of_the_whole_body(event):
        return True
    return any(place.muscle == row.muscle.slug and place.side == row.side for place in event.places)


def _stop(event, row=None):
    where = f"Not here: {side_and_muscle(row).lower()}. " if row else ""
    to_do = "Take the row out" if row else "Do not needle"
    return _warning(
        event,
        Level.STOP,
        row,
        sentence=f"{where}{_account(event)} {to_do} until the event is closed, or ask a colleague to agree.",
    )


def _warning(event, level, row=None, sentence=""):
    return SafetyWarning(
        key=f"past_event-{event.id}",
        level=level,
        title=event.title,
        sentence=sentence or _account(event),
        source=CLINIC_RULE,
        needling_id=row.pk if row else None,
        colleague_may_agree=level == Level.STOP,
    )


def _account(event):
    """What happened, in one sentence. It names the rows, so that a colleague can judge without the chart."""
    grade = AdverseEvent.Grade(event.grade).label.lower() if event.grade else "not graded"
    if event.lowered_to:
        grade += f" at first, {AdverseEvent.Grade(event.lowered_to).label.lower()} in the latest report"
    needled = ", ".join(dict.fromkeys(place.title for place in event.places))
    after = f"After the session of {written_day(event.session_day)}"
    after += f" ({needled})" if needled else ""
    state = " It is still open." if event.is_open else ""
    return f"{after}: {event.label.lower()}, {grade}.{state}"
