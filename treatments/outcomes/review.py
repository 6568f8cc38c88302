"""All figures of the outcome review for one choice of filters."""

from dataclasses import dataclass
from functools import cached_property

from clinic.models import Practitioner
from patients.models import BodyRegion
from treatments.estimates import difference_of, upper_bound_of_none, wilson
from treatments.models import AdverseEvent, Axis, Muscle, Needling, Threshold, TreatmentSession, TriggerPoint

from .attendance import attendance_of
from .courses import Group, courses_of
from .facts import DEPTH, DEPTH_BAND_MM, MUSCLE, NEEDLE, POINT, REGION, TECHNIQUE
from .forest import Entry, draw_forest
from .measures import measured_of
from .published import BRADY_PER_100
from .scores import scores_of
from .sources import source_of
from .sums import Sums, added

BREAKDOWNS = [MUSCLE, POINT, REGION, NEEDLE, TECHNIQUE, DEPTH]
# As many rows as a page can be read by; the export has all.
LONGEST = 25


@dataclass(frozen=True)
class Line:
    """One row of a table: what it is about and its Sums; a practitioner's with the Group of their courses."""

    label: str
    sums: Sums
    courses: Group | None = None


@dataclass(frozen=True)
class EventLine:
    """Events of a type or a grade among `n` sessions. `interval` is of the share of sessions that had any, 0 to 1."""

    label: str
    events: int
    sessions: int
    n: int
    published: float | None = None

    @property
    def per_100(self):
        return 100 * self.events / self.n if self.n else None

    @property
    def sessions_per_100(self):
        return 100 * self.sessions / self.n if self.n else None

    @property
    def interval(self):
        return wilson(self.sessions, self.n)

    @property
    def at_most(self):
        """The exact upper bound when none was seen."""
        return upper_bound_of_none(self.n) if self.n and not self.events else None


class Review:
    """Each figure is read when it is first asked for."""

    longest = LONGEST

    def __init__(self, filters, threshold, *, breakdown=MUSCLE, using="default"):
        self.filters, self.threshold, self.using = filters, threshold, using
        self.breakdown = breakdown if breakdown in BREAKDOWNS else MUSCLE
        self._source = source_of(filters, using)

    # Sessions -------------------------------------------------------------------

    @cached_property
    def _cells(self):
        return self._source.cells()

    @cached_property
    def total(self):
        return added(("", sums) for sums in self._cells.values()).get("", Sums())

    @cached_property
    def months(self):
        by_month = added((month, sums) for (_, month), sums in self._cells.items())
        return [Line(f"{month:%b %Y}", by_month[month]) for month in sorted(by_month)]

    @cached_property
    def practitioners(self):
        by_person = added((person, sums) for (person, _), sums in self._cells.items())
        courses = self.courses.by_practitioner if self.courses else {}
        people = Practitioner.objects.using(self.using).select_related("user").filter(pk__in=by_person)
        return [Line(str(person), by_person[person.pk], courses.get(person.pk, Group())) for person in people]

    @cached_property
    def parts(self):
        """Lines of the breakdown: most sessions first, depths in their order."""
        sums = self._source.by(self.breakdown)
        labels = LABELS[self.breakdown](sums)
        lines = [(key, Line(labels.get(key, key), sums[key])) for key in sums]
        if self.breakdown == DEPTH:
            return [line for key, line in sorted(lines, key=lambda pair: int(pair[0]))]
        return [line for _, line in sorted(lines, key=lambda pair: (-pair[1].sums.sessions, pair[1].label))]

    @cached_property
    def parts_forest(self):
        return draw_forest([_entry(line.label, line.sums.mean) for line in self.parts[:LONGEST]])

    @cached_property
    def months_forest(self):
        return draw_forest([_entry(line.label, line.sums.mean) for line in self.months[-LONGEST:]])

    @cached_property
    def twitch_forest(self):
        twitch, none = self.total.twitch_mean, self.total.no_twitch_mean
        return draw_forest([_entry("At least one twitch", twitch), _entry("Sought, none", none)])

    @cached_property
    def twitch_difference(self):
        return difference_of(self.total.twitch_mean, self.total.no_twitch_mean)

    @cached_property
    def drafts(self):
        """Drafts of this period, site and practitioner: they count nowhere."""
        times = self.filters.times("started_at", "practitioner")
        return TreatmentSession.objects.using(self.using).drafts().filter(times, self.filters.people()).count()

    # Courses --------------------------------------------------------------------

    @cached_property
    def courses(self):
        """None when first and later sessions are told apart: a course is made of both."""
        return None if self.filters.visit else courses_of(self.filters, self.threshold, self.using)

    @property
    def responders(self):
        return self.courses.everything.responders(self.threshold)

    @property
    def share_of_responders(self):
        return self.courses.everything.share_of_responders(self.threshold)

    # Events ---------------------------------------------------------------------

    @cached_property
    def _events(self):
        return self._source.events()

    @cached_property
    def grades(self):
        return [self._line(grade.value, grade.label) for grade in AdverseEvent.Grade]

    @cached_property
    def types(self):
        """Those that were seen here, or have a published rate."""
        lines = [self._line(each.value, each.label, BRADY_PER_100.get(each.value)) for each in AdverseEvent.Type]
        lines = [line for line in lines if line.events or line.published]
        return sorted(lines, key=lambda line: (-line.events, -(line.published or 0)))

    @property
    def event_tables(self):
        return [self.grades, self.types]

    @cached_property
    def types_forest(self):
        entries = []
        for line in self.types:
            share = line.interval and (line.sessions_per_100, 100 * line.interval.low, 100 * line.interval.high)
            entries.append(Entry(line.label, line.n, *(share or (None,) * 3), published=line.published))
        return draw_forest(entries)

    def _line(self, what, label, published=None):
        return EventLine(label, *self._events.get(what, (0, 0)), self.total.sessions, published)

    # The rest -------------------------------------------------------------------

    @cached_property
    def measured(self):
        return measured_of(self.filters, self.using)

    @cached_property
    def noise(self):
        """How much PPT and ROM must change to be more than error of measurement, as published."""
        return Threshold.objects.using(self.using).filter(measure__in=[Threshold.Measure.PPT, Threshold.Measure.ROM])

    @cached_property
    def scored(self):
        return [] if self.filters.visit else scores_of(self.filters, self.using)

    @cached_property
    def attendance(self):
        return attendance_of(self.filters, self.using)


def _entry(label, mean):
    if mean is None:
        return Entry(label, 0)
    low, high = mean.interval or (None, None)
    return Entry(label, mean.n, mean.mean, low, high)


# How keys of an axis read. Each takes the keys and gives {key: text}.


def _muscles(keys):
    return {str(pk): name for pk, name in Muscle.objects.values_list("pk", "name_en")}


def _points(keys):
    points = TriggerPoint.objects.values_list("pk", "muscle__name_en", "label")
    return {str(pk): f"{muscle}, {label}" for pk, muscle, label in points}


def _depths(keys):
    return {key: f"{key} to {int(key) + DEPTH_BAND_MM - 1} mm" for key in keys}


LABELS = {
    MUSCLE: _muscles,
    POINT: _points,
    REGION: lambda keys: dict(BodyRegion.choices),
    NEEDLE: lambda keys: {key: f"{key} mm" for key in keys},
    TECHNIQUE: lambda keys: dict(Needling.Technique.choices),
    DEPTH: _depths,
}
BREAKDOWN_LABELS = [(value, Axis(value).label) for value in BREAKDOWNS]
