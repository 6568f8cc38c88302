"""What was saved in a draft after a version of it was shown, for the person who was about to sign that version."""

from dataclasses import dataclass

from patients.models import TrailEntry
from treatments.models import TreatmentSession

MOST = 20
NAMES = {"needling": "Row", "measurement": "Measurement", "adverseevent": "Reaction", "warninganswer": "Answer"}


@dataclass(frozen=True)
class Saved:
    at: object
    by_name: str
    lines: list


def saved_since(session, version):
    """The Saved changes of this draft since `version`, oldest first, in one query; at most the latest 20."""
    count = min(max(session.version - version, 0), MOST)
    entries = TrailEntry.objects.filter(
        patient=session.patient_id,
        record_type=TreatmentSession._meta.model_name,
        record_id=str(session.pk),
        action__in=[TrailEntry.Action.CHANGE, TrailEntry.Action.HAND_OVER],
    ).select_related("by")
    rows = {str(row.pk): str(row.muscle) for row in session.needlings.all()}
    return [_saved(entry, rows) for entry in reversed(entries.order_by("-pk")[:count])]


def _saved(entry, rows):
    name = entry.by.get_full_name() if entry.by else ""
    lines = [line for key, pair in entry.changes.items() for line in _lines(key, *pair, rows)]
    return Saved(entry.at, name or entry.by_name, lines)


def _lines(key, before, after, rows):
    kind, _, pk = key.partition(" ")
    if not pk:
        return [f"{_in_words(key)}: {_value(before)} → {_value(after)}"]
    name = rows.get(pk) or NAMES.get(kind, kind)
    if before is None or after is None:
        return [f"{name}: {'added' if before is None else 'removed'}"]
    return [f"{name}, {_in_words(field)}: {_value(before[field])} → {_value(after[field])}" for field in before]


def _in_words(field):
    return field.removesuffix("_id").replace("_", " ")


def _value(value):
    if isinstance(value, list | dict):
        return "…"
    return {None: "nothing", "": "nothing", True: "yes", False: "no"}.get(value, str(value))
