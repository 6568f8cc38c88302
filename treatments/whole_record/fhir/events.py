"""What happened after or because of needling: adverse events with their reports, follow-ups and exercises."""

from treatments.models import (
    AdverseEvent,
    EventReport,
    ExercisePrescription,
    ExerciseReport,
    FollowUp,
    FollowUpAnswers,
)

from .building import TERMINOLOGY, coded, filled, instant, is_in_error, quantity, status_of


def adverse_event(build, row):
    """An entry in error has no status in R4: the mark is then a Provenance about it."""
    serious = "serious" if row.grade == "serious" else "non-serious"
    seriousness = coded(f"{TERMINOLOGY}/adverse-event-seriousness", serious) if row.grade else None
    severity = {"mild": "mild", "significant": "moderate", "serious": "severe"}.get(row.grade)
    cause = build.refer(row.needling) or build.refer(row.session)
    yield build.resource(
        "AdverseEvent",
        row,
        actuality="actual",
        event=build.choice(row, "type"),
        subject=build.subject,
        encounter=build.refer(row.session),
        date=instant(row.onset_at),
        recordedDate=instant(row.recorded_at),
        seriousness=seriousness,
        severity=severity and coded(f"{TERMINOLOGY}/adverse-event-severity", severity),
        outcome=coded(f"{TERMINOLOGY}/adverse-event-outcome", "resolved") if row.resolved_on else None,
        recorder=build.refer(row.recorded_by),
        suspectEntity=[{"instance": cause}] if row.needling else [],
    )


def event_report(build, row):
    """An Observation about the event: what was known of it at that time."""
    yield build.resource(
        "Observation",
        row,
        status="final",
        code=build.local("event-report", "Report about an adverse event"),
        subject=build.subject,
        focus=[build.refer(row.event)],
        effectiveDateTime=instant(row.recorded_at),
        performer=[build.refer(row.recorded_by)],
        valueString=row.outcome or None,
        component=[
            filled({"code": build.label(row, name), "valueCodeableConcept": build.choice(row, name)})
            for name in ("grade", "causality")
            if getattr(row, name)
        ],
        note=[{"text": text} for text in (row.action, row.review_note) if text],
    )


def follow_up(build, row):
    """What the patient said to a colleague after the visit."""
    yield _asked(
        build,
        row,
        at=row.contacted_at,
        by=build.refer(row.contacted_by),
        words=row.note,
        status=status_of(row),
        code=build.local("follow-up", "Contact after needling"),
    )


def follow_up_answers(build, row):
    """What the patient answered through the link after the visit; a therapist confirms it."""
    yield _asked(
        build,
        row,
        at=row.answered_at,
        by=build.subject,
        words=row.words,
        status="entered-in-error" if is_in_error(row) else "preliminary",
        code=build.local("follow-up.by-patient", "Answers of the patient after needling"),
    )


def _asked(build, row, *, at, by, words, status, code):
    """Pain and soreness, each from 0 to 10, as the patient said after the visit."""
    return build.resource(
        "Observation",
        row,
        status=status,
        code=code,
        subject=build.subject,
        encounter=build.refer(row.session),
        effectiveDateTime=instant(at),
        performer=[by],
        component=[
            {"code": build.label(row, name)} | quantity(getattr(row, name), "{score}")
            for name in ("pain", "soreness")
            if getattr(row, name) is not None
        ],
        note=[{"text": words}] if words else [],
    )


def exercise_prescription(build, row):
    """A ServiceRequest with the exercise, its dose and its instructions."""
    yield build.resource(
        "ServiceRequest",
        row,
        status="entered-in-error" if is_in_error(row) else "active",
        intent="order",
        code={"text": row.exercise.name},
        subject=build.subject,
        authoredOn=instant(row.prescribed_at),
        requester=build.refer(row.prescribed_by),
        patientInstruction=row.dose,
        note=[{"text": row.exercise.instructions}] if row.exercise.instructions else [],
    )


def exercise_report(build, row):
    """How the patient did the exercise."""
    yield build.observation(
        row,
        "",
        build.local("exercise-report", "How an exercise was done"),
        {"valueCodeableConcept": build.choice(row, "how")},
        row.recorded_at,
        basedOn=[build.refer(row.prescription)],
        performer=[build.refer(row.recorded_by)],
        note=[{"text": row.note}] if row.note else [],
    )


RESOURCES = {
    AdverseEvent: adverse_event,
    EventReport: event_report,
    FollowUp: follow_up,
    FollowUpAnswers: follow_up_answers,
    ExercisePrescription: exercise_prescription,
    ExerciseReport: exercise_report,
}
