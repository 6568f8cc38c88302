"""The page of a patient's family, and the note for the front desk, which can be edited while booking."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from patients.audit.request_context import note_hits_shown, note_patients_shown
from patients.forms.people import DeskNoteForm
from patients.integrity.authorization import page_needs
from patients.models import Patient
from patients.namesakes import with_namesakes
from patients.permissions import may_change_patients
from patients.registry import registry
from patients.search import LONGEST_QUERY, find_patients
from patients.services import leave_family, link_family, update_patient
from patients.web.banner import patient_banner
from patients.web.other_sites import with_other_sites
from patients.web.posted import key_in_address
from patients.web.returning import return_address

from .answering import accepted


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_change_patients)
def patient_family(request, patient_id):
    patient = get_object_or_404(Patient, pk=patient_id)
    refusal = None
    if request.method == "POST":
        key = request.POST.get("relative", "")
        relative = get_object_or_404(Patient, pk=key_in_address(key))
        try:
            messages.success(request, _change(request, patient, relative))
            return redirect(request.path)
        except ValidationError as refused:
            refusal = refused
    typed = request.GET.get("q", "")[:LONGEST_QUERY].strip()
    known = {patient.pk, *patient.relatives.values_list("pk", flat=True)}
    found = with_namesakes(find_patients(typed)) if typed else []
    hits = with_other_sites(request.user, [hit for hit in found if hit.pk not in known])
    context = patient_banner(request, patient) | {"typed": typed, "hits": hits, "refusal": refusal}
    context["relatives"] = relatives_with_visits(request.user, patient)
    note_hits_shown(request, hits)
    note_patients_shown(request, [relative.pk for relative in context["relatives"]])
    return render(request, "patients/patient_family.html", context, status=422 if refusal else 200)


def relatives_with_visits(user, patient):
    """The relatives of a patient as a list, each with the `visits` that the user may see."""
    relatives = with_other_sites(user, patient.relatives)
    visits = registry.visits_of(user, relatives)
    for relative in relatives:
        relative.visits = visits.get(relative.pk)
    return relatives


def _change(request, patient, relative):
    """Link or unlink the relative, or take over the relative's phone number. Returns what was done."""
    action = request.POST.get("action")
    if action in ("unlink", "phone") and not patient.relatives.filter(pk=relative.pk).exists():
        raise ValidationError(f"{relative.name} is not linked as family. Reload the page.", code="family")
    if action == "unlink":
        leave_family(relative, by=request.user)
        return f"{relative.name} is no longer linked."
    if action == "phone":
        update_patient(patient, by=request.user, phone=relative.phone)
        return f"{patient.name} has the phone number of {relative.name} now."
    link_family(patient, relative, by=request.user)
    return f"{relative.name} is linked as family."


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_change_patients)
def desk_note(request, patient_id):
    """The note and a form for it: a page of its own, or with htmx a fragment of the page that shows the patient."""
    patient = get_object_or_404(Patient, pk=patient_id)
    stored = {"desk_note": patient.desk_note, "seen_desk_note": patient.desk_note}
    form = DeskNoteForm(request.POST if request.method == "POST" else None, patient=patient, initial=stored)
    is_saved = form.is_valid() and accepted(form, update_patient, patient, by=request.user, **form.details())
    if is_saved and not request.htmx:
        messages.success(request, "Saved.")
        return redirect(return_address(request) or patient)
    context = {"form": form, "next": return_address(request), "is_edited": not is_saved}
    context |= {"patient": is_saved or patient} if request.htmx else patient_banner(request, patient)
    page = "patients/_desk_note.html" if request.htmx else "patients/desk_note.html"
    return render(request, page, context, status=422 if form.errors else 200)
