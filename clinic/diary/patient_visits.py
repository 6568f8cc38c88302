"""A patient's visits: the next, the later ones, the past ones, and how many the patient came to."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import Count, F, Q
from django.utils import timezone

from clinic.diary.obstacles import obstacles_of
from clinic.models import Appointment
from clinic.permissions import may_see_diary
from clinic.site_access import sites_of_others
from patients.models.patient_key import person

# A patient who cancels later than this before the visit cancels late. The number is a convention of this program.
LATE = timedelta(hours=24)
Status = Appointment.Status
CAME = (Status.ARRIVED, Status.IN_SESSION, Status.DONE)


@dataclass
class Attendance:
    """How often a patient came, missed a visit without notice, and cancelled. Cancellations by the clinic are apart."""

    came: int = 0
    missed: int = 0
    cancelled_late: int = 0
    cancelled_in_time: int = 0
    cancelled_by_clinic: int = 0


def attendance_counts():
    """The aggregates that count the fields of Attendance, for a queryset of Appointments without undone bookings."""
    cancelled, by_clinic = Q(status=Status.CANCELLED), Q(is_cancelled_by_clinic=True)
    late = Q(cancelled_at__gt=F("starts_at") - LATE)
    return {
        "came": Count("pk", filter=Q(status__in=CAME)),
        "missed": Count("pk", filter=Q(status=Status.NO_SHOW)),
        "cancelled_late": Count("pk", filter=cancelled & ~by_clinic & late),
        "cancelled_in_time": Count("pk", filter=cancelled & ~by_clinic & ~late),
        "cancelled_by_clinic": Count("pk", filter=cancelled & by_clinic),
    }


@dataclass
class Visits:
    """`upcoming` are the visits that are not over, soonest first, each with its `obstacles` and `place_in_series`."""

    upcoming: list = field(default_factory=list)
    attendance: Attendance = field(default_factory=Attendance)

    @property
    def next(self):
        """The next visit, also if it cannot take place; None if nothing is booked."""
        return self.upcoming[0] if self.upcoming else None

    @property
    def later(self):
        return self.upcoming[1:]


def visits_of(patients, *, now=None):
    """{patient id: Visits} for each of these patients. At most five queries for any number of patients."""
    now = now or timezone.now()
    found = {patient.person_id: Visits() for patient in patients}
    of_them = Appointment.objects.filter(patient__in=[patient.pk for patient in patients], is_booking_undone=False)
    of_them = of_them.annotate(person=person())
    upcoming = list(of_them.active().filter(ends_at__gt=now).exclude(status=Status.DONE).with_names().in_time_order())
    with_places(upcoming)
    obstacles = obstacles_of(upcoming, now=now)
    for visit in upcoming:
        visit.obstacles = obstacles.get(visit.pk, [])
        found[visit.person].upcoming.append(visit)
    counts = of_them.order_by().values("person").annotate(**attendance_counts())
    for row in counts:
        person_id = row.pop("person")
        found[person_id].attendance = Attendance(**row)
    return {patient.pk: found[patient.person_id] for patient in patients}


def visits_for_user(user, patients):
    """`visits_of` the patients who are of a site of the user, if the user may see the diary, otherwise {}."""
    others = sites_of_others(user, patients)
    own = [patient for patient in patients if patient.pk not in others]
    return visits_of(own) if own and may_see_diary(user) else {}


def past_visits(patient, *, now=None):
    """A queryset of the visits that are over or not going to take place, newest first."""
    now = now or timezone.now()
    is_past = Q(ends_at__lte=now) | ~Q(status__in=Appointment.ACTIVE) | Q(status=Status.DONE)
    return patient.appointments.filter(is_past, is_booking_undone=False).with_names().order_by("-starts_at", "-pk")


def with_places(visits):
    """Set `place_in_series` of each visit: "4 of 6" among the visits of its repeat that were kept, or "". One query."""
    series = {visit.series for visit in visits if visit.series}
    members = defaultdict(list)
    if series:
        rows = Appointment.objects.active().filter(series__in=series).in_time_order()
        for pk, name in rows.values_list("pk", "series"):
            members[name].append(pk)
    for visit in visits:
        order = members[visit.series] if visit.series else []
        visit.place_in_series = f"{order.index(visit.pk) + 1} of {len(order)}" if visit.pk in order else ""
    return visits
