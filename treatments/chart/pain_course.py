"""The geometry of the SVG chart of pain before each session, right after it and in the days that follow."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import NamedTuple

from django.utils import timezone

from treatments.record.corrections import counting_value, has_corrected_rows

from .axis import CORRECTED_MARK, LEFT, RIGHT, VALUE_GAP, Label, date_labels, thin_out, time_positions
from .later_pain import later_pain

WIDTH, HEIGHT = 580, 226
TOP, BOTTOM = 22, 186
CROWDED = 40
# Pain at a follow-up is drawn this far to the right of its session, so that it hides neither of the other two.
LATER_GAP = 8
LONGEST_TABLE = 12


class PainScore(NamedTuple):
    at: datetime
    before: int | None
    after: int | None
    is_signed: bool = True
    is_corrected: bool = False  # one of the two scores
    has_corrected_rows: bool = False  # of its session
    later: int | None = None  # at the newest follow-up of its session

    @property
    def change(self):
        return None if self.before is None or self.after is None else self.after - self.before


@dataclass(frozen=True)
class PainCourse:
    """All that the template draws. Coordinates are those of a WIDTH by HEIGHT box; paths are SVG path data."""

    scores: list[PainScore]
    before_path: str = ""
    after_path: str = ""
    later_path: str = ""
    line_path: str = ""
    drop_path: str = ""
    before_labels: list[Label] = field(default_factory=list)
    after_labels: list[Label] = field(default_factory=list)
    corrected_labels: list[Label] = field(default_factory=list)
    date_labels: list[Label] = field(default_factory=list)
    baseline: int | None = None
    target: float | None = None
    reached_at: datetime | None = None
    width, height, left, right = WIDTH, HEIGHT, LEFT, RIGHT

    @property
    def grid(self):
        return [Label(LEFT, y_of(value), str(value)) for value in range(0, 11, 2)]

    @property
    def is_crowded(self):
        return len(self.scores) > CROWDED

    @property
    def corrected_count(self):
        """The number of sessions whose pain scores an amendment corrected."""
        return sum(score.is_corrected for score in self.scores)

    @property
    def sessions_with_corrected_rows(self):
        return sum(score.has_corrected_rows for score in self.scores)

    @property
    def has_scores(self):
        return any(score.before is not None or score.after is not None for score in self.scores)

    @property
    def target_y(self):
        return None if self.target is None else y_of(self.target)

    @property
    def legend_y(self):
        """Low in the chart when the threshold's line is high, and the other way round."""
        is_high = self.target is not None and self.target > 5
        return y_of(2) if is_high else y_of(9.5)

    @property
    def latest(self):
        """The last score before needling, or None."""
        return next((score for score in reversed(self.scores) if score.before is not None), None)

    @property
    def points_below_baseline(self):
        return None if self.baseline is None else self.baseline - self.latest.before

    @property
    def points_above_baseline(self):
        return None if self.baseline is None else self.latest.before - self.baseline

    @property
    def threshold_drop(self):
        return None if self.target is None else self.baseline - self.target

    @property
    def newest_scores(self):
        """The rows of the table of scores: newest first, at most LONGEST_TABLE."""
        return self.scores[: -LONGEST_TABLE - 1 : -1]

    @property
    def scores_left_out(self):
        return max(0, len(self.scores) - LONGEST_TABLE)


def pain_scores_of(sessions):
    """The PainScores of these sessions (a queryset), oldest first, with corrected values. One query."""
    counting = [counting_value("pain_before"), counting_value("pain_after")]
    rows = sessions.order_by("started_at", "pk")
    stored = ["started_at", "status", "pain_before", "pain_after"]
    rows = rows.values_list(*stored, *counting, has_corrected_rows(), later_pain())
    return [
        PainScore(at, *counts, status == "signed", counts != signed, has_corrected, later)
        for at, status, signed, counts, has_corrected, later in (
            (*row[:2], row[2:4], row[4:6], *row[6:]) for row in rows
        )
    ]


