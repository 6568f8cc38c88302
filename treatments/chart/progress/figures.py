"""How few is too few: a mean of a handful of values is not shown, and a small one is marked."""

from typing import NamedTuple

from treatments.estimates import Mean, mean_of

# Our own judgement, without a source: below five a mean says more about chance than about the patient.
FEWEST = 5
SMALL = 20


class Figure(NamedTuple):
    """How many values there were, and their Mean when they are enough."""

    n: int
    mean: Mean | None

    @property
    def is_small(self):
        return self.n < SMALL


def figure_of(values):
    """The Figure of these values (numbers; None is no value and is left out)."""
    known = [value for value in values if value is not None]
    enough = len(known) >= FEWEST
    return Figure(len(known), mean_of(len(known), sum(known), sum(v * v for v in known)) if enough else None)
