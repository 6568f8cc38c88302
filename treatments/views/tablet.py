"""One hand-over of the tablet for several things, and the page on which the patient draws where it hurts."""

from uuid import uuid4

from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from patients.integrity.authorization import page_needs
from patients.models import Patient
from patients.precautions import screening_state
from patients.views.answering import accepted
from patients.views.tablet import take_back_page
from patients.web.banner import patient_banner
from patients.web.tablet import go_on, hand_over, is_handed_over
from patients.web.typed import keep_typed
from treatments.forms.tablet import DRAWING, PatientDrawingForm, TabletForm
from treatments.models import Assessment, PatientDrawing
from treatments.permissions import may_hand_over_tablet
from treatments.services import keep_patient_drawing

from .questionnaires import KEPT


@page_needs(may_hand_over_tablet)
@require_http_methods(["GET", "HEAD", "POST"])
def tablet_hand_over(request, patient_id):
    """Choose what the patient does on the tablet, then show nothing else until somebody proves who they are."""
    patient = get_object_or_404(Patient, pk=patient_id)
    form = TabletForm(request.POST if request.method == "POST" else None, patient=patient, initial=_due(patient))
    if form.is_valid():
        if form.cleaned_data.get("measure"):
            keep_typed(request, patient, form.questionnaires(), KEPT)
        hand_over(request, patient, *form.pages)
        return redirect(form.pages[0], patient.pk)
    context = patient_banner(request, patient) | {"form": form}
    return render(request, "treatments/tablet_hand_over.html", context, status=422 if form.errors else 200)


def _due(patient):
    """What is ticked at first: the screening unless one is in force or answered already, and the drawing."""
    is_screened = screening_state(patient, on=timezone.localdate()).is_valid
    answered = patient.answers_on_tablet.not_confirmed().exists()
    is_assessed = Assessment.objects.counting().signed().filter(patient=patient).exists()
    drawn = PatientDrawing.objects.filter(patient=patient).waiting().exists()
    return {"screening": not is_screened and not answered, "drawing": not is_assessed and not drawn}


@page_needs(may_hand_over_tablet)
@require_http_methods(["GET", "HEAD", "POST"])
def drawing_by_patient(request, patient_id):
    """The body chart in large, to draw on. The therapist takes the drawing into the assessment afterwards."""
    patient = get_object_or_404(Patient, pk=patient_id)
    if not is_handed_over(request, patient, DRAWING):
        return redirect("patient_chart", patient.pk)
    first = {"drawn_by_name": patient.full_name, "id": uuid4()}
    form = PatientDrawingForm(request.POST if request.method == "POST" else None, initial=first)
    if form.is_valid() and accepted(form, keep_patient_drawing, patient, by=request.user, **form.cleaned_data):
        return redirect(go_on(request, ""), patient.pk)
    context = {"patient": patient, "form": form, "drawing": _drawn(form)}
    return render(request, "treatments/drawing_by_patient.html", context, status=422 if form.errors else 200)


def _drawn(form):
    """What is drawn so far, for the page that is shown again."""
    return form.cleaned_data.get("drawing", []) if form.is_bound else []


@page_needs(may_hand_over_tablet)
@require_http_methods(["GET", "HEAD", "POST"])
def drawing_take_back(request, patient_id):
    """Thank the patient; the therapist proves who they are and goes on, to the draft of the assessment if any."""
    patient = get_object_or_404(Patient, pk=patient_id)
    drafts = Assessment.objects.counting().drafts().filter(patient=patient, practitioner__user=request.user)
    draft = drafts.latest_first().first()
    is_done = PatientDrawing.objects.filter(patient=patient).waiting().exists()
    then = draft.get_absolute_url() if draft else ""
    return take_back_page(request, patient, DRAWING, then=then, is_done=is_done)
