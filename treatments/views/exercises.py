"""A patient's exercises: prescribe from the clinic's list, and record what the patient reports."""

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from patients.integrity.authorization import page_needs, require_permission
from patients.models import Patient
from patients.views.answering import accepted
from patients.web.banner import patient_banner
from patients.web.returning import return_address
from treatments.forms.exercises import ExerciseForm, PrescriptionForm, ReportForm
from treatments.models import Exercise, ExercisePicture, ExercisePrescription, ExerciseReport
from treatments.permissions import (
    may_add_exercises,
    may_prescribe_exercises,
    may_read_exercises,
    may_record_exercise_reports,
)
from treatments.services import add_exercise, prescribe_exercise, record_exercise_report


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_read_exercises)
def patient_exercises(request, patient_id):
    patient = get_object_or_404(Patient, pk=patient_id)
    form = None
    if request.method == "POST":
        require_permission(may_prescribe_exercises, request.user)
        form = PrescriptionForm(request.POST)
        if form.is_valid() and accepted(form, prescribe_exercise, patient, by=request.user, **form.cleaned_data):
            messages.success(request, f"Prescribed: {form.cleaned_data['exercise']}.")
            return redirect(request.get_full_path())
    current = _with_reports(patient.exercise_prescriptions.current())
    may_report = may_record_exercise_reports(request.user)
    context = patient_banner(request, patient) | {
        "tab": "exercises",
        "form": form,
        "current": [(one, ReportForm(prescription=one) if may_report else None) for one in current],
        "past": _with_reports(patient.exercise_prescriptions.past()),
        "offered": _rows_of_list(request.user, form, current),
        "next": return_address(request),
    }
    return render(request, "treatments/patient_exercises.html", context, status=422 if form else 200)


def _with_reports(prescriptions):
    reports = ExerciseReport.objects.select_related("recorded_by")
    with_people = prescriptions.newest_first().select_related("exercise", "prescribed_by")
    return list(with_people.prefetch_related(Prefetch("reports", reports)))


def _rows_of_list(user, form, current):
    """(exercise, form) for each exercise of the list; None for the form of one that the patient has already.

    `form` is a form that was sent and refused; it is shown again in its row.
    """
    if not may_prescribe_exercises(user):
        return []
    had = {prescription.exercise.name.lower() for prescription in current}
    rows = []
    for exercise in Exercise.objects.offered():
        if form and form.cleaned_data.get("exercise") == exercise:
            form.keep_ids_of(exercise)
            rows.append((exercise, form))
        else:
            is_had = exercise.name.lower() in had
            rows.append((exercise, None if is_had else PrescriptionForm.for_exercise(exercise)))
    return rows


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_record_exercise_reports)
def exercise_report(request, patient_id, prescription_id):
    prescriptions = ExercisePrescription.objects.select_related("patient", "exercise", "prescribed_by")
    prescription = get_object_or_404(prescriptions, pk=prescription_id, patient_id=patient_id)
    form = ReportForm(request.POST or None, prescription=prescription)
    if form.is_valid() and accepted(form, record_exercise_report, prescription, by=request.user, **form.cleaned_data):
        messages.success(request, f"Recorded: {prescription.exercise}.")
        return redirect("patient_exercises", patient_id)
    context = patient_banner(request, prescription.patient) | {
        "tab": "exercises",
        "prescription": prescription,
        "form": form,
    }
    return render(request, "treatments/exercise_report.html", context, status=422 if form.errors else 200)


@require_safe
@page_needs(may_read_exercises)
def exercise_picture(request, exercise_id):
    picture = get_object_or_404(ExercisePicture, exercises=exercise_id)
    return HttpResponse(bytes(picture.content), content_type="image/jpeg")


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_add_exercises)
def exercise_create(request):
    form = ExerciseForm(request.POST or None, request.FILES or None)
    if form.is_valid() and accepted(form, add_exercise, by=request.user, **form.as_kwargs()):
        messages.success(request, f"“{form.cleaned_data['name']}” is on the clinic’s list.")
        return redirect(return_address(request) or "home")
    if form.errors and request.FILES and not form.has_error("new_picture"):
        form.add_error("new_picture", "Choose the picture again. Browsers do not keep a chosen file.")
    context = {"form": form, "next": return_address(request)}
    return render(request, "treatments/exercise_create.html", context, status=422 if form.errors else 200)
