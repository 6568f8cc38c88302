"""Who read many charts of people they have nothing to do with. A question to ask them, not a verdict."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Count, Exists, F, Max, OuterRef, Q, Subquery
from django.utils import timezone

from clinic.models import Appointment, AppointmentChange
from patients.models import Episode, TrailEntry
from treatments.models import ChartReader, TreatmentSession


def unusual_readers():
    """Readers with `charts` (patients read without a reason) and `last_read_at`; only those above the clinic's limit.

    UNUSUAL_ACCESS_CHARTS is the limit, UNUSUAL_ACCESS_DAYS how far back it looks.
    """
    found = readings_without_reason().filter(by=OuterRef("pk")).order_by().values("by")
    charts = found.annotate(charts=Count("patient", distinct=True)).values("charts")
    last = found.annotate(last=Max("at")).values("last")
    readers = ChartReader.objects.annotate(charts=Subquery(charts), last_read_at=Subquery(last))
    return readers.filter(charts__gt=settings.UNUSUAL_ACCESS_CHARTS).order_by("-charts", "pk")


def charts_of(reader):
    """The patients that this reader read without a reason: rows of patient, record number, times, last_read_at."""
    found = readings_without_reason().filter(by=reader.pk).order_by()
    rows = found.values("patient", record_number=F("patient__record_number"))
    return rows.annotate(times=Count("*"), last_read_at=Max("at")).order_by("-last_read_at", "patient")


def readings_without_reason():
    """Readings of the last days by somebody who treats nobody of that name, has no visit with them and booked none.

    A reason is an appointment that they have with the patient, booked or changed, a session they wrote, or an episode
    they lead, not over before those days began. Visits that are still to come count.
    """
    since = timezone.now() - timedelta(days=settings.UNUSUAL_ACCESS_DAYS)
    of_both = {"patient": OuterRef("patient")}
    mine = Q(practitioner__user=OuterRef("by")) | Q(booked_by=OuterRef("by"))
    reasons = [
        Appointment.objects.filter(mine, starts_at__gte=since, **of_both),
        AppointmentChange.objects.filter(
            appointment__patient=OuterRef("patient"), made_by=OuterRef("by"), made_at__gte=since
        ),
        TreatmentSession.objects.filter(practitioner__user=OuterRef("by"), started_at__gte=since, **of_both),
        Episode.objects.filter(Q(closed_on=None) | Q(closed_on__gte=since.date()), lead=OuterRef("by"), **of_both),
    ]
    readings = TrailEntry.objects.readings().filter(at__gte=since, patient__isnull=False, by__isnull=False)
    return readings.filter(*(~Exists(reason) for reason in reasons))
