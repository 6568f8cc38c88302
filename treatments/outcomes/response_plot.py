"""The geometry of the Kaplan-Meier plot, which the template draws as SVG."""

from dataclasses import dataclass
from typing import NamedTuple

WIDTH, HEIGHT = 540, 284
LEFT, RIGHT, TOP, BOTTOM = 96, 532, 28, 208
AT_RISK = HEIGHT - 18
LABEL_GAP = 44


class Tick(NamedTuple):
    x: float
    treatments: int
    at_risk: int


class Line(NamedTuple):
    y: float
    per_cent: int


@dataclass(frozen=True)
class ResponsePlot:
    """Paths are SVG path data. `band` is empty without intervals, and `median_path` if no half has responded."""

    line: str
    band: str
    median_path: str
    ticks: list[Tick]
    width, height, left, right, bottom, at_risk = WIDTH, HEIGHT, LEFT, RIGHT, BOTTOM, AT_RISK
    grid = [Line(BOTTOM - (BOTTOM - TOP) * share / 100, share) for share in (0, 25, 50, 75, 100)]


def draw_responses(responses):
    """The ResponsePlot of Responses, up to the last step with enough courses at risk; None without any course."""
    steps = responses.shown_steps
    if not steps:
        return None
    last = steps[-1].treatments + 1

    def x(treatments):
        return round(LEFT + (RIGHT - LEFT) * treatments / last, 1)

    def y(share):
        return round(BOTTOM - (BOTTOM - TOP) * share, 1)

    line = f"M{x(0)} {y(steps[0].share)}" + "".join(f"H{x(step.treatments)}V{y(step.share)}" for step in steps[1:])
    banded = [step for step in steps if step.interval]
    band = ""
    if banded:
        ends = [(step, x(step.treatments + 1)) for step in banded]
        upper = "".join(f"V{y(step.interval.high)}H{end}" for step, end in ends)
        lower = "".join(f"V{y(step.interval.low)}H{x(step.treatments)}" for step, _ in reversed(ends))
        band = f"M{x(banded[0].treatments)} {y(banded[0].interval.high)}{upper}{lower}Z"
    median = responses.median
    has_median = median is not None and median <= steps[-1].treatments
    every = -(-LABEL_GAP * last // (RIGHT - LEFT))
    return ResponsePlot(
        f"{line}H{x(last)}",
        band,
        f"M{LEFT} {y(0.5)}H{x(median)}V{BOTTOM}" if has_median else "",
        [Tick(x(step.treatments), step.treatments, step.at_risk) for step in steps if step.treatments % every == 0],
    )
