"""What was done and measured: needlings with their details, measurements, scores and the build of the body."""

from patients.models import BodyMeasure
from treatments.models import Measurement, Needling, OutcomeScore
from treatments.models.dose import Dose
from treatments.models.scales import SCALES

from .building import LOINC, TERMINOLOGY, coded, filled, instant, is_in_error, quantity, status_of

# UCUM units of the numbers of a needling, by field. The rest are choices, yes or no, and words.
UNITS = {
    "depth_mm": "mm",
    "imaged_depth_mm": "mm",
    "insertions": "{count}",
    "twitch_count": "{count}",
    "strokes": "{count}",
    "retention_seconds": "s",
    "retention_planned_seconds": "s",
    "needling_seconds": "s",
    "stimulation_minutes": "min",
    "frequency_hz": "Hz",
    "current_ma": "mA",
    "pulse_width_us": "us",
    "angle_degrees": "deg",
}
OF_NEEDLING = ["technique", "point_state", "taut_band", "twitch", "referred_pain_reproduced", "response"]
DETAILS = [*UNITS, *OF_NEEDLING, *(f.name for f in Dose._meta.fields if f.name not in UNITS)]
# The UCUM units in which measurements are stored.
STORED = {"ppt": "kPa", "rom": "deg", "strength": "{score}", "distance": "mm", "force": "N", "grip": "N"}


def needling(build, row):
    """A Procedure for the needling of one muscle and side, and an Observation with its details as components."""
    session = row.session
    at = row.needled_at or session.started_at
    status = "entered-in-error" if _was_wrong(row) else "in-progress" if session.is_draft else "completed"
    yield build.resource(
        "Procedure",
        row,
        status=status,
        category=build.local("procedure.dry-needling", "Dry needling"),
        code=build.local("procedure.dry-needling", "Dry needling"),
        subject=build.subject,
        encounter=build.refer(session),
        performedDateTime=instant(at),
        performer=[{"actor": build.refer(session.practitioner.user)}],
        reasonReference=[build.refer(session.episode, "condition")] if session.episode else [],
        bodySite=[build.muscle(row.muscle, row.target_name, row.side)],
        usedReference=[build.refer(row.needle)] if row.needle else [],
        note=[{"text": row.place}] if row.place else [],
    )
    components = [_detail(build, row, name) for name in DETAILS if getattr(row, name) not in (None, "")]
    if components:
        yield build.resource(
            "Observation",
            row,
            "details",
            partOf=[build.refer(row)],
            status="entered-in-error" if _was_wrong(row) else status_of(row),
            code=build.local("needling.details", "Details of a needling"),
            subject=build.subject,
            encounter=build.refer(session),
            effectiveDateTime=instant(at),
            component=components,
        )


def _was_wrong(row):
    """Whether the row was entered in error, corrected by a later one, or did not happen. The other rows count."""
    return is_in_error(row) or row.did_not_happen or hasattr(row, "replaced_by")


def _detail(build, row, name):
    value, code = getattr(row, name), {"code": build.label(row, name)}
    if name in UNITS:
        return code | quantity(value, UNITS[name])
    if isinstance(value, bool):
        return code | {"valueBoolean": value}
    if row._meta.get_field(name).choices:
        return code | {"valueCodeableConcept": build.choice(row, name)}
    return code | {"valueString": value}


def measurement(build, row):
    """An Observation for the value before and one for the value after, in the unit in which they are stored."""
    for part in ("before", "after"):
        value = getattr(row, part)
        if value is None:
            continue
        at = row.session.started_at if part == "before" else row.session.ended_at or row.session.started_at
        kind = build.choice(row, "kind")
        movement = build.choice(row, "movement")
        side = f", {row.get_side_display().lower()}" if row.side else ""
        code = {"coding": kind["coding"] + (movement["coding"] if movement else []), "text": f"{row}{side}"}
        yield build.resource(
            "Observation",
            row,
            part,
            status="entered-in-error" if _was_wrong(row) else status_of(row),
            code=code,
            subject=build.subject,
            encounter=build.refer(row.session),
            effectiveDateTime=instant(at),
            **quantity(value, STORED[row.kind]),
            bodySite=build.muscle(row.muscle, str(row.muscle), row.side) if row.muscle else None,
            method=build.local(f"measurement.{part}", f"{part.capitalize()} needling"),
        )


def outcome_score(build, row):
    """The total of a questionnaire. One that was corrected or withdrawn is marked as entered in error."""
    wrong = is_in_error(row) or hasattr(row, "replaced_by") or row.value is None
    unit = "%" if SCALES[row.measure].unit == "%" else "{score}"
    yield build.resource(
        "Observation",
        row,
        status="entered-in-error" if wrong else "final",
        code=build.choice(row, "measure"),
        subject=build.subject,
        effectiveDateTime=instant(row.scored_on),
        issued=instant(row.recorded_at),
        performer=[build.refer(row.recorded_by)],
        **({} if row.value is None else quantity(row.value, unit)),
        note=[{"text": text} for text in (row.item, row.reason) if text],
        derivedFrom=[build.refer(row, "answers")] if row.answers else [],
    )
    if row.answers:
        yield build.resource(
            "QuestionnaireResponse",
            row,
            "answers",
            status="entered-in-error" if wrong else "completed",
            subject=build.subject,
            authored=instant(row.recorded_at),
            author=build.refer(row.recorded_by),
            item=[
                filled({"linkId": key, "text": words, "answer": [] if value is None else [{"valueInteger": value}]})
                for key, words, value in row.answers
            ],
        )


def body_measure(build, row):
    """Height and weight. Their codes are those that FHIR R4 itself requires for these vital signs."""
    codes = {"height_cm": ("8302-2", "Body height", "cm"), "weight_kg": ("29463-7", "Body weight", "kg")}
    known = {name: code for name, code in codes.items() if getattr(row, name) is not None}
    yield build.resource(
        "Observation",
        row,
        status="entered-in-error" if is_in_error(row) else "final",
        category=[coded(f"{TERMINOLOGY}/observation-category", "vital-signs", "Vital Signs")],
        code=build.local("body-measure", "Height and weight"),
        subject=build.subject,
        effectiveDateTime=instant(row.measured_on),
        performer=[build.refer(row.recorded_by)],
        component=[
            {"code": coded(LOINC, code, display)} | quantity(getattr(row, name), unit)
            for name, (code, display, unit) in known.items()
        ],
    )


RESOURCES = {
    Needling: needling,
    Measurement: measurement,
    OutcomeScore: outcome_score,
    BodyMeasure: body_measure,
}
