"""Formats of the figures in the outcome review. No data is written as "no data", never as 0."""

from django import template
from django.utils.html import format_html

from treatments.chart.progress.figures import FEWEST
from treatments.outcomes.patients import FEWEST_PATIENTS

register = template.Library()
NO_DATA = "no data"
TOO_FEW_PATIENTS = f"not shown, fewer than {FEWEST_PATIENTS} patients"
PER_CENT = "\N{NO-BREAK SPACE}%"


@register.filter
def thousands(number):
    """12345 as 12,345."""
    return f"{number:,}"


@register.filter
def figure(number, digits="1"):
    """A number with this many decimals, or with "g" as short as possible, and with a typographic minus."""
    if number is None:
        return NO_DATA
    text = f"{number:g}" if digits == "g" else f"{number:.{digits}f}"
    # A number that rounds to 0 has no sign.
    return text.lstrip("-") if not float(text) else text.replace("-", "−")


@register.filter
def per_cent(share):
    """A share as a percentage: 0.0012 as 0.12 %, 0.166 as 16.6 %."""
    digits = "1" if share >= 0.01 else "2"
    return f"{figure(100 * share, digits)}{PER_CENT}"


@register.filter
def per_cent_of(part, total):
    return per_cent(part / total) if total else NO_DATA


@register.filter
def per_100(part, total):
    return figure(100 * part / total) if total else NO_DATA


@register.filter
def per_cents(interval):
    """An Interval of shares as percentages: 14.7 to 18.8 %. Without one, it says why."""
    if interval is None:
        return TOO_FEW_PATIENTS
    digits = "1" if interval.high >= 0.01 else "2"
    return f"{figure(100 * interval.low, digits)} to {figure(100 * interval.high, digits)}{PER_CENT}"


@register.filter
def spread_text(spread):
    """A Spread of follow-ups in one line: -1.2 (-1.9 to -0.5), n = 24, 15 patients; or why there is no mean."""
    if spread.n < FEWEST:
        return f"too few ({spread.n})" if spread.n else NO_DATA
    interval = _interval(spread.mean.interval) if spread.mean.interval else TOO_FEW_PATIENTS
    return f"{figure(spread.mean.mean)} ({interval}), n = {thousands(spread.n)}, {thousands(spread.patients)} patients"


def _interval(interval, digits="1"):
    return f"{figure(interval.low, digits)} to {figure(interval.high, digits)}" if interval else TOO_FEW_PATIENTS


def _is_shown(mean):
    return mean is not None and mean.n >= FEWEST


def _instead(mean):
    return f"too few ({mean.n})" if mean else NO_DATA


@register.simple_tag
def mean_cells(mean):
    """Mean, SD and interval as three table cells, or the reason why they are not shown."""
    if not _is_shown(mean):
        return format_html('<td class="num" colspan="3">{}</td>', _instead(mean))
    cells = (figure(mean.mean, "2"), figure(mean.sd, "2"), _interval(mean.interval, "2"))
    return format_html('<td class="num">{}</td><td class="num">{}</td><td class="num">{}</td>', *cells)


@register.simple_tag
def mean_figure(mean):
    """The large figure of a tile, with SD and interval below it."""
    if not _is_shown(mean):
        return format_html('<dd class="fig">–</dd><dd>{}</dd>', _instead(mean))
    under = (figure(mean.sd), _interval(mean.interval))
    return format_html('<dd class="fig">{}</dd><dd>SD {}, 95 % interval {}</dd>', figure(mean.mean), *under)


@register.simple_tag
def mean_short(mean):
    """A Mean or Difference with its interval: −2.9 (−3.4 to −2.4)."""
    if hasattr(mean, "n") and not _is_shown(mean) or mean is None:
        return _instead(mean)
    value = mean.mean if hasattr(mean, "mean") else mean.value
    return f"{figure(value)} ({_interval(mean.interval)})"


@register.simple_tag
def mean_sentence(mean):
    if not _is_shown(mean):
        return _instead(mean)
    return f"mean {figure(mean.mean)}, SD {figure(mean.sd)}, 95 % interval {_interval(mean.interval)}, n = {mean.n:,}"
