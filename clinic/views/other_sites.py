"""The question for a reason, before the record of a patient of another site is shown."""

from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from clinic.forms.other_sites import ReasonForm
from clinic.platform.middleware.other_sites import ask_for_reason
from clinic.services import open_with_reason
from clinic.site_access import may_open_record
from patients.integrity.authorization import page_needs
from patients.models import Patient
from patients.permissions import may_read_patients
from patients.views.answering import accepted
from patients.web.returning import return_address


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_read_patients)
def record_of_other_site(request, patient_id):
    """Take the reason and go on to the page that was asked for."""
    patient = get_object_or_404(Patient, pk=patient_id)
    after = return_address(request)
    if may_open_record(request.user, patient.pk):
        return redirect(after or patient)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and accepted(form, open_with_reason, patient, by=request.user, **form.cleaned_data):
        return redirect(after or patient)
    return ask_for_reason(request, patient, after=after, form=form, status=422 if form.errors else 200)
