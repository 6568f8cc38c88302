"""The rules of the needle count: whether needles in, needles out and the rows agree, and what to do if they do not."""

from dataclasses import dataclass

from django.utils.translation import ngettext

from patients.integrity.seal import canonical, sha256_of
from treatments.models import AdverseEvent


@dataclass(frozen=True)
class CountState:
    """What prevents signing, each as a short sentence without a full stop; "" when it does not apply."""

    stop: str = ""  # needles in and out differ
    recount: str = ""  # rows differ from those that were counted
    question: str = ""  # the count needs a reason, whether it has one or not


def count_state(session, rows, events):
    """The CountState of a session for given Needlings and reactions; empty while in or out is not counted yet."""
    if session.needles_inserted is None or session.needles_removed is None:
        return CountState()
    rows = list(rows)
    difference = count_difference(session)
    lost = session.needles_inserted > session.needles_removed and _is_reported_lost(events)
    return CountState(
        stop="" if lost else difference,
        recount=_changes_since(session.counted_rows, rows),
        question=_question(session, rows, difference if lost else ""),
    )


def count_difference(session):
    """How the counts of needles in and out differ, such as "2 needles still in"; "" when equal or incomplete.

    A forgotten needle is a significant event [@white-2001], so the page shows this before everything else.
    """
    if session.needles_inserted is None or session.needles_removed is None:
        return ""
    still_in = session.needles_inserted - session.needles_removed
    if still_in > 0:
        return ngettext("%d needle still in", "%d needles still in", still_in) % still_in
    return f"needles out exceeds needles in by {-still_in}" if still_in else ""


def counted(rows):
    """What a needle count is made for: [id, muscle, needle, insertions] of each row, as JSON can hold it."""
    return [[str(row.pk), row.muscle_id, row.needle_id, row.insertions] for row in rows]


def count_token(rows):
    """A short text that is the same as long as the rows are, for the page to say which rows were counted again."""
    return sha256_of(canonical(sorted(counted(rows), key=str)))[:16]


def _is_reported_lost(events):
    """Whether a needle that was not found is among the events, with a grade that must be followed up."""
    lost = AdverseEvent.Type.FORGOTTEN_NEEDLE
    return any(event.type == lost and event.grade in AdverseEvent.MUST_BE_REPORTED for event in events)


def _changes_since(before, rows):
    """How the rows differ from those that were counted, such as "row 4 was added after the count"."""
    before = {row_id: values for row_id, *values in before}
    now = {row_id: values for row_id, *values in counted(rows)}
    numbers = {row_id: number for number, row_id in enumerate(now, start=1)}
    added = [numbers[row_id] for row_id in now if row_id not in before]
    changed = [numbers[row_id] for row_id in now if row_id in before and now[row_id] != before[row_id]]
    removed = len(before.keys() - now.keys())
    parts = [
        f"{_rows_named(added)} added" if added else "",
        f"{_rows_named(changed)} changed" if changed else "",
        ngettext("a row was removed", "%d rows were removed", removed).replace("%d", str(removed)) if removed else "",
    ]
    sentence = ", ".join(filter(None, parts))
    return f"{sentence} after the count" if sentence else ""


def _rows_named(numbers):
    named = ", ".join(map(str, numbers))
    return ngettext("row %s was", "rows %s were", len(numbers)) % named


def _question(session, rows, lost):
    """Why the count needs a reason. One needle may make several insertions, but not the other way round."""
    if lost:
        return lost
    if not rows:
        return ""
    needles = session.needles_inserted
    named = f"{needles or 'no'} needle{'' if needles == 1 else 's'} counted"
    packs = len({row.needle_id for row in rows if row.needle_id})
    if needles and needles < packs:
        return f"{named}, but the rows name {packs} different needles or lots"
    if needles < len(rows):
        return f"{named} for {ngettext('%d row', '%d rows', len(rows)) % len(rows)}"
    insertions = [row.insertions for row in rows]
    if None not in insertions and needles > sum(insertions):
        return f"{named} for {ngettext('%d insertion', '%d insertions', sum(insertions)) % sum(insertions)}"
    return ""
