"""The geometry of the SVG chart of one outcome measure over time."""

from dataclasses import dataclass
from itertools import groupby

from .axis import CORRECTED_MARK, LEFT, RIGHT, VALUE_GAP, Label, date_labels, thin_out, time_positions, trimmed

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
    corrected: list[Label]  # a mark at the foot of the chart below each corrected score
    lines: list[tuple[float, Label]]  # y of a threshold's line, and its label
    width, height, left, right = WIDTH, HEIGHT, LEFT, RIGHT


def draw_measure_course(course):
    """The MeasureDrawing of a MeasureCourse (treatments.chart.progress).

    The axis always shows the full scale, so that a small change looks small. Thresholds with the same value share one
    line.
    """
    scale = course.scale
    xs = time_positions([point.day for point in course.points])
    ys = [_y(point.value, scale) for point in course.points]
    labelled = thin_out(range(len(xs)), xs, VALUE_GAP)
    spots = list(zip(xs, ys, strict=True))
    corrected = dict.fromkeys(x for x, point in zip(xs, course.points, strict=True) if point.is_corrected)
    return MeasureDrawing(
        grid=[Label(LEFT, _y(value, scale), trimmed(value)) for value in _ticks(scale)],
        dots="".join(f"M{x} {y}h0" for x, y in spots),
        line="" if scale.rates_change else "M" + "L".join(f"{x} {y}" for x, y in spots),
        values=[Label(xs[i], round(ys[i] - 10, 1), trimmed(course.points[i].value, scale.decimals)) for i in labelled],
        dates=date_labels(xs, [point.day for point in course.points], HEIGHT - 6),
        corrected=[Label(x, BOTTOM + 14, CORRECTED_MARK) for x in corrected],
        lines=_threshold_lines(course, scale),
    )


def _y(value, scale):
    return round(BOTTOM - (BOTTOM - TOP) * (float(value) - scale.low) / (scale.high - scale.low), 1)


def _ticks(scale):
    span = scale.high - scale.low
    step = next(step for step in (1, 2, 5, 10, 20, 50) if span / step <= MOST_STEPS)
    return range(-(-scale.low // step) * step, scale.high + 1, step)


def _threshold_lines(course, scale):
    """Lines from top to bottom. Labels are moved down where they would overlap."""
    drawn = sorted((target for target in course.targets if target.value is not None), key=lambda t: -t.value)
    lines, lowest = [], 0
    for value, targets in groupby(drawn, key=lambda target: target.value):
        names = ", ".join(dict.fromkeys(target.short for target in targets))
        y = _y(value, scale)
        lowest = max(y + 4, lowest + LINE_GAP)
        lines.append((y, Label(RIGHT + 6, lowest, f"{names} {trimmed(value, scale.decimals)}")))
    return lines
