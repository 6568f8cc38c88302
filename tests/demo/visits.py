"""Unsaved sessions with their rows, plausible for the muscle, the needle and the day."""

import random
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from treatments.evidence.depth_rules import depth_rules
from treatments.models import AdverseEvent, Measurement, Needling, TreatmentSession
from treatments.record.needle_count import counted

from .measured import dose_of
from .stories import NOTES

Type = AdverseEvent.Type
Technique = Needling.Technique

# Events in 100 treatments, after [@brady-2014] (7,629 treatments); fainting after [@white-2001].
REACTIONS = {
    Type.BRUISE: 7.55,
    Type.BLEED: 4.65,
    Type.PAIN_DURING: 3.01,
    Type.PAIN_AFTER: 2.19,
    Type.AGGRAVATION: 0.88,
    Type.DROWSY: 0.26,
    Type.HEADACHE: 0.14,
    Type.NAUSEA: 0.13,
    Type.FAINTING: 0.14,
}
ACTIONS = {
    Type.BRUISE: "Pressed for two minutes, told what to expect",
    Type.BLEED: "Pressed with cotton until dry",
    Type.PAIN_DURING: "Needle withdrawn and repositioned",
    Type.AGGRAVATION: "Heat, rest, told to call if it lasts",
    Type.FAINTING: "Needles out, laid flat, legs up; well after ten minutes",
    Type.NAUSEA: "Rested lying down, water",
}
OVER_BEFORE_LEAVING = (Type.BLEED, Type.PAIN_DURING, Type.FAINTING, Type.NAUSEA)


@dataclass
class Visit:
    """A session to be written. Without `signed_at` it stays a draft."""

    session: TreatmentSession
    needlings: list = field(default_factory=list)
    measurements: list = field(default_factory=list)
    events: list = field(default_factory=list)
    answers: list = field(default_factory=list)  # to safety warnings; before it is signed, every one is answered
    signed_at: object = None


def visit_of(course, index, appointment, previous, clinic, rng):
    """The visit number `index` of a course, signed after it; `previous` is the Visit before it, or None."""
    session = _session(course, index, appointment, previous, rng)
    visit = Visit(session, signed_at=appointment.ends_at + timedelta(minutes=rng.randint(-4, 70)))
    visit.needlings = _needlings(course, session, clinic, rng)
    visit.measurements = _measurements(course, session, visit.needlings[0].muscle, rng)
    visit.events = _reactions(session, visit.needlings, rng)
    session.no_reaction = not visit.events
    insertions = sum(row.insertions or 1 for row in visit.needlings)
    needles = min(len(visit.needlings) + rng.choice([0, 0, 0, 1, 2]), insertions)
    session.needles_inserted = session.needles_removed = needles
    session.counted_rows = counted(visit.needlings)
    if any(row.muscle.pneumothorax_risk for row in visit.needlings):
        session.advice.append("chest_signs")
    return visit


def new_id(rng):
    """A row's key, the same in every demo."""
    return uuid.UUID(int=rng.getrandbits(128), version=4)


def _session(course, index, appointment, previous, rng):
    before, after = course.pains[index]
    return TreatmentSession(
        id=new_id(rng),
        patient=course.patient,
        episode=course.episode,
        practitioner=appointment.practitioner,
        appointment=appointment,
        started_at=appointment.starts_at + timedelta(minutes=rng.randint(1, 6)),
        position=course.story.position,
        consent_confirmed=True,
        pain_before=before,
        pain_after=after,
        co_treatments=rng.sample(["exercise", "manual_therapy", "massage", "heat", "stretching"], rng.randint(0, 2)),
        advice=["soreness", "keep_moving", *(["leaflet"] if index == 0 else [])],
        plan=course.story.plan if index % 3 == 0 else "",
        note=rng.choice(NOTES) if index and rng.random() < 0.35 else "",
        copied_from=previous.session if previous else None,
        saved_by=appointment.practitioner.user,
    )


def _needlings(course, session, clinic, rng):
    """Two to five rows: the main muscle of this person, and some of the others."""
    others = rng.sample(course.slugs[1:], min(len(course.slugs) - 1, rng.choice([1, 1, 2, 2, 3])))
    slugs = sorted([course.slugs[0], *others], key=course.slugs.index)
    rows = [_needling(clinic.muscles[slug], course.side, session, clinic, rng) for slug in slugs]
    main = clinic.muscles[course.slugs[0]]
    # Never both sides of the thorax in one session [@za-bn-121].
    if not main.pneumothorax_risk and rng.random() < 0.25:
        rows.append(_needling(main, "left" if course.side == "right" else "right", session, clinic, rng))
    for order, row in enumerate(rows):
        row.sort_order = order
    return rows


