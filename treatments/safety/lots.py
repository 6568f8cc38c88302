"""Needle lots that have been recalled. A lot that is out of date cannot be stored at all."""

from .phrases import written_day
from .warning import Level, SafetyWarning


def lot_recalled(visit):
    """A stop for each row whose lot was recalled by the day of the visit, advice where the recall came later.

    A colleague may agree to the stop, because a needle that was used must be recorded as it was.
    """
    return [_recall(row, visit.day) for row in visit.rows if row.needle and row.needle.recalled_on]


def _recall(row, day):
    needle = row.needle
    came_later = needle.recalled_on > day
    if came_later:
        to_do = "The recall came after this visit: the patient is on the recall list of the lot."
    else:
        to_do = "Choose another lot. If it has been used, give the reason and ask a colleague to agree."
    reason = needle.recall_reason or "no reason given"
    return SafetyWarning(
        key="lot_recalled",
        level=Level.ADVICE if came_later else Level.STOP,
        title="Lot recalled",
        sentence=f"Lot {needle.lot} was recalled on {written_day(needle.recalled_on)}: {reason}. {to_do}",
        source="the recall as entered for this lot",
        needling_id=row.pk,
        colleague_may_agree=not came_later,
    )
