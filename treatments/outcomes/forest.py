"""Geometry of a forest plot: a dot for each figure with its interval, over one scale. Drawn by the template as SVG."""

from dataclasses import dataclass
from math import ceil, floor, log10

from treatments.chart.progress.figures import FEWEST, SMALL

LABELS, PLOT, VALUES = 190, 260, 110
ROW, TOP, BOTTOM = 26, 24, 26
WIDTH = LABELS + PLOT + VALUES


@dataclass(frozen=True)
class Entry:
    """A row before it has a place: figures in the unit of the scale, None where there is nothing to show."""

    label: str
    n: int
    value: float | None = None
    low: float | None = None
    high: float | None = None
    published: float | None = None

    @property
    def is_shown(self):
        return self.value is not None and self.n >= FEWEST

    @property
    def is_small(self):
        return self.n < SMALL

    @property
    def numbers(self):
        """All that the scale must hold."""
        shown = (self.value, self.low, self.high) if self.is_shown else ()
        return [number for number in (*shown, self.published) if number is not None]


@dataclass(frozen=True)
class Mark:
    """An entry with its place: y of the row, x of the dot, of the ends of its interval and of the published figure."""

    entry: Entry
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
    """A Forest of these entries in their order; its scale reaches from 0 to all that is shown, in round steps."""
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
    """Round ends and the step between ticks: 4 to 8 of them."""
    span = (high - low) or 1
    power = 10 ** floor(log10(span / 4))
    step = next(power * factor for factor in (1, 2, 5, 10) if span / (power * factor) <= 6)
    return step * floor(round(low / step, 6)), step * (ceil(round(high / step, 6)) or (low >= 0)), step
