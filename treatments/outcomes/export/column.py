"""One column of the export, and the words that stand for a value that is not shown."""

from collections.abc import Callable
from dataclasses import dataclass

# Our own choice, without a source. What fewer patients, or fewer practitioners, have in common is left out of files
# without names.
FEWEST_ALIKE = 5
SUPPRESSED = "suppressed"
# Nothing was recorded. Only columns whose meaning says so use it; the others leave the cell empty.
MISSING = "missing"


@dataclass(frozen=True)
class ExportColumn:
    """`of` returns the cell, from an ExportedVisit (see .rows) or, in columns of needlings, from a needling's row."""

    name: str
    unit: str
    meaning: str
    of: Callable
    identifies: bool = False
    choices: tuple = ()  # the labels that it can have
