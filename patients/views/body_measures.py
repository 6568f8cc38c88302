"""The page of a patient's height, weight and body mass index."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from patients.build import build_of
from patients.forms.body_measures import BodyMeasureForm
from patients.integrity.authorization import page_needs, require_permission
from patients.models import Patient
from patients.permissions import may_read_body_measures, may_record_body_measures
from patients.services import record_body_measure
from patients.web.banner import patient_banner
from patients.web.returning import return_address

from .answering import accepted


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_read_body_measures)
def body_measures(request, patient_id):
    patient = get_object_or_404(Patient, pk=patient_id)
    if request.method == "POST":
        require_permission(may_record_body_measures, request.user)
    form = BodyMeasureForm(request.POST or None) if may_record_body_measures(request.user) else None
    if form and form.is_valid() and accepted(form, record_body_measure, patient, by=request.user, **form.cleaned_data):
        messages.success(request, "Saved.")
        return redirect(return_address(request) or request.path)
    context = patient_banner(request, patient) | {
        "form": form,
        "measures": patient.body_measures.latest_first().select_related("recorded_by", "error_mark"),
        "build": build_of(patient, on=timezone.localdate()),
        "next": return_address(request),
    }
    return render(request, "patients/body_measures.html", context, status=422 if form and form.errors else 200)
