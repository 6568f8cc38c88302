"""The banner of every page about a patient: identity and alerts."""

from django.utils import timezone

from patients.namesakes import with_namesakes
from patients.permissions import may_read_screenings
from patients.precautions import screening_and_precautions


def patient_banner(request, patient, known=None):
    """The context of templates/_identity.html, for every page, fragment and print about a patient. Two queries.

    The screening and the alerts are clinical, so only users who may read screenings get them. `known` is the result of
    patients.precautions.screening_and_precautions() for today, if the page has it already; that saves a query.
    """
    banner = {"nav": "patients", "patient": patient, "screening": None, "precautions": []}
    with_namesakes([patient])
    if may_read_screenings(request.user):
        banner["screening"], banner["precautions"] = known or screening_and_precautions(
            patient, on=timezone.localdate()
        )
    return banner