def draw_pain_course(scores, *, threshold=None, is_one_complaint=True):
    """The PainCourse of these PainScores, which are in time order.

    x is time; equal times share one x, and a single time is centred. A missing value has no dot and interrupts the
    line. The baseline is the first score before needling. The dashed line is the threshold's drop below the baseline;
    it is left out if that is below 0. Labels that would overlap are left out. With `is_one_complaint` False the scores
    are of several complaints: they are drawn as dots, without line, baseline or threshold.
    """
    xs = time_positions([score.at for score in scores])
    baseline = _baseline(scores) if is_one_complaint else None
    target = _target(baseline, threshold)
    labelled = _labelled(scores, xs)
    columns = [str(x) for x in xs]
    return PainCourse(
        scores=scores,
        before_path=_dots(columns, [score.before for score in scores]),
        after_path=_dots(columns, [score.after for score in scores]),
        later_path=_dots([str(x + LATER_GAP) for x in xs], [score.later for score in scores]),
        line_path=_line(columns, scores) if is_one_complaint else "",
        drop_path="" if len(scores) > CROWDED else _drops(columns, scores),
        before_labels=[_value_label(xs[i], scores[i].before, scores[i].after) for i in labelled["before"]],
        after_labels=[_value_label(xs[i], scores[i].after, scores[i].before, below=True) for i in labelled["after"]],
        corrected_labels=_corrected_labels(xs, scores),
        date_labels=date_labels(xs, [timezone.localtime(score.at) for score in scores], HEIGHT - 6),
        baseline=baseline,
        target=target,
        reached_at=_reached_at(scores, target),
    )


@cache
def y_of(value):
    """The y coordinate of a pain score: 10 at the top, 0 at the bottom."""
    return round(BOTTOM - (BOTTOM - TOP) * float(value) / 10, 1)


@cache
def _y_text(score):
    """y_of a whole-number score as text for path data, cached because long courses repeat the eleven scores."""
    return str(y_of(score))


def _baseline(scores):
    return next((score.before for score in scores if score.before is not None), None)


def _target(baseline, threshold):
    if baseline is None or threshold is None or not threshold.covers(baseline):
        return None
    drop = baseline * threshold.value / 100 if threshold.unit.startswith("%") else threshold.value
    target = float(baseline - drop)
    return target if target >= 0 else None


def _reached_at(scores, target):
    if target is None:
        return None
    return next((score.at for score in scores if score.before is not None and score.before <= target), None)


def _dots(columns, values):
    """Path data of lines of no length, which a round line cap draws as dots."""
    return "".join([f"M{x} {_y_text(value)}h0" for x, value in zip(columns, values, strict=True) if value is not None])


def _line(columns, scores):
    parts, pen_is_down = [], False
    for x, score in zip(columns, scores, strict=True):
        if score.before is not None:
            parts.append(f"{'L' if pen_is_down else 'M'}{x} {_y_text(score.before)}")
        pen_is_down = score.before is not None
    return "".join(parts)


def _drops(columns, scores):
    pairs = zip(columns, scores, strict=True)
    return "".join(
        f"M{x} {_y_text(score.before)}V{_y_text(score.after)}" for x, score in pairs if score.change is not None
    )


def _labelled(scores, xs):
    """Indexes of the values to label: as many as fit, or only the first and last `before` in a crowded chart."""
    before = [i for i, score in enumerate(scores) if score.before is not None]
    after = [i for i, score in enumerate(scores) if score.after is not None]
    if len(scores) > CROWDED:
        return {"before": [*before[:1], *before[-1:]], "after": []}
    return {"before": thin_out(before, xs, VALUE_GAP), "after": thin_out(after, xs, VALUE_GAP)}


def _corrected_labels(xs, scores):
    """A mark at the foot of the chart below each corrected score; equal places have one."""
    at = dict.fromkeys(x for x, score in zip(xs, scores, strict=True) if score.is_corrected)
    return [Label(x, BOTTOM + 14, CORRECTED_MARK) for x in at]


def _value_label(x, value, other, *, below=False):
    """The number is placed on the side away from the other dot of the same session."""
    if other is not None and other != value:
        below = value < other
    return Label(x, y_of(value) + (19 if below else -11), str(value))
