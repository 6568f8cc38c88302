"""Start a session, from the day list or from the chart."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from clinic.models import Appointment
from patients.integrity.authorization import page_needs
from patients.models import Patient
from patients.web.banner import patient_banner
from patients.web.posted import posted_number, posted_uuid
from treatments import services
from treatments.forms.starting import AnotherSessionForm
from treatments.permissions import may_start_sessions
from treatments.record.starting import OpenDraft, drafts_of_today


@require_http_methods(["GET", "POST"])
@page_needs(may_start_sessions)
def session_start(request, patient_id):
    patient = get_object_or_404(Patient, pk=patient_id)
    if request.method == "GET":  # a redirect after signing in again
        return redirect("patient_chart", patient.pk)
    appointment = None
    if request.POST.get("appointment"):
        appointment = get_object_or_404(Appointment, pk=posted_number(request.POST["appointment"]), patient=patient)
    sent = {"session_id": posted_uuid(request.POST.get("session_id")), "appointment": appointment}
    known = {"session_id": sent["session_id"], "appointment": appointment and appointment.pk}
    form = AnotherSessionForm(request.POST if "reason" in request.POST else None, initial=known)
    if form.is_bound and not form.is_valid():
        return _another_session(request, patient, form, drafts_of_today(patient))
    sent |= {"reason": form.cleaned_data["reason"]} if form.is_bound else {}
    try:
        session = services.start_session(patient, by=request.user, **sent)
    except OpenDraft as refusal:
        return _another_session(request, patient, form, refusal.drafts)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect("patient_chart", patient.pk)
    return redirect(session)


def _another_session(request, patient, form, drafts):
    context = patient_banner(request, patient) | {"form": form, "drafts": drafts}
    return render(request, "treatments/session_start.html", context, status=422 if form.errors else 409)
