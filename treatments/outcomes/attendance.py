"""Attendance: visits in the diary that were attended, missed or cancelled."""

from typing import NamedTuple

from django.db.models import Count, Q

from clinic.diary.patient_visits import CAME
from clinic.models import Appointment
from treatments.estimates import share_of

Status = Appointment.Status


class Attendance(NamedTuple):
    came: int
    missed: int
    cancelled: int

    @property
    def expected(self):
        """Visits that were due and not cancelled."""
        return self.came + self.missed

    @property
    def share_missed(self):
        """The interval of the share of expected visits that were missed; None without expected visits."""
        return share_of(self.missed, self.expected)


def attendance_of(filters, using="default"):
    """The Attendance in the period and at the site and practitioner of the filters; others are ignored. One query."""
    visits = Appointment.objects.using(using).filter(filters.days("takes_place_on"), filters.people())
    counts = visits.aggregate(
        came=Count("pk", filter=Q(status__in=CAME)),
        missed=Count("pk", filter=Q(status=Status.NO_SHOW)),
        cancelled=Count("pk", filter=Q(status=Status.CANCELLED, is_booking_undone=False)),
    )
    return Attendance(**counts)
