"""Load the catalogue of muscles, other targets, trigger points and thresholds that Filiform includes."""

import csv
from dataclasses import dataclass, field
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction

from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs
from patients.models import TrailEntry
from treatments.models import Muscle, Threshold, TriggerPoint
from treatments.permissions import may_load_catalogue

from .summary_rebuild import rebuild_summaries

CATALOGUE = Path(__file__).resolve().parent.parent / "data"
# Names, words and identifiers. A row that the clinic edited or reviewed gets those that it lacks: they are no facts
# that a clinician would have to agree to again.
WORDS = ["display_name", "name_latin", "plain_words", "search_words", "synonyms", "uberon", "fma"]


@dataclass
class Loaded:
    """The result for one file.

    `kept` names the rows whose facts were left alone because the clinic edited or reviewed them; `filled` is the number
    of these that got names, words or identifiers which they lacked.
    """

    file_name: str
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    filled: int = 0
    kept: list = field(default_factory=list)

    def written(self):
        """{"created": n, "updated": n, "filled": n}, without zeros."""
        counts = {"created": self.created, "updated": self.updated, "filled": self.filled}
        return {name: count for name, count in counts.items() if count}


@needs(may_load_catalogue, allow_system=True)
@transaction.atomic
def load_catalogue(*, by=None, folder=CATALOGUE):
    """Update the catalogue from the CSV files, in one transaction. Loading the same files again changes nothing.

    Returns a list of Loaded. Rows that the clinic edited or reviewed keep their content and are listed in it; they only
    get names, words and identifiers that they lack and that nobody emptied by hand.
    `by` is the person who asked for it, None for the command line. Raises ValidationError naming file and line.
    """
    muscles = _load(folder / "muscles.csv", Muscle, _slug_of, {})
    targets = _load(folder / "targets.csv", Muscle, _slug_of, {})
    muscle_pks = dict(Muscle.objects.values_list("slug", "pk"))
    points = _load(folder / "trigger_points.csv", TriggerPoint, _point_key, {"muscle_slug": muscle_pks})
    thresholds = _load(folder / "thresholds.csv", Threshold, _slug_of, {})
    if muscles.updated or targets.updated:
        rebuild_summaries()  # because they count by region
    files = [muscles, targets, points, thresholds]
    changes = {one.file_name: [None, counts] for one in files if (counts := one.written())}
    add_audit_entry(TrailEntry.Action.CHANGE, by=by, changes=changes, note="Catalogue loaded")
    return files


def _slug_of(entry):
    return entry.slug


def _point_key(point):
    return point.muscle_id, point.label


def _load(path, model, key_of, pks):
    """Compare one file with its table and save the differences. Three queries, whatever the length of the file."""
    wanted, columns = _read(path, model, key_of, pks)
    loaded = Loaded(path.name)
    stored = {key_of(entry): entry for entry in model.objects.all()}
    changed, kept = [], []
    for key, entry in wanted.items():
        if key not in stored:
            continue
        if stored[key].edited_at or stored[key].reviewed_at:
            loaded.kept.append(_name_of(key))
            kept.append((stored[key], entry))
        elif any(getattr(stored[key], name) != getattr(entry, name) for name in columns):
            entry.pk = stored[key].pk
            changed.append(entry)
        else:
            loaded.unchanged += 1
    new = [entry for key, entry in wanted.items() if key not in stored]
    model.objects.bulk_create(new)
    model.objects.bulk_update(changed, columns)
    filled = _fill(kept, [name for name in WORDS if name in columns])
    if filled:
        model.objects.bulk_update(filled, WORDS)
    loaded.created, loaded.updated, loaded.filled = len(new), len(changed), len(filled)
    return loaded


def _fill(pairs, names):
    """The stored entries of these pairs (stored, of the file) that lack values of the file, with them filled in."""
    lacking = {}
    for stored, entry in pairs:
        if found := [name for name in names if not getattr(stored, name) and getattr(entry, name)]:
            lacking[str(stored.pk)] = (stored, entry, found)
    if not lacking:
        return []
    trail = TrailEntry.objects.filter(record_type=Muscle._meta.model_name, record_id__in=lacking, by__isnull=False)
    by_hand = {(key, name) for key, changes in trail.values_list("record_id", "changes") for name in changes}
    filled = []
    for key, (stored, entry, found) in lacking.items():
        if chosen := [name for name in found if (key, name) not in by_hand]:
            for name in chosen:
                setattr(stored, name, getattr(entry, name))
            filled.append(stored)
    return filled


def _read(path, model, key_of, pks):
    """({key: valid unsaved entry}, names of the fields that the file sets). Raises ValidationError."""
    wanted = {}
    with path.open(newline="", encoding="utf-8") as lines:
        rows = csv.DictReader(lines)
        columns = ["muscle_id" if name == "muscle_slug" else name for name in rows.fieldnames]
        for row in rows:
            try:
                entry = _entry(model, row, pks)
                if key_of(entry) in wanted:
                    raise ValidationError("This row appears twice.")
            except ValidationError as refusal:
                reason = "; ".join(refusal.messages)
                raise ValidationError(f"{path.name}, line {rows.line_num}: {reason}") from refusal
            wanted[key_of(entry)] = entry
    return wanted, columns


def _entry(model, row, pks):
    entry = model()
    for column, text in row.items():
        if column in pks:
            if text not in pks[column]:
                raise ValidationError(f"There is no muscle '{text}'.")
            entry.muscle_id = pks[column][text]
        else:
            target = model._meta.get_field(column)
            setattr(entry, column, None if text == "" and target.null else target.to_python(text))
    # _read compares keys, and the database checks constraints: validating them here would need 300 queries.
    entry.full_clean(exclude=["muscle"], validate_unique=False, validate_constraints=False)
    return entry


def _name_of(key):
    return key if isinstance(key, str) else key[1]
