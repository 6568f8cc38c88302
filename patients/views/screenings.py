"""Ask the screening questions."""

from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from patients import services
from patients.forms_screening import ScreeningForm
from patients.models import Patient, ScreeningAnswer, ScreeningQuestion
from patients.precautions import precautions_for, screening_state


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
        return redirect("patient_chart", patient.pk)
    context = {
        "patient": patient,
        "precautions": precautions_for(patient, on=today),
        "form": form,
        "state": state,
        "screenings": patient.screenings.select_related("taken_by").prefetch_related(_yes_answers()),
        "nav": "patients",
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "patients/screening_form.html", context, status=status)


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


def _yes_answers():
    yes = ScreeningAnswer.objects.filter(is_yes=True).select_related("question")
    return Prefetch("answers", queryset=yes, to_attr="yes_answers")
