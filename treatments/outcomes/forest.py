"""The geometry of a forest plot, which the template draws as SVG: a dot and an interval for each figure."""

from dataclasses import dataclass
from math import ceil, floor, log10
from textwrap import wrap

from treatments.chart.progress.figures import FEWEST, SMALL

LABELS, PLOT, VALUES = 190, 260, 110
ROW, TOP, BOTTOM = 26, 24, 26
WIDTH = LABELS + PLOT + VALUES
LABEL_LETTERS = 28


@dataclass(frozen=True)
class ForestEntry:
    """One row of the plot. Figures are in the unit of the scale, and None if there is nothing to show."""

    label: str
    n: int
    value: float | None = None
    low: float | None = None
    high: float | None = None
    published: float | None = None

    @property
    def label_lines(self):
        """The label in one or two lines."""
        return wrap(self.label, LABEL_LETTERS, max_lines=2, placeholder=" …")

    @property
    def is_shown(self):
        return self.value is not None and self.n >= FEWEST

    @property
    def is_small(self):
        return self.n < SMALL

    @property
    def numbers(self):
        """All numbers that the scale must include."""
        shown = (self.value, self.low, self.high) if self.is_shown else ()
        return [number for number in (*shown, self.published) if number is not None]


@dataclass(frozen=True)
class Mark:
    """An entry with its coordinates: y of the row, x of the dot, the interval's ends and the published figure."""

    entry: ForestEntry
    y: float
    x: float | None
    x_low: float | None
    x_high: float | None
    x_published: float | None


@dataclass(frozen=True)
class Tick:
    x: float
    value: float


@dataclass(frozen=True)
class Forest:
    marks: list[Mark]
    ticks: list[Tick]
    height: int
    zero: float
    width, labels_end, values = WIDTH, LABELS, WIDTH - 4
    top = TOP - 8

    @property
    def foot(self):
        return self.height - BOTTOM + 4


def draw_forest(entries):
    """The Forest of these ForestEntries in their order. Its scale includes 0 and all numbers, in round steps."""
    numbers = [number for entry in entries for number in entry.numbers]
    low, high, step = _scale(min([0, *numbers]), max([0, *numbers]))

    def place(value):
        return None if value is None else round(LABELS + PLOT * (value - low) / (high - low), 1)

    marks = []
    for index, entry in enumerate(entries):
        shown = (entry.value, entry.low, entry.high) if entry.is_shown else (None,) * 3
        marks.append(Mark(entry, TOP + ROW * (index + 0.5), *map(place, shown), place(entry.published)))
    count = round((high - low) / step)
    ticks = [Tick(place(low + step * number), round(low + step * number, 6)) for number in range(count + 1)]
    return Forest(marks, ticks, TOP + ROW * len(entries) + BOTTOM, place(0))


def _scale(low, high):
    """(low end, high end, step) of a scale with round numbers and 4 to 8 ticks."""
    span = (high - low) or 1
    power = 10 ** floor(log10(span / 4))
    step = next(power * factor for factor in (1, 2, 5, 10) if span / (power * factor) <= 6)
    return step * floor(round(low / step, 6)), step * (ceil(round(high / step, 6)) or (low >= 0)), step
