"""Attendance by practitioner and by kind of visit, and how long before a visit it was booked."""

from collections import Counter, defaultdict
from typing import NamedTuple

from django.db.models import Count, Q
from django.db.models.functions import TruncDate

from clinic.diary.patient_visits import attendance_counts
from clinic.models import Appointment, AppointmentType, Practitioner
from patients.models.patient_key import person
from treatments.estimates import quantile_of_counts

from .patients import Clusters, share_of_clusters

Status = Appointment.Status


class VisitCounts(NamedTuple):
    """How many visits there were of each sort. A visit that is still booked although it is over is `open`."""

    came: int = 0
    missed: int = 0
    cancelled_late: int = 0
    cancelled_in_time: int = 0
    cancelled_by_clinic: int = 0
    open: int = 0

    @property
    def kept_free(self):
        """The visits for which the time was kept: those that were attended, missed or cancelled late."""
        return self.came + self.missed + self.cancelled_late


class AttendanceRow(NamedTuple):
    """The VisitCounts of one line, of how many patients they are, and {days: visits} between booking and visit.

    `missed` and `late` are intervals of the share of `kept_free`, which allow for several visits of one patient; None
    with fewer than ten patients.
    """

    label: str
    counts: VisitCounts
    patients: int
    missed: object
    late: object
    lead_days: Counter

    @property
    def lead_visits(self):
        """The number of visits behind the lead times."""
        return self.lead_days.total()

    @property
    def lead_quartiles(self):
        """(first quartile, median, third quartile) of the days between booking and visit, or None."""
        if not self.lead_days:
            return None
        return [quantile_of_counts(self.lead_days, share) for share in (0.25, 0.5, 0.75)]


class Attendances(NamedTuple):
    total: AttendanceRow
    practitioners: list
    kinds: list


def attendances_of(filters, *, now, using="default"):
    """The Attendances in the period, at the site and of the practitioner of the filters; others are ignored.

    Visits that are still to come are left out, as are bookings that were undone. A late cancellation is one by the
    patient less than 24 hours before the visit. Lead times are those of visits whose booking was recorded and that
    were not entered afterwards. Four queries.
    """
    visits = Appointment.objects.using(using).filter(filters.days("takes_place_on"), filters.people())
    visits = visits.filter(Q(ends_at__lte=now) | ~Q(status=Status.BOOKED), is_booking_undone=False).order_by()
    rows = list(_counts(visits))
    leads = _lead_days(visits)
    people = {one.pk: str(one) for one in Practitioner.objects.using(using).select_related("user")}
    kinds = dict(AppointmentType.objects.using(using).values_list("pk", "name"))
    return Attendances(
        _row("All visits", rows, sum(leads.values(), Counter())),
        _rows(rows, leads, 0, people),
        _rows(rows, leads, 1, kinds),
    )


def _counts(visits):
    """(practitioner, kind, patient, VisitCounts)."""
    of_patient = (
        visits.annotate(person=person())
        .values_list("practitioner", "type", "person")
        .annotate(**attendance_counts(), open=Count("pk", filter=Q(status=Status.BOOKED)))
    )
    for practitioner, kind, patient, *counts in of_patient.iterator():
        yield practitioner, kind, patient, VisitCounts(*counts)


def _lead_days(visits):
    """{(practitioner, kind): {days: visits}}."""
    booked = visits.filter(booked_at__isnull=False, takes_place_on__isnull=False, afterwards_reason="")
    days = booked.values_list("practitioner", "type", TruncDate("booked_at"), "takes_place_on").annotate(n=Count("pk"))
    found = defaultdict(Counter)
    for practitioner, kind, booked_on, takes_place_on, n in days.iterator():
        found[practitioner, kind][max(0, (takes_place_on - booked_on).days)] += n
    return found


def _rows(rows, leads, place, labels):
    """The AttendanceRows by practitioner (place 0) or by kind (place 1), in the order of their labels."""
    of_key, leads_of_key = defaultdict(list), defaultdict(Counter)
    for row in rows:
        of_key[row[place]].append(row)
    for key, days in leads.items():
        leads_of_key[key[place]] += days
    lines = [_row(labels[key], found, leads_of_key[key]) for key, found in of_key.items()]
    return sorted(lines, key=lambda line: line.label)


def _row(label, rows, lead_days):
    of_patient = defaultdict(VisitCounts)
    for *_, patient, counts in rows:
        of_patient[patient] = VisitCounts(*map(sum, zip(of_patient[patient], counts, strict=True)))
    total = VisitCounts(*map(sum, zip(*of_patient.values(), strict=True))) if of_patient else VisitCounts()
    missed, late = (
        _share([(counts.kept_free, getattr(counts, name)) for counts in of_patient.values()])
        for name in ("missed", "cancelled_late")
    )
    return AttendanceRow(label, total, len(of_patient), missed, late, lead_days)


def _share(pairs):
    """The interval of the share sum(y) / sum(n) of (n, y) pairs, one for each patient."""
    return share_of_clusters(sum(y for _, y in pairs), sum(n for n, _ in pairs), Clusters.of(pairs))
