"""Published needling depths."""

from .phrases import side_and_muscle
from .warning import UNSOURCED, Level, SafetyWarning


def deeper_than_published(visit):
    """Advice for each row deeper than the muscle's published depth in millimetres.

    The figure is a study's mean, so it never prevents signing.
    """
    return [_depth(row) for row in visit.rows if _is_deeper(row)]


def _is_deeper(row):
    published_mm = row.muscle.max_depth_caution_mm
    return published_mm is not None and row.depth_mm is not None and row.depth_mm > published_mm


def _depth(row):
    muscle = row.muscle
    return SafetyWarning(
        key="depth",
        level=Level.ADVICE,
        title="Deeper than the published figure",
        sentence=(
            f"{side_and_muscle(row)}: {row.depth_mm} mm is deeper than {muscle.max_depth_caution_mm} mm, the mean of a"
            " study. A safe depth depends on build and position. Inspect and palpate; the figure is not a limit."
        ),
        source=muscle.source or UNSOURCED,
        needling_id=row.pk,
    )
