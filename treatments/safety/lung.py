"""Warnings about needles near the lung. What is published for and against the advice is in lung_statements.csv."""

from treatments.evidence.advice import shown_advice

from .phrases import side_and_muscle
from .warning import Level, SafetyWarning

SIDES = ("left", "right")


def near_the_lung(visit):
    """Advice on angle and depth for each row near the lung."""
    rows = visit.rows_near_the_lung
    shown = shown_advice("near-lung", visit.reviews) if rows else None
    return [_angle(row, shown) for row in rows] if shown else []


def both_sides_of_the_thorax(visit):
    """A caution at the first row on the second side. A midline row counts for neither side."""
    sided = [row for row in visit.rows_near_the_lung if row.side in SIDES]
    second = next((row for row in sided if row.side != sided[0].side), None)
    shown = shown_advice("both-sides", visit.reviews) if second else None
    if shown is None:
        return []
    return [
        SafetyWarning(
            key="thorax_both_sides",
            level=Level.CAUTION,
            title="Both sides of the thorax",
            sentence=(
                f"{side_and_muscle(second)} lies near the lung, and so does a row on the {sided[0].side} side."
                f" {shown.words}"
            ),
            source=shown.citation,
            needling_id=second.pk,
        )
    ]


def _angle(row, shown):
    return SafetyWarning(
        key="thorax",
        level=Level.ADVICE,
        title="Near the lung",
        sentence=shown.words,
        source=shown.citation,
        needling_id=row.pk,
    )
