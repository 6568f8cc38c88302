"""The filters that select the signed sessions of a figure."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, OuterRef, Q

from clinic.models import Site
from patients.models import Episode
from patients.models.condition import CodeSystem, condition_name
from treatments.models import Course, CourseKey, Muscle, Needling, SessionFact, TreatmentSession
from treatments.record.targets import counting_as

from .facts import MUSCLE, REGION, TECHNIQUE

FIRST, LATER = "first", "later"
# The condition on a Needling behind each filter on what was needled.
OF_NEEDLING = {
    REGION: lambda region: Q(muscle__region=region),
    MUSCLE: counting_as,
    TECHNIQUE: lambda technique: Q(technique=technique),
}


@dataclass(frozen=True)
class Filters:
    """A filter that is None or empty selects everything.

    `since` and `until` are the first days of the first and of the last month. `region`, `muscle` (a primary key) and
    `technique` select sessions with a needling that matches all of them. `visit` is FIRST or LATER: the first session
    of a course, or a later one. `kind` selects the visits of one kind; without it, all visits with needling are
    selected, also those that were stopped early.
    """

    since: date | None = None
    until: date | None = None
    site: int | None = None
    practitioner: int | None = None
    region: str = ""
    muscle: int | None = None
    technique: str = ""
    diagnosis: str = ""
    visit: str = ""
    kind: str = ""

    @property
    def axis_keys(self):
        """[(axis, key)] that one needling of a session must match."""
        chosen = [(REGION, self.region), (MUSCLE, self.muscle), (TECHNIQUE, self.technique)]
        return [(axis, str(key)) for axis, key in chosen if key]

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

    def people(self, *, site="site"):
        """The condition for a model with a practitioner, and with a site at the path `site`."""
        condition = Q()
        if self.site:
            condition &= Q(**{site: self.site})
        if self.practitioner:
            condition &= Q(practitioner=self.practitioner)
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

    # Rows -----------------------------------------------------------------------

    def sessions(self):
        """The signed sessions that count and match the filters."""
        sessions = self.of_every_kind()
        sessions = sessions.filter(visit_kind=self.kind) if self.kind else sessions.with_needling()
        if self.diagnosis:
            sessions = sessions.filter(episode__in=Episode.objects.counting().filter(self.of_diagnosis()))
        if self.axis_keys:
            sessions = sessions.filter(pk__in=self.needlings().values("session"))
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
        if self.visit:
            is_first = Q(course__first_session=F("session"))
            facts = facts.filter(is_first if self.visit == FIRST else ~is_first)
        return facts.order_by()

    def needlings(self):
        """The needlings, of sessions with any status, that match the filters on what was needled."""
        chosen = [OF_NEEDLING[axis](key) for axis, key in self.axis_keys]
        return Needling.objects.filter(*chosen, insertions__isnull=False).order_by()

    def courses(self):
        """Courses with their latest session in the period. Different sessions may match different filters."""
        courses = Course.objects.filter(self.months(), self.people())
        if self.diagnosis:
            courses = courses.filter(self.of_diagnosis("episode__"))
        for axis, key in self.axis_keys:
            courses = courses.filter(pk__in=CourseKey.objects.filter(axis=axis, key=key).values("course"))
        return courses

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
