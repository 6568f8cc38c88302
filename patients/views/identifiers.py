"""The page of a patient's national and insurance numbers."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from patients.forms.identifiers import IdentifierForm
from patients.integrity.authorization import page_needs, require_permission
from patients.models import Patient
from patients.permissions import may_read_identifiers, may_record_identifiers
from patients.services import record_identifier, remove_identifier
from patients.web.banner import patient_banner
from patients.web.posted import posted_uuid

from .answering import accepted


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_read_identifiers)
def identifiers(request, patient_id):
    patient = get_object_or_404(Patient, pk=patient_id)
    if "remove" in request.POST:
        return _remove(request, patient)
    if request.method == "POST":
        require_permission(may_record_identifiers, request.user)
    form = IdentifierForm(request.POST or None) if may_record_identifiers(request.user) else None
    if form and form.is_valid() and accepted(form, record_identifier, patient, by=request.user, **form.cleaned_data):
        messages.success(request, "Saved.")
        return redirect(request.path)
    recorded = patient.identifiers.in_use().select_related("recorded_by")
    context = patient_banner(request, patient) | {"form": form, "identifiers": recorded}
    return render(request, "patients/identifiers.html", context, status=422 if form and form.errors else 200)


def _remove(request, patient):
    key = posted_uuid(request.POST["remove"])
    identifier = get_object_or_404(patient.identifiers.in_use(), pk=key)
    remove_identifier(identifier, by=request.user)
    messages.success(request, "The number was removed.")
    return redirect(request.path)
