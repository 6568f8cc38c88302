"""What the clinic needs when the server is down: a day's visits with phone numbers, alerts and the last plan."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from clinic.models import Appointment
from patients.alerts import Alert, alerts_by_patient
from patients.contacts import contacts_by_patient
from patients.models import Patient, PatientContact
from patients.namesakes import with_namesakes
from patients.precautions import ScreeningState, screenings_and_precautions
from treatments.models import TreatmentSession
from treatments.record.corrections import as_corrected_all, is_amended


@dataclass(frozen=True)
class SheetVisit:
    """A visit with what is known of its patient. `last` is the latest signed session with corrected values, or None."""

    appointment: Appointment
    screening: ScreeningState
    precautions: list
    alerts: list[Alert]
    contacts: list[PatientContact]
    last: TreatmentSession | None


def emergency_sheet(site, day):
    """[(practitioner, [SheetVisit in the order of time])] of the active visits of a Site on a day of its time zone."""
    with timezone.override(site.zone):
        visits = list(Appointment.objects.active().on(day).filter(practitioner__site=site).with_names().in_time_order())
    patients = with_namesakes([visit.patient for visit in visits])
    screened = screenings_and_precautions(patients, on=day)
    alerts, last = alerts_by_patient(patients), _last_sessions(patients)
    contacts = contacts_by_patient(patients)
    by_practitioner = defaultdict(list)
    for visit in visits:
        screening, precautions = screened[visit.patient_id]
        key = visit.patient_id
        known = SheetVisit(visit, screening, precautions, alerts[key], contacts[key], last.get(key))
        by_practitioner[visit.practitioner].append(known)
    return sorted(by_practitioner.items(), key=lambda entry: str(entry[0]))


def _last_sessions(patients):
    """{patient id: the latest signed session that counts, with corrected values}."""
    signed = TreatmentSession.objects.counting().signed().filter(patient=OuterRef("pk"))
    newest = Subquery(signed.order_by("-started_at", "-pk").values("pk")[:1])
    keys = Patient.objects.filter(pk__in=[patient.pk for patient in patients]).annotate(last=newest).values("last")
    sessions = TreatmentSession.objects.filter(pk__in=keys).annotate(amended=is_amended())
    return {session.patient_id: session for session in as_corrected_all(list(sessions))}
