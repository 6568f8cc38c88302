"""People who read many charts of patients they do not treat. A reason to ask, not proof of misuse."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Count, Exists, F, Max, OuterRef, Q, Subquery
from django.utils import timezone

from clinic.models import Appointment, AppointmentChange
from patients.models import Episode, TrailEntry
from treatments.models import ChartReader, TreatmentSession

OF_MANY = ("outcome", "needle")


def unusual_readers():
    """ChartReaders above the clinic's limit, with `charts` (number of patients read without a reason), `last_read_at`.

    The settings are UNUSUAL_ACCESS_CHARTS, the limit, and UNUSUAL_ACCESS_DAYS, the period in days up to now.
    """
    found = readings_without_reason().filter(by=OuterRef("pk")).order_by().values("by")
    charts = found.annotate(charts=Count("patient", distinct=True)).values("charts")
    last = found.annotate(last=Max("at")).values("last")
    readers = ChartReader.objects.annotate(charts=Subquery(charts), last_read_at=Subquery(last))
    return readers.filter(charts__gt=settings.UNUSUAL_ACCESS_CHARTS).order_by("-charts", "pk")


def charts_of(reader):
    """The patients whose charts this reader read without a reason: patient, record_number, times, last_read_at."""
    found = readings_without_reason().filter(by=reader.pk).order_by()
    rows = found.values("patient", record_number=F("patient__record_number"))
    return rows.annotate(times=Count("*"), last_read_at=Max("at")).order_by("-last_read_at", "patient")


def readings_without_reason():
    """Audit entries of readings in the last UNUSUAL_ACCESS_DAYS by people without a known reason to read that chart.

    A reason is an appointment with the patient that the reader has, booked or changed, a session that they wrote, or an
    episode that they lead, each within that period. Future appointments count.
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
    # Earlier versions added an entry for each patient in an export of many.
    readings = readings.exclude(action=TrailEntry.Action.EXPORT, record_type__in=OF_MANY)
    return readings.filter(*(~Exists(reason) for reason in reasons))
