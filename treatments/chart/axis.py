"""The time axis shared by the charts of one patient."""

from typing import NamedTuple

from django.utils import dateformat

LEFT, RIGHT, PADDING = 36, 470, 18
VALUE_GAP, DATE_GAP = 24, 64
# Stands below a corrected value; the legend says what it means.
CORRECTED_MARK = "c"


class Label(NamedTuple):
    x: float
    y: float
    text: str


def trimmed(value, decimals=1):
    """A number with at most so many decimal places and a true minus sign: 40, 35.5, −2."""
    text = f"{float(value):.{decimals}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", "\N{MINUS SIGN}")


def time_positions(times):
    """The x coordinate of each time (sorted datetimes or dates).

    Equal times share one x. When all times are equal, they are centred.
    """
    if not times:
        return []
    span = (times[-1] - times[0]).total_seconds()
    if not span:
        return [(LEFT + RIGHT) / 2] * len(times)
    start, room = LEFT + PADDING, RIGHT - LEFT - 2 * PADDING
    return [round(start + room * ((at - times[0]).total_seconds() / span), 1) for at in times]


def thin_out(indexes, xs, gap):
    """The indexes whose `xs` are at least `gap` apart, always including the last index."""
    chosen = []
    for i in reversed(indexes):
        if not chosen or xs[chosen[-1]] - xs[i] >= gap:
            chosen.append(i)
    return chosen[::-1]


def date_labels(xs, days, y):
    """Labels for as many of these days (dates, or datetimes in local time) as fit without overlapping."""
    labelled = [(xs[i], days[i]) for i in thin_out(range(len(xs)), xs, DATE_GAP)]
    style = "j M" if len({day.year for _, day in labelled}) == 1 else "M Y"
    return [Label(x, y, dateformat.format(day, style)) for x, day in labelled]
