"""Published needling depths, and depths that contradict the technique."""

from treatments.models import Needling

from .phrases import side_and_muscle
from .warning import UNSOURCED, Level, SafetyWarning

# Baldry, who describes the superficial technique, inserts the needle 5 to 10 mm deep.
SUPERFICIAL_UP_TO_MM = 10
BALDRY = "[@baldry-2002]; where the question begins is the clinic's own rule"


def deeper_than_published(visit):
    """A caution for each row deeper than the muscle's published depth in millimetres.

    The figure is a study's mean, so it is no limit, and one tap answers it.
    """
    return [_depth(row) for row in visit.rows if _is_deeper(row)]


def depth_contradicts_technique(visit):
    """A caution for each superficial row that is deeper than SUPERFICIAL_UP_TO_MM: one of the two may be a mistake."""
    return [
        _contradiction(row)
        for row in visit.rows
        if row.technique == Needling.Technique.SUPERFICIAL and (row.depth_mm or 0) > SUPERFICIAL_UP_TO_MM
    ]


def _is_deeper(row):
    published_mm = row.muscle.max_depth_caution_mm
    return published_mm is not None and row.depth_mm is not None and row.depth_mm > published_mm


def _depth(row):
    muscle = row.muscle
    return SafetyWarning(
        key="depth",
        level=Level.CAUTION,
        title="Deeper than the published figure",
        sentence=(
            f"{side_and_muscle(row)}: {row.depth_mm} mm is deeper than {muscle.max_depth_caution_mm} mm, the mean of a"
            " study. A safe depth depends on build and position. Inspect and palpate; the figure is not a limit."
        ),
        source=muscle.source or UNSOURCED,
        needling_id=row.pk,
    )


def _contradiction(row):
    return SafetyWarning(
        key="superficial_depth",
        level=Level.CAUTION,
        title="Superficial, but deep",
        sentence=(
            f"{side_and_muscle(row)}: superficial, {row.depth_mm} mm. The superficial technique is described with"
            f" 5 to {SUPERFICIAL_UP_TO_MM} mm. Check the depth and the technique, or confirm both."
        ),
        source=BALDRY,
        needling_id=row.pk,
    )
