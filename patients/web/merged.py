"""Requests for a merged record: pages redirect to the surviving record, and what is sent to them is refused."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse

from patients.models import Patient
from patients.web.tablet import takes_back


class LeadsElsewhere(Exception):
    """A page was asked for by the number of a record that was merged into another one."""

    def __init__(self, patient):
        super().__init__(f"Patient {patient.pk} was merged.")
        self.patient = patient


def merged_records_lead_on(get_response):
    """Middleware: redirect pages of a merged record to the surviving one, and refuse what is sent to them.

    A page finds out when it makes its banner, so that it needs no query for it. What is sent to a page of the patient
    is refused before its view runs, because nothing new may belong to a record that was merged.
    """

    def refuse(request, view, args, kwargs):
        # An address that names a session or another record as well finds that of the person, whichever number it has.
        if request.method != "POST" or set(kwargs) != {"patient_id"}:
            return None
        if takes_back(request.resolver_match.url_name):  # stores nothing, and nothing else gives the tablet back
            return None
        merged = Patient.objects.filter(pk=kwargs["patient_id"]).exclude(merged_into=None)
        if (patient := merged.select_related("merged_into").first()) is None:
            return None
        context = {"patient": patient, "standing": patient.merged_into, "address": _address(request, patient)}
        return render(request, "patients/merged.html", context, status=409)

    def middleware(request):
        return get_response(request)

    middleware.process_view = refuse
    middleware.process_exception = lead_on
    return middleware


def lead_on(request, exception):
    """Redirect a page of a merged record to the same page of the record that stands for it."""
    if not isinstance(exception, LeadsElsewhere):
        return None
    patient = exception.patient
    if set(request.resolver_match.kwargs) == {"patient_id"}:  # the pages of a record say so themselves
        messages.info(request, f"{patient.record_number} ({patient.name}) was merged into this record.")
    return redirect(_address(request, patient))


def _address(request, patient):
    """The address of this request with the patient that the record was merged into."""
    match = request.resolver_match
    address = reverse(match.view_name, kwargs=match.kwargs | {"patient_id": patient.merged_into_id})
    query = request.META.get("QUERY_STRING", "")
    return f"{address}?{query}" if query else address
