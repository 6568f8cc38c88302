"""Boxes and middles of the outlines in the body chart."""

import re
from math import dist

STEPS = {"M": 2, "l": 2, "q": 4, "c": 6}


def middle_of(path):
    """(x, y) of the point inside a path that is closest to its centre."""
    corners, (left, top, right, bottom) = _corners(path), box_of(path)
    centre = ((left + right) / 2, (top + bottom) / 2)
    steps = [step / 20 for step in range(1, 20)]
    grid = [(left + (right - left) * across, top + (bottom - top) * down) for across in steps for down in steps]
    inside = [point for point in grid if _is_inside(point, corners)]
    return min(inside, key=lambda point: dist(point, centre), default=centre)


def _is_inside(point, corners):
    """Whether a line from the point to the right crosses the outline through these corners an odd number of times."""
    (x, y), crossings = point, 0
    for (x1, y1), (x2, y2) in zip(corners, corners[1:] + corners[:1], strict=True):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            crossings += 1
    return crossings % 2 == 1


def box_of(path):
    """(left, top, right, bottom) of a path's corners."""
    xs, ys = zip(*_corners(path), strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _corners(path):
    """The (x, y) of a path's corners. Paths have an absolute M, then relative l, q and c."""
    corners = []
    for command, text in re.findall(r"([Mlqc])([^Mlqcz]*)", path):
        numbers, step = [float(number) for number in re.findall(r"-?(?:\d+\.?\d*|\.\d+)", text)], STEPS[command]
        for i in range(step, len(numbers) + 1, step):
            x, y = corners[-1] if command != "M" else (0, 0)
            corners.append((x + numbers[i - 2], y + numbers[i - 1]))
    return corners
