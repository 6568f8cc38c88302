"""Keep what a record adds to the monthly summaries when it is destroyed, and add it again after a rebuild."""

import json
from datetime import date

from patients.integrity.seal import canonical, plain
from treatments.models import Course, DestroyedSum, TreatmentSession
from treatments.outcomes.facts import as_stored, facts_of

from .summaries import SPREADS, SUMMARIES, add_cells, names_of, summary_cells


def keep_sums(patient_keys):
    """Keep what these patients, whom the caller has locked, add to the summaries; returns how many sessions count.

    The summaries themselves do not change.
    """
    patients = {"patient__in": patient_keys}
    firsts = set(
        Course.objects.filter(**patients).select_for_update().values_list(as_stored("first_session"), flat=True)
    )
    facts = facts_of(TreatmentSession.objects.filter(**patients))
    for model, cells in summary_cells(facts, firsts).items():
        slots = (0,) if model in SPREADS else ()
        for cell, numbers in sorted(cells.items()):
            _keep(model, (*slots, *cell), numbers)


def _keep(model, cell, numbers):
    names = names_of(model)
    named = canonical({name: plain(value) for name, value in zip(model.CELL, cell, strict=True)})
    added = dict(zip(names[len(model.CELL) :], numbers, strict=True))
    row, is_new = DestroyedSum.objects.select_for_update().get_or_create(
        summary=model.__name__, cell=named, defaults={"numbers": added}
    )
    if not is_new:
        row.numbers = {name: row.numbers.get(name, 0) + number for name, number in added.items()}
        row.save(update_fields=["numbers"])


def add_kept_sums():
    """Add what destroyed records added to summaries that were just built without them."""
    for model in (*SUMMARIES, *SPREADS):
        cells = {}
        for row in DestroyedSum.objects.filter(summary=model.__name__):
            cell = json.loads(row.cell)
            if "month" in cell:
                cell["month"] = date.fromisoformat(cell["month"])
            numbers = [row.numbers.get(name, 0) for name in names_of(model)[len(model.CELL) :]]
            cells[tuple(cell[name] for name in model.CELL)] = numbers
        add_cells(model, cells)
