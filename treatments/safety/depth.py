"""Published needling depths, and depths that contradict the technique."""

from treatments.evidence.advice import shown_advice
from treatments.evidence.depth_rules import NEAR_THE_LUNG, depth_rules
from treatments.evidence.reviews import with_reviews
from treatments.models import Needling

from .phrases import side_and_muscle
from .warning import CLINIC_RULE, UNSOURCED, Level, SafetyWarning

# Baldry, who describes the superficial technique, inserts the needle 5 to 10 mm deep.
SUPERFICIAL_UP_TO_MM = 10
BELOW_THE_FASCIA = {Needling.TissueReached.MUSCLE, Needling.TissueReached.TENDON, Needling.TissueReached.PERIOSTEUM}
HALF_A_RIGHT_ANGLE = 45


def published_depths(visit):
    """The warnings of each row whose depth, needle or place a published finding speaks against.

    A finding about every muscle near the lung warns once a session. Withdrawn findings warn nobody.
    """
    found, said = [], set()
    for row in visit.rows:
        for rule in depth_rules():
            if not rule.is_about(row.muscle) or rule.key in said:
                continue
            if not rule.applies_to(row, build=visit.build, age=visit.age):
                continue
            (shown,) = with_reviews([rule], visit.reviews)
            if not shown.is_withdrawn:
                found.append(_published(row, shown, visit.build))
                said |= {rule.key} if rule.muscles == NEAR_THE_LUNG else set()
    return found


def deeper_than_published(visit):
    """A caution for each row deeper than the figure in millimetres that the clinic wrote into its catalogue."""
    return [_depth(row) for row in visit.rows if _is_deeper(row)]


def depth_contradicts_technique(visit):
    """A caution for each superficial row that is deeper than SUPERFICIAL_UP_TO_MM: one of the two may be a mistake."""
    superficial = [row for row in visit.rows if row.technique == Needling.Technique.SUPERFICIAL]
    deep = [row for row in superficial if (row.depth_mm or 0) > SUPERFICIAL_UP_TO_MM]
    shown = shown_advice("superficial", visit.reviews) if deep else None
    return [_contradiction(row, shown) for row in deep] if shown else []


def dose_contradicts_itself(visit):
    """A caution for each row with two values of the dose that do not fit together: one of them may be a mistake."""
    return [_misfit(row, words) for row in visit.rows if (words := _two_that_do_not_fit(row))]


def _two_that_do_not_fit(row):
    """The two values in words; empty if the dose fits together. An angle is measured from the skin."""
    tissue = row.get_tissue_reached_display().lower()
    if row.technique == Needling.Technique.SUPERFICIAL and row.tissue_reached in BELOW_THE_FASCIA:
        return f"the technique is superficial, and the tissue reached is {tissue}"
    angle = row.angle_degrees or HALF_A_RIGHT_ANGLE
    is_upright, is_flat = angle > HALF_A_RIGHT_ANGLE, angle < HALF_A_RIGHT_ANGLE
    if (row.direction == Needling.Direction.PERPENDICULAR and is_flat) or (
        row.direction == Needling.Direction.TANGENTIAL and is_upright
    ):
        return f"the direction is {row.get_direction_display().lower()}, and the angle to the skin is {angle}°"
    return ""


def _is_deeper(row):
    published_mm = row.muscle.max_depth_caution_mm
    return published_mm is not None and row.depth_mm is not None and row.depth_mm > published_mm


def _published(row, shown, build):
    rule = shown.fact
    bmi = build.bmi_text if rule.bmi_from or rule.bmi_under else ""
    words = [f"{side_and_muscle(row)}{f', {row.depth_mm} mm' if row.depth_mm else ''}{f', {bmi}' if bmi else ''}:"]
    words += [shown.words, "" if shown.is_corrected else rule.contradiction]
    sure = f" ({rule.how_sure})" if rule.how_sure and not shown.is_corrected else ""
    return SafetyWarning(
        key=f"depth-{rule.key}",
        level=Level(rule.level),
        title=rule.title,
        sentence=" ".join(part for part in words if part),
        source=f"{shown.citation}{sure}",
        needling_id=row.pk,
    )


def _depth(row):
    muscle = row.muscle
    return SafetyWarning(
        key="depth",
        level=Level.CAUTION,
        title="Deeper than the clinic's figure",
        sentence=(
            f"{side_and_muscle(row)}: {row.depth_mm} mm is deeper than {muscle.max_depth_caution_mm} mm, the figure"
            " in the clinic's catalogue. It is not a limit."
        ),
        source=muscle.source or UNSOURCED,
        needling_id=row.pk,
    )


def _misfit(row, words):
    return SafetyWarning(
        key="dose_contradiction",
        level=Level.CAUTION,
        title="Two values do not fit together",
        sentence=f"{side_and_muscle(row)}: {words}. Check both, or confirm them.",
        source=CLINIC_RULE,
        needling_id=row.pk,
    )


def _contradiction(row, shown):
    return SafetyWarning(
        key="superficial_depth",
        level=Level.CAUTION,
        title="Superficial, but deep",
        sentence=(
            f"{side_and_muscle(row)}: superficial, {row.depth_mm} mm. {shown.words} Check the depth and the technique,"
            " or confirm both."
        ),
        source=shown.citation,
        needling_id=row.pk,
    )
