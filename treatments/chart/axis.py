"""The axis of time that the charts of one patient share."""

from typing import NamedTuple

from django.utils import dateformat

LEFT, RIGHT, PADDING = 36, 470, 18
VALUE_GAP, DATE_GAP = 24, 64


class Label(NamedTuple):
    x: float
    y: float
    text: str


def places(times):
    """x of each of these times (datetimes or dates in order): equal ones stand above each other, a single one in the
    middle."""
    if not times:
        return []
    span = (times[-1] - times[0]).total_seconds()
    if not span:
        return [(LEFT + RIGHT) / 2] * len(times)
    start, room = LEFT + PADDING, RIGHT - LEFT - 2 * PADDING
    return [round(start + room * ((at - times[0]).total_seconds() / span), 1) for at in times]


def spaced(indexes, xs, gap):
    """Those indexes whose places are at least `gap` apart; the last one is always among them."""
    kept = []
    for i in reversed(indexes):
        if not kept or xs[kept[-1]] - xs[i] >= gap:
            kept.append(i)
    return kept[::-1]


def date_labels(xs, days, y):
    """Labels of as many of these days (dates, or datetimes in local time) as there is room for."""
    kept = [(xs[i], days[i]) for i in spaced(range(len(xs)), xs, DATE_GAP)]
    style = "j M" if len({day.year for _, day in kept}) == 1 else "M Y"
    return [Label(x, y, dateformat.format(day, style)) for x, day in kept]
