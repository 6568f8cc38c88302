"""Warnings of needles near the lung (domain notes 1.6 and 2)."""

from .warning import UNSOURCED, Level, Warning
from .wording import said_of

BOARD_NOTICE = "South African Board Notice 121, section 5.1 (S34)"
SIDES = ("left", "right")


def rows_near_the_lung(rows):
    """Those of these Needlings, with their muscles, whose muscle the catalogue flags as a pneumothorax risk."""
    return [row for row in rows if row.muscle.pneumothorax_risk]


def near_the_lung(rows):
    """The Warnings of Needlings with their muscles: angle, depth, and both sides at once."""
    at_risk = rows_near_the_lung(rows)
    return [*(_angle(row) for row in at_risk), *_both_sides(at_risk)]


def deeper_than_advised(rows):
    """The Warnings of rows beyond a published depth (mm). A study's mean: advice, never a gate."""
    return [_depth(row) for row in rows if _is_deep(row)]


def _angle(row):
    muscle = row.muscle
    sentence = (
        "Point the needle away from the lung, tangentially, in a pincer grip where the muscle allows; bracket the spot"
        " with your fingers."
    )
    return Warning(
        key="thorax",
        level=Level.ADVICE,
        title="Near the lung",
        sentence=f"{sentence} {muscle.depth_note}".strip(),
        source=f"{BOARD_NOTICE}; {muscle.source or UNSOURCED}" if muscle.depth_note else BOARD_NOTICE,
        needling_id=row.pk,
    )


def _both_sides(at_risk):
    """Said at the first row of the second side. A row in the middle has no side of the lung."""
    sided = [row for row in at_risk if row.side in SIDES]
    other = next((row for row in sided if row.side != sided[0].side), None)
    if other is None:
        return []
    return [
        Warning(
            key="thorax_both_sides",
            level=Level.CAUTION,
            title="Both sides of the thorax",
            sentence=(
                f"{said_of(other)} lies near the lung, and so does a row of the {sided[0].side} side. Avoid both sides"
                " in one session: a two-sided pneumothorax has been reported."
            ),
            source=f"{BOARD_NOTICE}; Ir Med J 2022;115:546 (S31)",
            needling_id=other.pk,
        )
    ]


def _is_deep(row):
    most = row.muscle.max_depth_caution_mm
    return most is not None and row.depth_mm is not None and row.depth_mm > most


def _depth(row):
    muscle = row.muscle
    return Warning(
        key="depth",
        level=Level.ADVICE,
        title="Deeper than the published figure",
        sentence=(
            f"{said_of(row)}: {row.depth_mm} mm is more than {muscle.max_depth_caution_mm} mm, which comes from a"
            " study's mean. It depends on build and position: look, feel, and do not take it for a limit."
        ),
        source=muscle.source or UNSOURCED,
        needling_id=row.pk,
    )
