"""Small numbers: a mean of fewer than FEWEST values is not shown, one of fewer than SMALL is marked."""

from typing import NamedTuple

from treatments.estimates import Mean, mean_of

# Our own judgement, without a source: below five a mean says more about chance than about the patient.
FEWEST = 5
SMALL = 20


class Figure(NamedTuple):
    """The number of values and their Mean, which is None for fewer than FEWEST values."""

    n: int
    mean: Mean | None

    @property
    def is_small(self):
        return self.n < SMALL


def figure_of(values):
    """The Figure of these values (numbers; None values are ignored)."""
    known = [value for value in values if value is not None]
    enough = len(known) >= FEWEST
    return Figure(len(known), mean_of(len(known), sum(known), sum(v * v for v in known)) if enough else None)
