"""Inline body chart drawings, plain or shaded by how often each muscle was needled."""

import re
from functools import cache
from math import dist

from django import template
from django.template.loader import get_template
from django.utils.safestring import mark_safe

from treatments.models.catalogue import View

register = template.Library()

MUSCLE = re.compile(r'class="(muscle[^"]*)" data-muscle="([^"]+)"[^>]*? data-side="([a-z]+)" d="([^"]+)"')
WIDTH, HEIGHT, LATERAL_WIDTH = 400, 900, 300
MARGIN, NARROWEST, ASPECT = 35, 260, 1.2
# The side view is drawn for the left side and flipped for the right.
VIEWS = [
    (View.POSTERIOR, None),
    (View.ANTERIOR, None),
    (View.HEAD_NECK_LATERAL, "left"),
    (View.HEAD_NECK_LATERAL, "right"),
]
PIN_STEP = 18  # between the pins of rows at the same muscle
STEPS = {"M": 2, "l": 2, "q": 4, "c": 6}


@register.simple_tag
def bodychart(view):
    """The drawing of a view (a View value), unchanged."""
    return mark_safe(_drawing(view))  # noqa: S308 - our own file


@register.simple_tag
def heat_charts(sessions_by_side):
    """The drawings needed to show every muscle of {(slug, side): sessions}; without any, the plain back view."""
    wanted, charts = set(sessions_by_side), []
    for view, side in VIEWS:
        if shown := wanted & _boxes(view, side).keys():
            wanted -= shown
            charts.append(_shaded(view, side, sessions_by_side))
    return charts or [_shaded(View.POSTERIOR, None, {})]


@register.simple_tag
def record_charts(rows):
    """The drawings of a session's Needlings, each with its muscles marked and a pin with the number of its row.

    Rows that did not happen keep their number and are not drawn. A midline row is drawn on both sides.
    """
    places, charts = {}, []
    for number, row in enumerate(rows, start=1):
        if getattr(row, "state", "") != "did_not_happen":
            for side in ("left", "right") if row.side == "midline" else (row.side,):
                places.setdefault((row.muscle.slug, side), []).append(number)
    for view, side in VIEWS:
        if shown := places.keys() & _boxes(view, side).keys():
            charts.append(_pinned(view, side, {place: places.pop(place) for place in sorted(shown)}))
    return charts


def heat_class(sessions):
    """The CSS class: h1 for one session, h2 for two, h3 for three or four, h4 for five or more."""
    return "h" + str(1 if sessions == 1 else 2 if sessions == 2 else 3 if sessions < 5 else 4)


@cache
def _drawing(view):
    return get_template(f"bodychart/{View(view)}.svg").template.source


def _shaded(view, side, sessions_by_side):
    def shade(match):
        sessions = sessions_by_side.get((match[2], side or match[3]))
        return match[0].replace(match[1], f"{match[1]} {heat_class(sessions)}", 1) if sessions else match[0]

    svg = MUSCLE.sub(shade, _drawing(view))
    if side == "right":
        svg = _flipped(svg)
    elif side is None:
        boxes = _boxes(view, side)
        svg = _zoomed(svg, [boxes[place] for place in sessions_by_side if place in boxes])
    attributes = 'role="img" aria-label="Muscles shaded by number of sessions. The table next to it has the numbers."'
    return mark_safe(re.sub(r'role="group" aria-label="[^"]*"', attributes, svg, count=1))  # noqa: S308 - our own file


def _pinned(view, side, places):
    """A drawing with these places, {(slug, side): numbers of rows}, marked and numbered."""

    def mark(match):
        return (
            match[0].replace(match[1], f"{match[1]} is-on", 1) if (match[2], side or match[3]) in places else match[0]
        )

    svg, pins, at = MUSCLE.sub(mark, _drawing(view)), {}, {}
    for place, numbers in places.items():
        x, y = _middles(view, side)[place]
        for step, number in enumerate(numbers):
            at.setdefault(number, []).append((x + PIN_STEP * step, y))
    for number, points in at.items():  # a row on the midline has one pin, between its two muscles
        pins[number] = tuple(sum(values) / len(points) for values in zip(*points, strict=True))
    if side == "right":
        svg, pins = _flipped(svg), {number: (LATERAL_WIDTH - x, y) for number, (x, y) in pins.items()}
    elif side is None:
        svg = _zoomed(svg, [_boxes(view, side)[place] for place in places])
    svg = svg.rstrip().removesuffix("</svg>") + "".join(map(_pin, pins, pins.values())) + "</svg>"
    label = f"Rows {', '.join(map(str, sorted(pins)))} on the body. The table of needling rows has the details."
    return mark_safe(re.sub(r'role="group" aria-label="[^"]*"', f'role="img" aria-label="{label}"', svg, count=1))  # noqa: S308 - our own file


def _pin(number, at):
    return f'<g class="pin" transform="translate({at[0]:.0f} {at[1]:.0f})"><circle r="8.5"/><text>{number}</text></g>'


def _flipped(svg):
    head, inside = svg.split(">", 1)
    inside = inside.replace('data-side="left"', 'data-side="right"').rstrip().removesuffix("</svg>")
    return f'{head}><g transform="matrix(-1 0 0 1 {LATERAL_WIDTH} 0)">{inside}</g></svg>'


def _zoomed(svg, boxes):
    """The drawing reduced to the part with shaded muscles, with the midline in the centre."""
    if not boxes:
        return svg
    reach = max(max(abs(x - WIDTH / 2) for x in (left, right)) for left, _, right, _ in boxes)
    width = min(WIDTH, max(NARROWEST, 2 * (reach + MARGIN)))
    top, bottom = min(box[1] for box in boxes) - MARGIN, max(box[3] for box in boxes) + MARGIN
    height = min(HEIGHT, max(bottom - top, width * ASPECT))
    top = min(max(0, (top + bottom - height) / 2), HEIGHT - height)
    zoom = f'viewBox="{(WIDTH - width) / 2:.0f} {top:.0f} {width:.0f} {height:.0f}"'
    return svg.replace(f'viewBox="0 0 {WIDTH} {HEIGHT}"', zoom, 1)


@cache
def _boxes(view, side):
    """{(slug, side): (left, top, right, bottom)} of the muscles in a view."""
    boxes = {}
    for match in MUSCLE.finditer(_drawing(view)):
        place, (left, top, right, bottom) = (match[2], side or match[3]), _box(match[4])
        old = boxes.get(place, (left, top, right, bottom))
        boxes[place] = (min(left, old[0]), min(top, old[1]), max(right, old[2]), max(bottom, old[3]))
    return boxes


@cache
def _middles(view, side):
    """{(slug, side): (x, y)} of the point inside each muscle of a view that is closest to its centre."""
    middles = {}
    for match in MUSCLE.finditer(_drawing(view)):
        middles.setdefault((match[2], side or match[3]), _middle(match[4]))
    return middles


def _middle(path):
    corners, (left, top, right, bottom) = _corners(path), _box(path)
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


def _box(path):
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
