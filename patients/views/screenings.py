"""Ask the screening questions, or that nothing has changed."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from patients.forms.screenings import ScreeningForm
from patients.integrity.authorization import page_needs
from patients.models import Patient, ScreeningAnswer, ScreeningQuestion
from patients.models.screening import counts_as_yes
from patients.permissions import may_take_screenings
from patients.precautions import screening_state
from patients.registry import registry
from patients.services import confirm_screening, take_screening
from patients.web.banner import patient_banner
from patients.web.returning import asked_to_return

from .answering import accepted


@page_needs(may_take_screenings)
@require_http_methods(["GET", "HEAD", "POST"])
def screening_create(request, patient_id):
    """All questions on one page, starting from the last answers."""
    patient = get_object_or_404(Patient, pk=patient_id)
    state = screening_state(patient, on=timezone.localdate())
    typed = request.POST if request.method == "POST" else None
    banner = patient_banner(request, patient)
    questions = ScreeningQuestion.objects.asked()
    form = ScreeningForm(typed, questions=questions, last=state.screening, alerts=banner["alerts"])
    if form.is_valid() and "unchanged" in request.POST and form.has_changed():
        form.add_error(None, "Some answers differ from the last screening. Check them, then press Save the answers.")
    elif form.is_valid() and accepted(form, take_screening, patient, by=request.user, answers=form.answers()):
        return redirect(asked_to_return(request) or reverse(registry.clinical_page, args=[patient.pk]))
    context = banner | {
        "next": asked_to_return(request),
        "form": form,
        "state": state,
        "screenings": patient.screenings.select_related("taken_by").prefetch_related(_answers_to_mind()),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "patients/screening_form.html", context, status=status)


@page_needs(may_take_screenings)
@require_http_methods(["GET", "POST"])
def screening_confirm(request, patient_id):
    """One tap before a session: nothing has changed since the last screening."""
    patient = get_object_or_404(Patient, pk=patient_id)
    questions = reverse("screening_create", args=[patient.pk])
    if request.method == "GET":  # signing in again leads here
        return redirect(questions)
    try:
        confirm_screening(patient, by=request.user)
    except ValidationError as refusal:
        messages.warning(request, " ".join(refusal.messages))
        return HttpResponseClientRedirect(questions) if request.htmx else redirect(questions)
    if request.htmx:
        context = patient_banner(request, patient) | {"back": asked_to_return(request)}
        return render(request, "patients/_screened.html", context)
    return redirect(asked_to_return(request) or reverse(registry.clinical_page, args=[patient.pk]))


def _answers_to_mind():
    answers = ScreeningAnswer.objects.filter(counts_as_yes()).select_related("question")
    return Prefetch("answers", queryset=answers, to_attr="answers_to_mind")
