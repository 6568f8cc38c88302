"""Which signed sessions a figure is about."""

from dataclasses import dataclass, fields, replace
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q

from clinic.models import Site
from patients.models import Episode
from treatments.models import Course, CourseKey, Muscle, Needling, TreatmentSession

from .facts import MUSCLE, REGION, TECHNIQUE, zone_of

FIRST, LATER = "first", "later"
# The words of a needling behind each filter on what was needled.
OF_NEEDLING = {REGION: "muscle__region", MUSCLE: "muscle", TECHNIQUE: "technique"}


@dataclass(frozen=True)
class Filters:
    """Nothing is chosen by what is None or empty.

    `since` and `until` are the first days of the first and the last month. A session is in when one of its needlings
    meets `region`, `muscle` (a key) and `technique` together. `visit` is FIRST or LATER: of its course.
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

    @property
    def places(self):
        """[(axis, key)] of what must have been needled."""
        chosen = [(REGION, self.region), (MUSCLE, self.muscle), (TECHNIQUE, self.technique)]
        return [(axis, str(key)) for axis, key in chosen if key]

    def without_region_of_muscle(self):
        """The same filters when the muscle says the region already; unchanged when the two contradict each other."""
        if self.region and self.muscle and Muscle.objects.filter(pk=self.muscle, region=self.region).exists():
            return replace(self, region="")
        return self

    def is_any(self):
        return any(getattr(self, field.name) for field in fields(self))

    def months(self):
        """The condition on a table with a `month`."""
        condition = Q()
        if self.since:
            condition &= Q(month__gte=self.since)
        if self.until:
            condition &= Q(month__lte=self.until)
        return condition

    def people(self):
        """The condition on a table with a `practitioner`."""
        condition = Q()
        if self.site:
            condition &= Q(practitioner__site=self.site)
        if self.practitioner:
            condition &= Q(practitioner=self.practitioner)
        return condition

    # Rows -----------------------------------------------------------------------

    def sessions(self):
        """The signed sessions themselves."""
        sessions = TreatmentSession.objects.signed().filter(self._times(), self.people())
        if self.diagnosis:
            sessions = sessions.filter(episode__in=Episode.objects.filter(diagnosis_code=self.diagnosis))
        if self.places:
            sessions = sessions.filter(pk__in=self.needlings().values("session"))
        if self.visit:
            is_first = Exists(Course.objects.filter(first_session=OuterRef("pk")))
            sessions = sessions.filter(is_first if self.visit == FIRST else ~is_first)
        return sessions

    def needlings(self):
        """The needlings, of any session, that meet the filters on what was needled."""
        return Needling.objects.needled().filter(**{OF_NEEDLING[axis]: key for axis, key in self.places}).order_by()

    def courses(self):
        """Courses whose latest session is in the period; each filter may be met by another of their sessions."""
        courses = Course.objects.filter(self.months(), self.people())
        if self.diagnosis:
            courses = courses.filter(episode__diagnosis_code=self.diagnosis)
        for axis, key in self.places:
            courses = courses.filter(pk__in=CourseKey.objects.filter(axis=axis, key=key).values("course"))
        return courses

    def _times(self):
        """The period on the clocks of each site."""
        if not (self.since or self.until):
            return Q()
        condition = Q()
        for name in Site.objects.values_list("timezone", flat=True).order_by().distinct():
            condition |= Q(self._between(zone_of(name)), practitioner__site__timezone=name)
        return condition

    def _between(self, zone):
        condition = Q()
        if self.since:
            condition &= Q(started_at__gte=_start_of(self.since, zone))
        if self.until:
            condition &= Q(started_at__lt=_start_of(month_after(self.until), zone))
        return condition


def month_after(month):
    """The first day of the next month."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _start_of(day, zone):
    return datetime(day.year, day.month, day.day, tzinfo=zone)
