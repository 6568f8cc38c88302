"""Ask the screening questions, or that nothing has changed."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from patients import services
from patients.forms.screenings import ScreeningForm
from patients.models import Patient, ScreeningAnswer, ScreeningQuestion
from patients.models.screening import counts_as_yes
from patients.precautions import precautions_for, screening_state
from patients.registry import registry
from patients.web.returning import asked_to_return


@permission_required("patients.add_screening", raise_exception=True)
@require_http_methods(["GET", "HEAD", "POST"])
def screening_create(request, patient_id):
    """All questions on one page, starting from the last answers."""
    patient = get_object_or_404(Patient, pk=patient_id)
    today = timezone.localdate()
    state = screening_state(patient, on=today)
    typed = request.POST if request.method == "POST" else None
    form = ScreeningForm(typed, questions=ScreeningQuestion.objects.asked(), last=state.screening)
    if request.method == "POST" and _saved(form, patient, request):
        return redirect(asked_to_return(request) or reverse(registry.clinical_page, args=[patient.pk]))
    context = {
        "next": asked_to_return(request),
        "patient": patient,
        "precautions": precautions_for(patient, on=today),
        "form": form,
        "state": state,
        "screenings": patient.screenings.select_related("taken_by").prefetch_related(_answers_to_mind()),
        "nav": "patients",
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "patients/screening_form.html", context, status=status)


@permission_required("patients.add_screening", raise_exception=True)
@require_http_methods(["GET", "POST"])
def screening_confirm(request, patient_id):
    """One tap before a session: nothing has changed since the last screening."""
    patient = get_object_or_404(Patient, pk=patient_id)
    questions = reverse("screening_create", args=[patient.pk])
    if request.method == "GET":  # signing in again leads here
        return redirect(questions)
    try:
        services.confirm_screening(patient, by=request.user)
    except ValidationError as refusal:
        messages.warning(request, " ".join(refusal.messages))
        return HttpResponseClientRedirect(questions) if request.htmx else redirect(questions)
    if request.htmx:
        return render(request, "patients/_screened.html", _screened(patient) | {"back": asked_to_return(request)})
    return redirect(asked_to_return(request) or reverse(registry.clinical_page, args=[patient.pk]))


def _screened(patient):
    today = timezone.localdate()
    return {
        "patient": patient,
        "screening": screening_state(patient, on=today),
        "precautions": precautions_for(patient, on=today),
    }


def _saved(form, patient, request):
    if not form.is_valid():
        return False
    if "unchanged" in request.POST and form.has_changed():
        form.add_error(None, "Some answers differ from the last screening. Check them, then press Save the answers.")
        return False
    try:
        services.take_screening(patient, by=request.user, answers=form.answers())
    except ValidationError as refusal:
        form.add_error(None, refusal)
        return False
    return True


def _answers_to_mind():
    answers = ScreeningAnswer.objects.filter(counts_as_yes()).select_related("question")
    return Prefetch("answers", queryset=answers, to_attr="answers_to_mind")
