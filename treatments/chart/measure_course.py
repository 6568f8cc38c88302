"""The course of one outcome measure, as geometry for one SVG."""

from dataclasses import dataclass
from itertools import groupby

from .axis import LEFT, RIGHT, VALUE_GAP, Label, date_labels, places, spaced

WIDTH, HEIGHT = 600, 190
TOP, BOTTOM = 20, 152
LINE_GAP = 14
MOST_STEPS = 5


@dataclass(frozen=True)
class MeasureDrawing:
    """All that the template draws. Coordinates are those of a WIDTH by HEIGHT box; paths are SVG path data."""

    grid: list[Label]
    dots: str
    line: str
    values: list[Label]
    dates: list[Label]
    lines: list[tuple[float, Label]]  # y of a threshold's line, and its words where they do not overlap
    width, height, left, right = WIDTH, HEIGHT, LEFT, RIGHT


def draw_measure_course(course):
    """The drawing of a MeasureCourse (treatments.chart.progress).

    The whole scale is always drawn, so that a small change looks small; thresholds at the same height share a line.
    """
    scale = course.scale
    xs = places([point.day for point in course.points])
    ys = [_y(point.value, scale) for point in course.points]
    labelled = spaced(range(len(xs)), xs, VALUE_GAP)
    spots = list(zip(xs, ys, strict=True))
    return MeasureDrawing(
        grid=[Label(LEFT, _y(value, scale), _minus(value)) for value in _ticks(scale)],
        dots="".join(f"M{x} {y}h0" for x, y in spots),
        line="" if scale.rates_change else "M" + "L".join(f"{x} {y}" for x, y in spots),
        values=[Label(xs[i], round(ys[i] - 10, 1), _minus(course.points[i].value)) for i in labelled],
        dates=date_labels(xs, [point.day for point in course.points], HEIGHT - 6),
        lines=_threshold_lines(course, scale),
    )


def _y(value, scale):
    return round(BOTTOM - (BOTTOM - TOP) * (float(value) - scale.low) / (scale.high - scale.low), 1)


def _ticks(scale):
    span = scale.high - scale.low
    step = next(step for step in (1, 2, 5, 10, 20, 50) if span / step <= MOST_STEPS)
    return range(-(-scale.low // step) * step, scale.high + 1, step)


def _threshold_lines(course, scale):
    """From the top down, the words pushed apart."""
    drawn = sorted((target for target in course.targets if target.value is not None), key=lambda t: -t.value)
    lines, lowest = [], 0
    for value, targets in groupby(drawn, key=lambda target: target.value):
        words = ", ".join(dict.fromkeys(target.short for target in targets))
        y = _y(value, scale)
        lowest = max(y + 4, lowest + LINE_GAP)
        lines.append((y, Label(RIGHT + 6, lowest, f"{words} {_minus(value)}")))
    return lines


def _minus(value):
    return f"{float(value):.1f}".removesuffix(".0").replace("-", "\N{MINUS SIGN}")
