"""Warnings about needles near the lung."""

from .phrases import side_and_muscle
from .warning import Level, SafetyWarning

BOARD_NOTICE = "[@za-bn-121], section 5.1"
# Each sentence is in treatments/data/lung_statements.csv, with what contradicts it.
ADVICE = (
    "Point the needle away from the lung; lift the muscle in a pincer grip where that is possible. Do not rely on"
    " fingers on the ribs: pneumothorax happened in spite of bracketing, which the South African notice still asks for."
    " No depth is known to be harmless."
)
ADVICE_SOURCE = f"{BOARD_NOTICE}; [@rib-palpation-2018]; [@mintken-2025]"
SIDES = ("left", "right")


def near_the_lung(visit):
    """Advice on angle and depth for each row near the lung."""
    return [_angle(row) for row in visit.rows_near_the_lung]


def both_sides_of_the_thorax(visit):
    """A caution at the first row on the second side. A midline row counts for neither side."""
    sided = [row for row in visit.rows_near_the_lung if row.side in SIDES]
    second = next((row for row in sided if row.side != sided[0].side), None)
    if second is None:
        return []
    return [
        SafetyWarning(
            key="thorax_both_sides",
            level=Level.CAUTION,
            title="Both sides of the thorax",
            sentence=(
                f"{side_and_muscle(second)} lies near the lung, and so does a row on the {sided[0].side} side. Avoid"
                " both sides in one session: a bilateral pneumothorax has been reported."
            ),
            source=f"{BOARD_NOTICE}; [@irmedj-2022]",
            needling_id=second.pk,
        )
    ]


def _angle(row):
    return SafetyWarning(
        key="thorax",
        level=Level.ADVICE,
        title="Near the lung",
        sentence=ADVICE,
        source=ADVICE_SOURCE,
        needling_id=row.pk,
    )
