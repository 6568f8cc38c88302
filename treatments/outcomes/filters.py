"""The filters that select the signed sessions of a figure."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, OuterRef, Q

from clinic.models import Site
from patients.models import Episode
from patients.models.condition import CodeSystem, condition_name
from treatments.evidence.groups import muscle_groups
from treatments.models import Course, CourseKey, Muscle, Needling, SessionFact, TreatmentSession
from treatments.record.targets import counting_as

from .facts import DEPTH, DEPTH_BAND_MM, MUSCLE, NEEDLE, REGION, TECHNIQUE

FIRST, LATER = "first", "later"
# Which courses are of a period: those with their latest session in it, or those that began in it.
LATEST, BEGAN = "", "began"
GROUP, RISK, STATE = "group", "risk", "state"
WITHOUT = "without:"


def _of_entries(name, value):
    """The condition that what was needled, or the entry that it counts as, has this value in a field of Muscle."""
    entries = Muscle.objects.filter(Q(**{name: value}) | Q(**{f"counts_as__{name}": value}))
    return Q(muscle__in=entries.order_by().values("pk"))


def _in_group(slug):
    members = next((group.members for group in muscle_groups() if group.key == slug), ())
    return _of_entries("slug__in", members)


def _of_size(size):
    diameter, _, length = size.partition("×")
    return Q(needle__diameter_mm=diameter, needle__length_mm=length)


# The filters on what was needled, by their fields of Filters: the condition on a Needling behind each value.
OF_NEEDLING = {
    REGION: lambda region: Q(muscle__region=region),
    MUSCLE: counting_as,
    GROUP: _in_group,
    RISK: lambda risk: _of_entries("pneumothorax_risk", True),
    STATE: lambda state: Q(point_state=state),
    TECHNIQUE: lambda technique: Q(technique=technique),
    DEPTH: lambda band: Q(depth_mm__range=(int(band), int(band) + DEPTH_BAND_MM - 1)),
    NEEDLE: _of_size,
}


@dataclass(frozen=True)
class Filters:
    """A filter that is None or empty selects everything.

    `since` and `until` are the first days of the first and of the last month. The fields in OF_NEEDLING select sessions
    with one needling that matches all of them: `muscle` is a primary key, `group` the slug of a muscle group, `risk`
    "yes" for muscles with a risk of pneumothorax, `depth` the lower end of a band in mm, `needle` a size such as
    "0.30×40". `co_treatment` is one that these same sessions had, or did not have if it begins with WITHOUT.

    `visit` is FIRST or LATER: the first session of a course, or a later one. `kind` selects the visits of one kind;
    without it, all visits with needling are selected, also those that were stopped early. `basis` is LATEST or BEGAN,
    and concerns courses only.
    """

    since: date | None = None
    until: date | None = None
    site: int | None = None
    practitioner: int | None = None
    region: str = ""
    muscle: int | None = None
    group: str = ""
    risk: str = ""
    state: str = ""
    technique: str = ""
    depth: str = ""
    needle: str = ""
    co_treatment: str = ""
    diagnosis: str = ""
    visit: str = ""
    kind: str = ""
    basis: str = LATEST

    @property
    def axis_keys(self):
        """[(name in OF_NEEDLING, value)] that one needling of a session must match."""
        chosen = [(name, getattr(self, name)) for name in OF_NEEDLING]
        return [(name, str(value)) for name, value in chosen if value]

    @property
    def selects_few_sessions(self):
        """Whether there is a filter on the sessions themselves, so that few of all needlings are needed."""
        return bool(self.since or self.until or self.practitioner or self.diagnosis or self.visit == FIRST)

    def without_region_of_muscle(self):
        """These filters without `region` if `muscle` is in it; unchanged if the two contradict each other."""
        if self.region and self.muscle and Muscle.objects.filter(pk=self.muscle, region=self.region).exists():
            return replace(self, region="")
        return self

    def months(self):
        """The condition for a model with a `month`."""
        condition = Q()
        if self.since:
            condition &= Q(month__gte=self.since)
        if self.until:
            condition &= Q(month__lte=self.until)
        return condition

    def days(self, path):
        """The condition that the local day at the path is in the period."""
        condition = Q()
        if self.since:
            condition &= Q(**{f"{path}__gte": self.since})
        if self.until:
            condition &= Q(**{f"{path}__lt": month_after(self.until)})
        return condition

    def people(self, *, site="site", person="practitioner"):
        """The condition for a model with a practitioner and a site at these paths."""
        condition = Q()
        if self.site:
            condition &= Q(**{site: self.site})
        if self.practitioner:
            condition &= Q(**{person: self.practitioner})
        return condition

    def of_diagnosis(self, prefix=""):
        """The condition for an episode, at the path `prefix`, with the chosen diagnosis.

        `diagnosis` is "condition:SLUG", or "who:CODE" or "cm:CODE" for a code of one classification. A code without
        any is of an unknown one.
        """
        kind, _, value = self.diagnosis.rpartition(":")
        if kind == "condition":
            return Q(**{f"{prefix}condition": value})
        return Q(**{f"{prefix}diagnosis_code": value, f"{prefix}code_system": kind})

    def of_co_treatment(self):
        """The condition for a SessionFact with, or without, the chosen treatment beside the needling."""
        treatment = self.co_treatment.removeprefix(WITHOUT)
        had_it = Q(co_treatments__contains=f" {treatment} ")
        return ~had_it if self.co_treatment.startswith(WITHOUT) else had_it

    # Rows -----------------------------------------------------------------------

    def sessions(self):
        """The signed sessions that count and match the filters."""
        sessions = self.of_every_kind()
        sessions = sessions.filter(visit_kind=self.kind) if self.kind else sessions.with_needling()
        if self.diagnosis:
            sessions = sessions.filter(episode__in=Episode.objects.counting().filter(self.of_diagnosis()))
        if self.axis_keys:
            sessions = sessions.filter(pk__in=self.needlings().values("session"))
        if self.co_treatment:
            sessions = sessions.filter(pk__in=SessionFact.objects.filter(self.of_co_treatment()).values("session"))
        if self.visit:
            is_first = Exists(Course.objects.filter(first_session=OuterRef("pk")))
            sessions = sessions.filter(is_first if self.visit == FIRST else ~is_first)
        return sessions

    def of_every_kind(self):
        """The signed sessions of this period, site and practitioner, whatever their kind of visit."""
        signed = TreatmentSession.objects.counting().signed()
        return signed.filter(self.days("context__took_place_on"), self.people(site="context__site"))

    def facts(self, *, needled=True):
        """The SessionFacts of the same sessions. With `needled` False, the filters on what was needled are ignored."""
        facts = SessionFact.objects.filter(self.months(), self.people())
        if self.kind:
            facts = facts.filter(session__visit_kind=self.kind)
        if self.diagnosis:
            facts = facts.filter(self.of_diagnosis("course__episode__"))
        if self.axis_keys and needled:
            facts = facts.filter(Exists(self.needlings().filter(session=OuterRef("session"))))
        if self.co_treatment:
            facts = facts.filter(self.of_co_treatment())
        if self.visit:
            is_first = Q(course__first_session=F("session"))
            facts = facts.filter(is_first if self.visit == FIRST else ~is_first)
        return facts.order_by()

    def needlings(self):
        """The needlings, of sessions with any status, that match the filters on what was needled."""
        chosen = [OF_NEEDLING[axis](key) for axis, key in self.axis_keys]
        return Needling.objects.filter(*chosen, insertions__isnull=False).order_by()

    def courses(self):
        """The Courses of the period, site and practitioner, with a session that matches what was needled.

        By `basis`, these are of the latest session or of the first one. In a course by the latest session, all sessions
        count; in one that began in the period, those of the first WINDOW_DAYS. So the courses have `who` and `site_of`
        (practitioner and site), `given` (the number of sessions that count) and `pain_end` (the score before the last
        of them, or None).
        """
        if self.basis == BEGAN:
            courses = Course.objects.filter(self.days("began_on"), self.people(person="began_with", site="began_at"))
            names = ["began_with", "began_at", "window_sessions", "window_pain_last"]
        else:
            courses = Course.objects.filter(self.months(), self.people())
            names = ["practitioner", "site", "sessions", "pain_last"]
        if self.diagnosis:
            courses = courses.filter(self.of_diagnosis("episode__"))
        if self.co_treatment or self.axis_keys:
            courses = courses.filter(pk__in=self._courses_with_such_a_session())
        shown = zip(["who", "site_of", "given", "pain_end"], names, strict=True)
        return courses.annotate(**{name: F(field) for name, field in shown}).order_by()

    def _courses_with_such_a_session(self):
        """The keys of courses with a session that has both the needling and the treatment beside it."""
        ((axis, key), *more) = self.axis_keys or [("", "")]
        if axis in CourseKey.AXES and not more and not self.co_treatment:
            return CourseKey.objects.filter(axis=axis, key=key).values("course")
        sessions = SessionFact.objects.filter(self.of_co_treatment() if self.co_treatment else Q())
        if self.axis_keys:
            sessions = sessions.filter(Exists(self.needlings().filter(session=OuterRef("session"))))
        return sessions.values("course")

    @property
    def is_final_after(self):
        """The day after which courses that began in the period change no more, except by corrections and late entries.

        None if they are not selected by their beginning, or if the period has no end.
        """
        if self.basis != BEGAN or not self.until:
            return None
        return month_after(self.until) + timedelta(days=Course.WINDOW_DAYS - 1)

    def times(self, moment, practitioner):
        """The condition that the field `moment` is in the period, in the present time zone of the practitioner's site.

        For rows that are not signed, so that nothing has been stored with them.
        """
        condition = Q()
        if self.since or self.until:
            for name in zone_names():
                condition |= self._between(moment, ZoneInfo(name)) & Q(**{f"{practitioner}__site__timezone": name})
        return condition

    def _between(self, moment, zone):
        condition = Q()
        if self.since:
            condition &= Q(**{f"{moment}__gte": _start_of(self.since, zone)})
        if self.until:
            condition &= Q(**{f"{moment}__lt": _start_of(month_after(self.until), zone)})
        return condition


def diagnosis_choices():
    """[(value for Filters.diagnosis, label)] of the conditions and codes that episodes have. One query."""
    diagnoses = Episode.objects.counting().exclude(condition="", diagnosis_code="").order_by()
    found = list(diagnoses.values_list("condition", "code_system", "diagnosis_code").distinct())
    slugs = {slug for slug, _, _ in found if slug}
    codes = {(system, code) for _, system, code in found if code}
    listed = [(f"condition:{slug}", condition_name(slug)) for slug in sorted(slugs, key=condition_name)]
    return listed + [
        (f"{system}:{code}".lstrip(":"), f"{code}, {CodeSystem(system).label if system else 'ICD-10'}")
        for system, code in sorted(codes)
    ]


def zone_names():
    """The names of the time zones of the clinic's sites."""
    return list(Site.objects.values_list("timezone", flat=True).order_by().distinct())


def month_after(month):
    """The first day of the next month."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _start_of(day, zone):
    return datetime(day.year, day.month, day.day, tzinfo=zone)
