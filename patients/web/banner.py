"""The banner of every page about a patient: who it is, and what to watch for."""

from django.utils import timezone

from patients.alerts import alerts_of
from patients.permissions import may_read_screenings
from patients.precautions import screened


def patient_banner(request, patient, known=None, alerts=None):
    """The context that templates/_identity.html needs, for every page, fragment and print about a patient. Two queries.

    The screening and the alerts are clinical: only for those who may read them. `known` is what
    patients.precautions.screened() gives for today, and `alerts` what patients.alerts.alerts_of() gives, where a page
    has them already.
    """
    banner = {"nav": "patients", "patient": patient, "screening": None, "precautions": [], "alerts": []}
    if may_read_screenings(request.user):
        banner["screening"], banner["precautions"] = known or screened(patient, on=timezone.localdate())
        banner["alerts"] = alerts_of(patient) if alerts is None else alerts
    return banner
