"""All figures of the outcome review for one selection of filters."""

from dataclasses import dataclass
from functools import cached_property

from django.db.models import Count, Exists, OuterRef

from clinic.models import Practitioner
from patients.models import BodyRegion
from treatments.estimates import difference_of, share_of
from treatments.models import (
    AdverseEvent,
    Axis,
    Correction,
    Muscle,
    Needling,
    TargetKind,
    Threshold,
    TreatmentSession,
    TriggerPoint,
)
from treatments.record.targets import shown_name

from .attendance import attendance_of
from .courses import CourseGroup, courses_of
from .facts import DEPTH, DEPTH_BAND_MM, MUSCLE, NEEDLE, POINT, REGION, TECHNIQUE
from .forest import ForestEntry, draw_forest
from .measures import measurement_changes_of
from .patients import mean_of_clusters, patients_of, share_of_clusters
from .published import ALL_MILD, PublishedRates
from .scores import score_changes_of
from .sources import source_of
from .sums import SessionSums, add_up

BREAKDOWNS = [MUSCLE, POINT, REGION, NEEDLE, TECHNIQUE, DEPTH]
OTHER_KINDS = [kind for kind in TreatmentSession.VisitKind.values if kind != TreatmentSession.VisitKind.NEEDLING]
# The most rows of a table or plot on the page. The export has all of them.
MAX_ROWS = 25


@dataclass(frozen=True)
class TableRow:
    """One row of a table. A practitioner's row also has the CourseGroup of their courses."""

    label: str
    sums: SessionSums
    courses: CourseGroup | None = None


@dataclass(frozen=True)
class EventRow:
    """Events of one type or grade in `n` sessions. `interval` is of the share of sessions with any, 0 to 1."""

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
        return share_of(self.sessions, self.n)

    @property
    def at_most(self):
        """The upper bound of the interval if there were no events; otherwise None."""
        return self.interval.high if self.n and not self.events else None


