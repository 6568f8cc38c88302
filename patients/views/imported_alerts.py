"""The page of the allergies and alerts that were imported about a patient."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from patients.forms.imported_alerts import EndAlertForm
from patients.imported_alerts import with_known_since
from patients.integrity.authorization import page_needs, require_permission
from patients.models import Patient
from patients.permissions import may_decide_imported_alerts, may_read_imported_alerts
from patients.services import confirm_imported_alert, end_imported_alert
from patients.web.banner import patient_banner
from patients.web.posted import posted_uuid

from .answering import accepted


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_read_imported_alerts)
def imported_alerts(request, patient_id):
    patient = get_object_or_404(Patient, pk=patient_id)
    alerts = patient.imported_alerts.select_related("confirmed_by", "ended_by")
    form, chosen = EndAlertForm(), None
    if request.method == "POST":
        require_permission(may_decide_imported_alerts, request.user)
        chosen = get_object_or_404(alerts.current(), pk=posted_uuid(request.POST.get("alert", "")))
        form = EndAlertForm(request.POST, is_needed="end" in request.POST)
        if form.is_valid() and _decided(request, form, chosen):
            return redirect(request.path)
    current = with_known_since(alerts.current())
    forms = [(alert, form if alert == chosen else EndAlertForm(alert=alert)) for alert in current]
    context = patient_banner(request, patient) | {"form": form, "current": forms}
    context["ended"] = with_known_since(alerts.ended().order_by("-ended_at"))
    return render(request, "patients/imported_alerts.html", context, status=422 if form.errors else 200)


def _decided(request, form, alert):
    """End the alert with the reason of the form, or confirm it. True if the service accepted it."""
    if "end" in request.POST:
        done = accepted(form, end_imported_alert, alert, by=request.user, reason=form.cleaned_data["end_reason"])
    else:
        done = accepted(form, confirm_imported_alert, alert, by=request.user)
    if done:
        messages.success(request, f"Ended: {done}." if done.ended_at else f"Confirmed: {done}.")
    return done is not None
