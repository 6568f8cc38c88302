"""The banner of every page about a patient: identity and alerts."""

from django.utils import timezone

from patients.alerts import alerts_of
from patients.namesakes import with_namesakes
from patients.permissions import may_read_screenings
from patients.precautions import screening_and_precautions
from patients.web.merged import LeadsElsewhere


def patient_banner(request, patient, known=None, alerts=None):
    """The context of templates/_identity.html, for every page, fragment and print about a patient. Four queries.

    The screening and the alerts are clinical, so only users who may read screenings get them. `known` is the result of
    patients.precautions.screening_and_precautions() for today, and `alerts` that of patients.alerts.alerts_of(),
    if the page has them already; each saves a query. For a record that was merged, the banner is of the one that stands
    for the person; raises LeadsElsewhere if the address names the merged record.
    """
    standing = patient.surviving
    if standing != patient and request.resolver_match.kwargs.get("patient_id") == patient.pk:
        raise LeadsElsewhere(patient)
    banner = {"nav": "patients", "patient": standing, "screening": None, "precautions": [], "alerts": []}
    # The record under which this was written, if it was merged since.
    banner["recorded_under"] = patient if standing != patient else None
    patient = standing
    with_namesakes([patient])
    banner["contacts"] = list(patient.contacts.current())
    banner["who_can_consent"] = [contact for contact in banner["contacts"] if contact.can_consent]
    if may_read_screenings(request.user):
        banner["screening"], banner["precautions"] = known or screening_and_precautions(
            patient, on=timezone.localdate()
        )
        banner["alerts"] = alerts_of(patient) if alerts is None else alerts
    return banner