class Review:
    """The figures of one selection. Each is read from the database on first use."""

    longest = MAX_ROWS

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
        return add_up(("", sums) for sums in self._cells.values()).get("", SessionSums())

    @cached_property
    def patients(self):
        """The PatientsOfSessions of the total. One query."""
        return patients_of(self.filters, self.using)

    @property
    def mean(self):
        """The mean change within a session, with an interval that allows for several sessions of one patient."""
        return mean_of_clusters(self.total.mean, self.total.change, self.patients.changes)

    @property
    def event_share(self):
        """The interval of the share of sessions with any event, which allows for several sessions of one patient."""
        total = self.total
        return share_of_clusters(total.sessions_with_event, total.sessions, self.patients.events)

    @cached_property
    def corrected(self):
        """{"corrections": n, "sessions": n}: how much amendments have corrected in these sessions. One query."""
        mine = self.filters.facts().filter(session=OuterRef("amendment__session"))
        corrections = Correction.objects.using(self.using).filter(Exists(mine))
        return corrections.aggregate(corrections=Count("pk"), sessions=Count("amendment__session", distinct=True))

    @cached_property
    def months(self):
        by_month = add_up((month, sums) for (_, month), sums in self._cells.items())
        return [TableRow(f"{month:%b %Y}", by_month[month]) for month in sorted(by_month)]

    @cached_property
    def practitioners(self):
        by_person = add_up((person, sums) for (person, _), sums in self._cells.items())
        courses = self.courses.by_practitioner if self.courses else {}
        people = Practitioner.objects.using(self.using).select_related("user").filter(pk__in=by_person)
        return [TableRow(str(person), by_person[person.pk], courses.get(person.pk, CourseGroup())) for person in people]

    @cached_property
    def parts(self):
        """The rows of the breakdown: most sessions first, but depths in order."""
        sums = self._source.by(self.breakdown)
        labels = LABELS[self.breakdown](sums)
        lines = [(key, TableRow(labels.get(key, key), sums[key])) for key in sums]
        if self.breakdown == DEPTH:
            return [line for key, line in sorted(lines, key=lambda pair: int(pair[0]))]
        return [line for _, line in sorted(lines, key=lambda pair: (-pair[1].sums.sessions, pair[1].label))]

    @cached_property
    def parts_forest(self):
        return draw_forest([_entry(line.label, line.sums.mean) for line in self.parts[:MAX_ROWS]])

    @cached_property
    def months_forest(self):
        return draw_forest([_entry(line.label, line.sums.mean) for line in self.months[-MAX_ROWS:]])

    @cached_property
    def twitch_forest(self):
        twitch, none = self.total.twitch_mean, self.total.no_twitch_mean
        return draw_forest([_entry("At least one twitch", twitch), _entry("Sought, none seen", none)])

    @cached_property
    def twitch_difference(self):
        return difference_of(self.total.twitch_mean, self.total.no_twitch_mean)

    @cached_property
    def kinds(self):
        """[(kind of visit, signed sessions)] of this period, site and practitioner, most frequent first.

        Full needlings, which are by far the most, are left out: they are counted in the summaries.
        """
        others = self.filters.of_every_kind().filter(visit_kind__in=OTHER_KINDS).using(self.using)
        counts = dict(others.order_by().values_list("visit_kind").annotate(n=Count("pk")))
        kinds = [(kind, counts[kind]) for kind in TreatmentSession.VisitKind if kind in counts]
        return sorted(kinds, key=lambda pair: -pair[1])

    @cached_property
    def drafts(self):
        """The number of drafts in this period, site and practitioner. No figure includes them."""
        mine = self.filters.times("started_at", "practitioner") & self.filters.people(site="practitioner__site")
        return TreatmentSession.objects.using(self.using).drafts().filter(mine).count()

    # Courses --------------------------------------------------------------------

    @cached_property
    def courses(self):
        """The Courses, or None if the filters select a part of the sessions of a course: first, later, or one kind."""
        return None if self.filters.visit or self.filters.kind else courses_of(self.filters, self.threshold, self.using)

    @property
    def judged(self):
        return self.courses.everything.judged(self.threshold)

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
    def published(self):
        return PublishedRates(self.using)

    @property
    def published_mild(self):
        """The published rate of all mild events together, per 100 treatments."""
        return self.published.drawn(ALL_MILD)

    @cached_property
    def types(self):
        """The types of event that occurred here or have a published rate, most frequent first."""
        drawn = self.published.drawn
        lines = [self._line(each.value, each.label, drawn(each.value)) for each in AdverseEvent.Type]
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
            entries.append(ForestEntry(line.label, line.n, *(share or (None,) * 3), published=line.published))
        return draw_forest(entries)

    def _line(self, what, label, published=None):
        return EventRow(label, *self._events.get(what, (0, 0)), self.total.sessions, published)

    # Measurements, scores and attendance -------------------------------------------------------------------

    @cached_property
    def measured(self):
        return measurement_changes_of(self.filters, self.using)

    @cached_property
    def noise(self):
        """Published thresholds of PPT and ROM: how much must change to exceed measurement error."""
        return (
            Threshold.objects.using(self.using)
            .in_use()
            .filter(measure__in=[Threshold.Measure.PPT, Threshold.Measure.ROM])
        )

    @cached_property
    def scored(self):
        return [] if self.filters.visit or self.filters.kind else score_changes_of(self.filters, self.using)

    @cached_property
    def attendance(self):
        return attendance_of(self.filters, self.using)


def _entry(label, mean):
    if mean is None:
        return ForestEntry(label, 0)
    low, high = mean.interval or (None, None)
    return ForestEntry(label, mean.n, mean.mean, low, high)


# Labels of the keys of an axis. Each function takes the keys and returns {key: label}.


def _muscle_labels(keys):
    entries = Muscle.objects.values_list("pk", shown_name(), "kind")
    return {
        str(pk): name if kind == TargetKind.MUSCLE else f"{name} ({TargetKind(kind).label.lower()})"
        for pk, name, kind in entries
    }


def _point_labels(keys):
    points = TriggerPoint.objects.values_list("pk", shown_name("muscle__"), "label")
    return {str(pk): f"{muscle}, {label}" for pk, muscle, label in points}


def _depth_labels(keys):
    return {key: f"{key} to {int(key) + DEPTH_BAND_MM - 1} mm" for key in keys}


LABELS = {
    MUSCLE: _muscle_labels,
    POINT: _point_labels,
    REGION: lambda keys: dict(BodyRegion.choices),
    NEEDLE: lambda keys: {key: f"{key} mm" for key in keys},
    TECHNIQUE: lambda keys: dict(Needling.Technique.choices),
    DEPTH: _depth_labels,
}
BREAKDOWN_LABELS = [(value, Axis(value).label) for value in BREAKDOWNS]
