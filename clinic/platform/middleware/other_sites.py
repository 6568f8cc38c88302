"""The record of a patient of another site opens only with a reason. One middleware asks for it before every page."""

from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from clinic.forms.other_sites import ReasonForm
from clinic.platform.patients_in_requests import patient_ids_asked_for
from clinic.site_access import access_with_reason, is_of_own_site, sites_of, sites_of_others
from patients.audit.chain import paths_to_patient
from patients.models import Patient

ASKS = "record_of_other_site"  # the name of the page that takes the reason
# Pages of the admin that show no records.
OF_EVERY_STAFF = {"index", "login", "logout", "jsi18n", "password_change", "password_change_done"}


def reason_first(get_response):
    """Middleware: show the question for a reason, with status 403, instead of a record of another site.

    What is sent about such a patient is refused with the same page. For people who work at all sites, and in a clinic
    with one site, it needs no query.
    """

    def ask(request, view, args, kwargs):
        if not request.user.is_authenticated or sites_of(request.user) is None:
            return None
        match = request.resolver_match
        if match.app_name == "admin" and "object_id" not in kwargs:
            _refuse_lists_of_all_sites(match, view)
        if match.url_name == ASKS:
            return None
        for patient_id in patient_ids_asked_for(request, view, kwargs):
            if is_of_own_site(request.user, patient_id):
                continue
            request.other_site_access = access_with_reason(request.user, patient_id)
            if request.other_site_access is None and (patient := Patient.objects.filter(pk=patient_id).first()):
                return _question(request, patient)
        return None

    def middleware(request):
        return get_response(request)

    middleware.process_view = ask
    return middleware


def _question(request, patient):
    after = request.get_full_path() if request.method == "GET" else ""
    if request.htmx:  # the question needs a whole page; a form in it returns to the page around the fragment
        address = reverse(ASKS, args=[patient.pk]) + (f"?{urlencode({'next': after})}" if after else "")
        return HttpResponse(status=403, headers={"HX-Redirect": address})
    return ask_for_reason(request, patient, after=after, status=403)


def ask_for_reason(request, patient, *, after, form=None, status):
    """The page with the question: who the patient is and of which sites, and nothing else of the record.

    `after` is the address of the page that is shown once there is a reason; empty for the page of the patient.
    """
    sites = sites_of_others(request.user, [patient]).get(patient.pk)
    context = {"nav": "patients", "patient": patient, "sites": sites, "form": form or ReasonForm(), "next": after}
    return render(request, "clinic/record_of_other_site.html", context, status=status)


def _refuse_lists_of_all_sites(match, view):
    """Lists and reports of the admin are of all sites, so they are not for staff who work at some of them."""
    model_admin = getattr(view, "model_admin", None)
    shows_patients = bool(paths_to_patient(model_admin.model)) if model_admin else match.url_name not in OF_EVERY_STAFF
    if shows_patients:
        raise PermissionDenied("Lists in the admin have records of all sites.")
