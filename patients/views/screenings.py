"""Pages to take a screening and to confirm the last one."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Prefetch, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from patients.build import build_hints
from patients.forms.screenings import ScreeningForm
from patients.integrity.authorization import page_needs
from patients.models import Patient, ScreeningAnswer, ScreeningQuestion
from patients.models.screening import counts_as_yes
from patients.permissions import may_take_screenings
from patients.precautions import screening_state
from patients.registry import registry
from patients.services import confirm_screening, take_screening
from patients.web.banner import patient_banner
from patients.web.posted import posted_uuid
from patients.web.returning import next_address, return_address

from .answering import accepted


@page_needs(may_take_screenings)
@require_http_methods(["GET", "HEAD", "POST"])
def screening_create(request, patient_id):
    """Ask all questions on one page, which starts with the last answers."""
    patient = get_object_or_404(Patient, pk=patient_id)
    state = screening_state(patient, on=timezone.localdate())
    typed = request.POST if request.method == "POST" else None
    banner = patient_banner(request, patient)
    questions = ScreeningQuestion.objects.asked()
    patient_answers = _patient_answers(request, patient)
    alerts = [*banner["alerts"], *build_hints(patient, on=timezone.localdate())]
    known = {"last": state.screening, "alerts": alerts, "patient_answers": patient_answers}
    form = ScreeningForm(typed, patient=patient, questions=questions, **known)
    if form.only_fills:
        form.is_valid()
    elif form.is_valid() and "unchanged" in request.POST and form.has_other_answers:
        form.add_error(None, "Some answers differ from the last screening. Check them, then choose “Save the answers”.")
    elif form.is_valid() and _take(form, patient, request.user):
        return redirect(_after(request, patient))
    context = banner | {
        "next": return_address(request),
        "form": form,
        "state": state,
        "waiting_answers": None if patient_answers else patient.answers_on_tablet.not_confirmed().first(),
        "screenings": patient.screenings.select_related("taken_by", "patient_answers").prefetch_related(
            _answers_to_mind()
        ),
    }
    context["first_visit"] = registry.first_visit(request.user, patient, here="screening", screening=state)
    status = 422 if request.method == "POST" and form.errors else 200
    return render(request, "patients/screening_form.html", context, status=status)


def _patient_answers(request, patient):
    """What the patient answered on the tablet, if this page is to confirm it."""
    key = request.POST.get("answers") or request.GET.get("answers")
    waiting = patient.answers_on_tablet.not_confirmed().select_related("handed_over_by")
    return get_object_or_404(waiting, pk=posted_uuid(key)) if key else None


def _take(form, patient, by):
    return accepted(form, take_screening, patient, by=by, answers=form.answers(), **form.about)


@page_needs(may_take_screenings)
@require_http_methods(["GET", "POST"])
def screening_confirm(request, patient_id):
    """Take a screening with the last answers, when the patient says that nothing has changed."""
    patient = get_object_or_404(Patient, pk=patient_id)
    questions = reverse("screening_create", args=[patient.pk])
    if request.method == "GET":  # after signing in again
        return redirect(questions)
    try:
        confirm_screening(patient, by=request.user)
    except ValidationError as refusal:
        messages.warning(request, " ".join(refusal.messages))
        return HttpResponseClientRedirect(questions) if request.htmx else redirect(questions)
    if request.htmx:
        context = patient_banner(request, patient) | {"back": return_address(request)}
        return render(request, "patients/_screened.html", context)
    return redirect(_after(request, patient))


def _after(request, patient):
    """The address to go to after a screening was taken."""
    clinical_page = reverse(registry.clinical_page, args=[patient.pk])
    return next_address(request, patient, here="screening") or clinical_page


def _answers_to_mind():
    by_patient = Q(patient_said__in=[ScreeningAnswer.Choice.YES, ScreeningAnswer.Choice.NOT_KNOWN])
    answers = ScreeningAnswer.objects.filter(counts_as_yes() | by_patient).select_related("question")
    return Prefetch("answers", queryset=answers, to_attr="answers_to_mind")