def _needling(muscle, side, session, clinic, rng):
    needle = _needle_for(muscle, timezone.localdate(session.started_at), clinic, rng)
    technique = rng.choices([*Technique], [58, 24, 14, 4])[0]
    points = [point for point in muscle.trigger_points.all() if point.sides == "both"]
    row = Needling(
        id=new_id(rng),
        session=session,
        muscle=muscle,
        side=side,
        trigger_point=rng.choices(points, range(len(points), 0, -1))[0],
        point_state=rng.choices(["active", "latent", ""], [60, 25, 15])[0],
        taut_band=rng.choices([True, False, None], [70, 10, 20])[0],
        needle=needle,
        depth_mm=depth_for(muscle, needle, technique, rng),
        **stimulation(technique, rng),
    )
    # Details come from a generator of their own, so that they change nothing else of the demo.
    for name, value in dose_of(row, random.Random(row.id.int)).items():
        setattr(row, name, value)
    return row


def _needle_for(muscle, day, clinic, rng):
    """A needle in date, not yet recalled, that is as long as usual for the muscle."""
    usual = range(muscle.needle_length_min_mm, muscle.needle_length_max_mm + 1)
    return rng.choice([n for n in clinic.needles if n.length_mm in usual and n.is_usable_on(day)])


def depth_for(muscle, needle, technique, rng):
    """Millimetres, for this muscle with this needle."""
    if technique == Technique.SUPERFICIAL:
        return rng.randint(5, 10)
    is_thin_over_lung = muscle.pneumothorax_risk and needle.length_mm <= 40
    # No deeper than a publication warns of: see treatments/data/depth_rules.csv.
    bounds = [rule.depth_over_mm for rule in depth_rules() if rule.is_about(muscle) and int(rule.depth_over_mm or 0)]
    share = rng.uniform(0.3, 0.5) if is_thin_over_lung else rng.uniform(0.45, 0.75)
    return min(round(needle.length_mm * share), *map(int, bounds), 100)


def stimulation(technique, rng):
    """The fields that depend on the technique: insertions, retention, twitches and others."""
    if technique == Technique.PISTONING:
        twitches = rng.choices([0, 1, 2, 3, 4, 5], [28, 14, 22, 18, 12, 6])[0]
        return {
            "technique": technique,
            "insertions": rng.randint(1, 4),
            "twitch": "yes" if twitches else "no",
            "twitch_count": twitches or None,
            "referred_pain_reproduced": rng.choices(["known", "none", "new"], [45, 50, 5])[0],
        }
    kept = {"technique": technique, "insertions": 1, "twitch": "not_sought"}
    if technique == Technique.SUPERFICIAL:
        return kept | {"insertions": rng.randint(1, 3), "retention_seconds": rng.choice([60, 120, 180])}
    if technique == Technique.ELECTRICAL:
        return kept | {"frequency_hz": Decimal(rng.choice([2, 4])), "retention_seconds": 60 * rng.choice([10, 15])}
    return kept | {"retention_seconds": 60 * rng.choice([3, 5, 5, 8, 10])}


def _measurements(course, session, muscle, rng):
    """In a third of the visits one range of motion or one pressure pain threshold."""
    chance = rng.random()
    if chance < 0.22:
        before = rng.randint(*course.story.degrees)
        after = before + max(-4, round(rng.gauss(5, 4)))
        what = {"kind": "rom", "movement": course.story.movement, "unit": "degrees"}
    elif chance < 0.34:
        before = round(max(90, rng.gauss(230, 55)))
        after = max(80, before + round(rng.gauss(23, 40)))
        what = {"kind": "ppt", "muscle": muscle, "unit": "kpa"}
    else:
        return []
    return [Measurement(id=new_id(rng), session=session, side=course.side, before=before, after=after, **what)]


def _reactions(session, needlings, rng):
    found = [type_ for type_, percent in REACTIONS.items() if rng.random() * 100 < percent]
    return [reaction(session, type_, rng, needling=rng.choice(needlings)) for type_ in found]


def reaction(session, type_, rng, *, minutes=15, **fields):
    """An event seen at a session, or heard of so many minutes after its start."""
    seen_at = session.started_at + timedelta(minutes=minutes)
    is_over = type_ in OVER_BEFORE_LEAVING
    return AdverseEvent(
        id=new_id(rng),
        session=session,
        type=type_,
        grade="significant" if type_ == Type.FAINTING else "mild",
        onset_at=session.started_at + timedelta(minutes=min(minutes, 12)),
        action=ACTIONS.get(type_, ""),
        outcome="Over before leaving" if is_over else "",
        resolved_on=timezone.localdate(seen_at) if is_over else None,
        recorded_at=seen_at,
        recorded_by=session.saved_by,
        **fields,
    )
