"""The banner of every page about a patient: identity and alerts."""

from django.utils import timezone

from patients.alerts import alerts_of
from patients.namesakes import with_namesakes
from patients.permissions import may_read_screenings
from patients.precautions import screening_and_precautions


def patient_banner(request, patient, known=None, alerts=None):
    """The context of templates/_identity.html, for every page, fragment and print about a patient. Three queries.

    The screening and the alerts are clinical, so only users who may read screenings get them. `known` is the result of
    patients.precautions.screening_and_precautions() for today, and `alerts` that of patients.alerts.alerts_of(),
    if the page has them already; each saves a query.
    """
    banner = {"nav": "patients", "patient": patient, "screening": None, "precautions": [], "alerts": []}
    with_namesakes([patient])
    if may_read_screenings(request.user):
        banner["screening"], banner["precautions"] = known or screening_and_precautions(
            patient, on=timezone.localdate()
        )
        banner["alerts"] = alerts_of(patient) if alerts is None else alerts
    return banner
