"""Pages for a patient who answers the screening questions alone, on the clinic's tablet, and to take it back."""

from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from patients.forms.tablet import PatientAnswersForm
from patients.integrity.authorization import page_needs
from patients.models import Patient, ScreeningQuestion
from patients.permissions import may_take_screenings
from patients.registry import registry
from patients.services import keep_patient_answers
from patients.web.tablet import hand_over, is_handed_over, take_back

from .answering import accepted


@page_needs(may_take_screenings)
@require_POST
def screening_hand_over(request, patient_id):
    """Show nothing but the questions for the patient until somebody proves who they are."""
    patient = get_object_or_404(Patient, pk=patient_id)
    hand_over(request, patient)
    return redirect("screening_by_patient", patient.pk)


@page_needs(may_take_screenings)
@require_http_methods(["GET", "HEAD", "POST"])
def screening_by_patient(request, patient_id):
    """The questions in large type. They start without answers, so that each is read."""
    patient = get_object_or_404(Patient, pk=patient_id)
    if not is_handed_over(request, patient):
        return redirect("screening_create", patient.pk)
    typed = request.POST if request.method == "POST" else None
    form = PatientAnswersForm(typed, patient=patient, questions=ScreeningQuestion.objects.asked_of_patients())
    if form.only_fills:
        form.is_valid()
    elif form.is_valid() and accepted(form, keep_patient_answers, patient, by=request.user, **form.as_kwargs()):
        return redirect("screening_take_back", patient.pk)
    status = 422 if typed is not None and form.errors else 200
    return render(request, "patients/screening_by_patient.html", {"patient": patient, "form": form}, status=status)


@page_needs(may_take_screenings)
@require_http_methods(["GET", "HEAD", "POST"])
def screening_take_back(request, patient_id):
    """Thank the patient; the therapist goes on with a proof of who they are."""
    patient = get_object_or_404(Patient, pk=patient_id)
    if not is_handed_over(request, patient):
        return redirect("screening_create", patient.pk)
    typed = request.POST if request.method == "POST" else None
    form = registry.proof_form(typed, request=request, takes_held_proof=False)
    answers = patient.answers_on_tablet.not_confirmed().first()
    if form.is_valid():
        take_back(request)
        page = reverse("screening_create", args=[patient.pk])
        return redirect(f"{page}?answers={answers.pk}" if answers else page)
    context = {"patient": patient, "proof_form": form, "answers": answers}
    return render(request, "patients/screening_take_back.html", context, status=422 if form.is_bound else 200)
