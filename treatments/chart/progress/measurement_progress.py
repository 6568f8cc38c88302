"""Progress of pressure pain thresholds, ranges of motion and strength, within and across sessions."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import gt, lt

from django.template.defaultfilters import floatformat

from treatments.models import Measurement, Needling
from treatments.models.measurement import SIGN, Movement
from treatments.record.targets import shown_name

from .figures import Figure, figure_of

Kind = Measurement.Kind
UNITS = {Kind.PPT: "kPa", Kind.ROM: "°", Kind.STRENGTH: "of 5", Kind.DISTANCE: "mm", Kind.FORCE: "N", Kind.GRIP: "N"}
# A mean of grades is no grade, so it says what it counts.
UNITS_OF_MEANS = UNITS | {Kind.STRENGTH: f"grades; + and \N{MINUS SIGN} count as {SIGN}"}
FIELDS = ["kind", shown_name("muscle__"), "movement", "mode", "side", "before", "after", "amendment", "unit"]


@dataclass(frozen=True)
class MeasurementProgress:
    """All measurements of one kind, of one muscle or movement and side, in the stored unit."""

    kind: str
    subject: str
    side: str
    pairs: list[tuple]  # (before, after) of each session, oldest first; None if not measured
    is_corrected: bool = False  # one of them
    units: Sequence[str] = ()  # in which the pairs were typed

    @property
    def kind_label(self):
        return Kind(self.kind).label

    @property
    def side_label(self):
        return Needling.Side(self.side).label if self.side else ""

    @property
    def unit(self):
        return UNITS[self.kind]

    @property
    def first(self):
        """The first value before needling, or None."""
        return next((before for before, _ in self.pairs if before is not None), None)

    @property
    def latest(self):
        """The latest value before needling, or None when there is only one."""
        known = [before for before, _ in self.pairs if before is not None]
        return known[-1] if len(known) > 1 else None

    @property
    def first_text(self):
        """The first value as it is shown; a grade of strength with its sign, such as "4+"."""
        return self._text(next(at for at, (before, _) in enumerate(self.pairs) if before is not None))

    @property
    def latest_text(self):
        return self._text(max(at for at, (before, _) in enumerate(self.pairs) if before is not None))

    def _text(self, at):
        value = self.pairs[at][0]
        if not self.is_graded:
            return floatformat(value)
        return Measurement(unit=self.units[at]).text_of(value)

    @property
    def is_graded(self):
        """Whether the values are grades, of which differences and means are no amounts."""
        return self.kind == Kind.STRENGTH

    @property
    def directions(self):
        """How often a value rose, stayed and fell within a session: (rose, stayed, fell)."""
        both = [(before, after) for before, after in self.pairs if None not in (before, after)]
        rose, fell = (sum(is_so(*pair) for pair in both) for is_so in (lt, gt))
        return rose, len(both) - rose - fell, fell

    @property
    def change(self):
        """latest - first, both before needling, which may lower a pressure threshold for a day [@ziaeifar-2016]."""
        return None if self.latest is None else self.latest - self.first

    @property
    def within(self) -> Figure:
        """The change within sessions, after - before."""
        return figure_of([None if None in pair else pair[1] - pair[0] for pair in self.pairs])


def subject_name(kind, muscle, movement, mode):
    """What was measured: a muscle or a movement, active or passive; the kind itself for grip; "" if not named."""
    name = muscle or (Movement(movement).label if movement else Kind(kind).label if kind == Kind.GRIP else "")
    return f"{name}, {mode}" if mode else name


def side_ratios(measured):
    """[(MeasurementProgress of the weaker side, per cent of the stronger one)] of force and grip on both sides.

    The latest values before needling are compared. Between sides measured on different days, other things differ too.
    """
    by_subject = {}
    for one in measured:
        last = one.first if one.latest is None else one.latest
        if one.kind in (Kind.FORCE, Kind.GRIP) and one.side in ("left", "right") and last:
            by_subject.setdefault((one.kind, one.subject), []).append((last, one))
    pairs = [sorted(sides, key=lambda side: side[0]) for sides in by_subject.values() if len(sides) == 2]
    return [(weaker, round(100 * low / high)) for (low, weaker), (high, _) in pairs]


def measurement_progress_of(measurements):
    """A MeasurementProgress for each kind, subject and side of these measurements (a queryset). One query."""
    rows = measurements.order_by("session__started_at", "session_id", "sort_order").values_list(*FIELDS)
    pairs, units, corrected = {}, {}, set()
    for kind, muscle, movement, mode, side, before, after, amendment, unit in rows:
        subject = subject_name(kind, muscle, movement, mode) or "Not named"
        pairs.setdefault((kind, subject, side), []).append((before, after))
        units.setdefault((kind, subject, side), []).append(unit)
        if amendment:
            corrected.add((kind, subject, side))
    order = list(Kind)
    found = [MeasurementProgress(*key, values, key in corrected, units[key]) for key, values in pairs.items()]
    return sorted(found, key=lambda one: (order.index(one.kind), one.subject, one.side))
