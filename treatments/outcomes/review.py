"""All figures of the outcome review for one selection of filters."""

from collections import defaultdict
from functools import cached_property

from django.db.models import Count, Exists, OuterRef
from django.utils import timezone

from clinic.models import Practitioner, Site
from treatments.models import (
    AdverseEvent,
    Axis,
    Correction,
    Threshold,
    TreatmentSession,
)

from .attendance import attendance_of
from .baseline import baselines_of, together
from .courses import CourseGroup, courses_of
from .facts import DEPTH, MUSCLE, NEEDLE, POINT, REGION, TECHNIQUE
from .follow_ups import follow_ups_of
from .forest import ForestEntry, draw_forest
from .lines import LABELS, EventRow, MeanRow, TableRow, forest_entry
from .measures import measurement_changes_of
from .published import ALL_MILD, PublishedRates
from .response_plot import draw_responses
from .responses import responses_of
from .scores import score_changes_of
from .sources import source_of
from .spread import Spread
from .sums import SessionSums, add_up

BREAKDOWNS = [MUSCLE, POINT, REGION, NEEDLE, TECHNIQUE, DEPTH]
OTHER_KINDS = [kind for kind in TreatmentSession.VisitKind.values if kind != TreatmentSession.VisitKind.NEEDLING]
# The most rows of a table or plot on the page. The export has all of them.
MAX_ROWS = 25


class Review:
    """The figures of one selection. Each is read from the database on first use."""

    longest = MAX_ROWS

    def __init__(self, filters, rule, *, breakdown=MUSCLE, using="default"):
        self.filters, self.rule, self.using = filters, rule, using
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
    def spread(self):
        """How the sessions of the total are spread over patients."""
        return self._source.spread(twitch=True).get((), Spread())

    @property
    def mean(self):
        """The mean change within a session, with an interval that allows for several sessions of one patient."""
        return self.spread.mean(self.total)

    @property
    def event_share(self):
        """The interval of the share of sessions with any event, which allows for several sessions of one patient."""
        return self.spread.event_share(self.total)

    @cached_property
    def corrected(self):
        """{"corrections": n, "sessions": n}: how much amendments have corrected in these sessions. One query."""
        mine = self.filters.facts().filter(session=OuterRef("amendment__session"))
        corrections = Correction.objects.using(self.using).filter(Exists(mine))
        return corrections.aggregate(corrections=Count("pk"), sessions=Count("amendment__session", distinct=True))

    @cached_property
    def months(self):
        by_month = add_up((month, sums) for (*_, month), sums in self._cells.items())
        spreads = self._source.spread("month")
        # Of destroyed records only the sums are left, so a line may have no spread.
        return [TableRow(f"{at:%b %Y}", sums, spreads.get((at,), Spread())) for at, sums in sorted(by_month.items())]

    @cached_property
    def practitioners(self):
        people = Practitioner.objects.using(self.using).select_related("user")
        return self._staff("practitioner", 0, people, self.courses and self.courses.by_practitioner)

    @cached_property
    def sites(self):
        """The TableRows of the sites; none if the sessions are of a single one."""
        if len({site for _, site, _ in self._cells}) < 2:
            return []
        sites = Site.objects.using(self.using)
        return self._staff("site", 1, sites, self.courses and self.courses.by_site)

    @property
    def compared(self):
        """[(heading, TableRows)] of what is compared beside its baseline."""
        return [("By practitioner", self.practitioners), *([("By site", self.sites)] if self.sites else [])]

    def _staff(self, line, at, rows, courses):
        """A TableRow for each practitioner or site, whose key is at this place of the keys of the cells."""
        sums = add_up((key[at], sums) for key, sums in self._cells.items())
        spreads = self._source.spread(line)
        baselines = defaultdict(list)
        for key, baseline in self._baselines.items():
            baselines[key[at]].append(baseline)
        courses = courses or {}
        return [
            TableRow(
                str(one),
                sums[one.pk],
                spreads.get((one.pk,), Spread()),
                courses.get(one.pk, CourseGroup()),
                together(baselines[one.pk]),
            )
            for one in rows.filter(pk__in=sums)
        ]

    @cached_property
    def parts(self):
        """The rows of the breakdown: most sessions first, but depths in order."""
        sums, spreads = self._source.by(self.breakdown), self._source.spread_by(self.breakdown)
        labels = LABELS[self.breakdown](sums)
        lines = [(key, TableRow(labels.get(key, key), sums[key], spreads.get(key, Spread()))) for key in sums]
        if self.breakdown == DEPTH:
            return [line for key, line in sorted(lines, key=lambda pair: int(pair[0]))]
        return [line for _, line in sorted(lines, key=lambda pair: (-pair[1].sums.sessions, pair[1].label))]

    @cached_property
    def parts_forest(self):
        return draw_forest([forest_entry(line) for line in self.parts[:MAX_ROWS]])

    @cached_property
    def months_forest(self):
        return draw_forest([forest_entry(line) for line in self.months[-MAX_ROWS:]])

    @cached_property
    def twitch_forest(self):
        return draw_forest([forest_entry(line) for line in self.twitch_groups])

    @cached_property
    def twitch_groups(self):
        """The MeanRows of sessions with a twitch, and with one sought and none seen."""
        total, spread = self.total, self.spread
        return [
            MeanRow("At least one twitch", total.twitch, spread.twitch.number, spread.twitch_mean(total)),
            MeanRow("Sought, none seen", total.no_twitch, spread.no_twitch.number, spread.no_twitch_mean(total)),
        ]

    @cached_property
    def twitch_difference(self):
        return self.spread.twitch_difference(self.total)

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
        return courses_of(self.filters, self.using) if self._has_courses else None

    @property
    def _has_courses(self):
        return not (self.filters.visit or self.filters.kind)

    @cached_property
    def responses(self):
        """The Responses of the courses that the rule is for; None without courses or a rule."""
        return responses_of(self._all_courses, self.rule) if self._has_courses and self.rule else None

    @cached_property
    def response_plot(self):
        return draw_responses(self.responses) if self.responses else None

    @property
    def is_final(self):
        """Whether courses that began in the period change no more, except by corrections and late entries."""
        return self.filters.is_final_after is not None and self.filters.is_final_after < timezone.localdate()

    @cached_property
    def baseline(self):
        """The Baseline of all courses; None if no courses are shown."""
        return together(self._baselines.values()) if self._has_courses else None

    @cached_property
    def _baselines(self):
        return baselines_of(self._all_courses) if self._has_courses else {}

    @property
    def _all_courses(self):
        return self.filters.courses().using(self.using)

    # Events ---------------------------------------------------------------------

    @cached_property
    def _events(self):
        return self._source.events()

    @cached_property
    def _event_patients(self):
        return self._source.event_patients()

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
        events, sessions = self._events.get(what, (0, 0))
        patients, n_h, h_h = self._event_patients.get(what, (0, 0, 0))
        clusters = self.spread.events._replace(n_y=n_h, y_y=h_h)
        return EventRow(label, events, sessions, patients, self.total.sessions, clusters, published)

    @cached_property
    def follow_ups(self):
        return follow_ups_of(self.filters, self.total.sessions, self.using)

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


BREAKDOWN_LABELS = [(value, Axis(value).label) for value in BREAKDOWNS]
