"""Pages to find, register, show and change patients."""

from functools import partial

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from patients.audit.request_context import note_hits_shown, note_patients_shown
from patients.build import build_of
from patients.consents import may_need_guardian, needs_guardian
from patients.forms.contacts import FirstContactForm
from patients.forms.people import PatientForm, RegistrationForm, details_from_relative, details_from_search
from patients.integrity.authorization import page_needs
from patients.models import Patient, PatientMerge
from patients.namesakes import with_namesakes
from patients.permissions import (
    may_change_patients,
    may_read_body_measures,
    may_read_merges,
    may_read_patients,
    may_register_patients,
)
from patients.registry import registry
from patients.search import LONGEST_QUERY, SHOWN, find_patients
from patients.services import register_patient, update_patient
from patients.services.people import differs_from_record, unreadable_phones
from patients.web.banner import patient_banner
from patients.web.breaking import save_if_seen, seen_in
from patients.web.other_sites import with_other_sites
from patients.web.posted import key_in_address
from patients.web.returning import next_address, return_address

from .answering import accepted, is_refused_as

NAMED_AT_MOST = 3


@require_safe
@page_needs(may_read_patients)
def patient_search(request):
    typed = request.GET.get("q", "")[:LONGEST_QUERY].strip()
    patients = find_patients(typed) if typed else _latest(request.user)
    page = "patients/_patient_hits.html" if request.htmx else "patients/patient_search.html"
    patients = with_other_sites(request.user, with_namesakes(patients))
    note_hits_shown(request, patients)
    visits = registry.visits_of(request.user, patients)
    for patient in patients:
        patient.visits = visits.get(patient.pk)
    return render(request, page, {"nav": "patients", "typed": typed, "patients": patients})


def _latest(user):
    registered = Patient.objects.registered().filter(merged_into=None)
    return registry.of_own_sites(user, registered, "pk").order_by("-pk")[:SHOWN]


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_register_patients)
def patient_create(request):
    relative = _relative(request)
    initial = details_from_relative(relative) if relative else {}
    note_patients_shown(request, [relative.pk] if relative else [])
    initial |= details_from_search(request.GET["typed"][:LONGEST_QUERY]) if request.GET.get("typed") else {}
    country = registry.phone_country(request.user, return_address(request, "then"))
    form = RegistrationForm(request.POST or None, initial=initial, phone_country=country)
    contact_form = _first_contact_form(request, form)
    if request.method == "POST" and contact_form.is_valid() and form.is_valid():
        token = form.cleaned_data["registration_token"]
        known = {"registration_token": token, "relative": relative, "phone_country": form.phone_country}
        known |= contact_form.as_kwargs()
        if patient := accepted(form, register_patient, by=request.user, **known, **form.details()):
            if differs_from_record(patient, form.details(), by=request.user, phone_country=form.phone_country):
                return _already_registered(request, patient)
            messages.success(request, f"{patient.name} is registered as {patient.record_number}.")
            _warn_of_namesakes(request, patient)
            return _saved(request, patient, then=return_address(request, "then"), is_new=True)
    return _form_page(request, form, contact_form=contact_form)


def _first_contact_form(request, form):
    """The form of the new patient's contact, which reads phone numbers as those of the patient."""
    country = request.POST.get("phone_country", "") or registry.phone_country(request.user)
    return FirstContactForm(request.POST or None, by=request.user, phone_country=country)


def _relative(request):
    """The patient in the address whose relative is registered, or None."""
    wanted = request.GET.get("relative", "")
    return get_object_or_404(Patient, pk=key) if (key := key_in_address(wanted)) else None


def _already_registered(request, patient):
    """Somebody went back in the browser, changed something and sent it again: show it beside what is stored."""
    sent = request.POST.copy()
    sent["is_active"] = "on" if patient.is_active else ""
    form = PatientForm(sent, instance=patient)
    form.is_valid()
    return _form_page(request, form, patient=patient, status=409)


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_change_patients)
def patient_edit(request, patient_id):
    patient = get_object_or_404(Patient, pk=patient_id)
    country = registry.phone_country(request.user)
    form = PatientForm(request.POST or None, instance=patient, phone_country=country)
    if request.method == "POST" and form.is_valid():
        if form.is_stale:
            return _form_page(request, form, patient=patient, status=409)
        update = partial(update_patient, patient, by=request.user, phone_country=form.phone_country, **form.details())
        if accepted(form, save_if_seen, update, seen=seen_in(request.POST), patients=[patient]):
            messages.success(request, "Saved.")
            return _saved(request, Patient.objects.get(pk=patient.pk))
        if is_refused_as(form, "stale"):
            form.compare_with(Patient.objects.get(pk=patient.pk))
            return _form_page(request, form, patient=patient, status=409)
    return _form_page(request, form, patient=patient)


@require_safe
@page_needs(may_read_patients)
def patient_detail(request, patient_id):
    patient = get_object_or_404(Patient, pk=patient_id)
    episodes = patient.episodes.not_undone().select_related("lead")
    asks_guardian = not patient.died_on and needs_guardian(patient, on=timezone.localdate())
    context = patient_banner(request, patient) | {"episodes": episodes, "needs_guardian": asks_guardian}
    context["may_need_guardian"] = not patient.died_on and may_need_guardian(patient, on=timezone.localdate())
    context["first_visit"] = registry.first_visit(request.user, patient, screening=context["screening"])
    context["visits"] = registry.visits_of(request.user, [patient]).get(patient.pk)
    if may_read_merges(request.user):
        context["merges"] = PatientMerge.objects.standing().about(patient).with_people()
        note_patients_shown(request, [pk for merge in context["merges"] for pk in merge.record_ids])
    if may_read_body_measures(request.user):
        context["build"] = build_of(patient, on=timezone.localdate())
    return render(request, "patients/patient_detail.html", context)


def _saved(request, patient, then="", is_new=False):
    """Redirect to the page `then` with the patient in its address, else to a first visit's next step or the patient."""
    for phone in unreadable_phones(patient, by=request.user):
        messages.warning(request, f"“{phone}” cannot be read as a phone number. It is saved as you typed it.")
    if then:
        return redirect(_with_patient(then, patient))
    return redirect(is_new and next_address(request, patient, here="registration") or patient)


def _with_patient(page, patient):
    return f"{page}{'&' if '?' in page else '?'}patient={patient.pk}"


def _warn_of_namesakes(request, patient):
    with_namesakes([patient])
    for other in patient.namesakes[:NAMED_AT_MOST]:
        alike = "the same name" if other.is_same else "a similar name"
        facts = f"{other.name}, {other.birth.words}, {other.record_number}"
        messages.warning(request, f"Name alert: {facts}, has {alike}.")


def _form_page(request, form, *, patient=None, contact_form=None, status=None):
    """Render the form. The banner of a patient shows what is stored, not what was typed."""
    context = patient_banner(request, Patient.objects.get(pk=patient.pk)) if patient else {"nav": "patients"}
    context |= {} if patient else {"contact_form": contact_form}
    is_refused = form.errors or (contact_form and contact_form.errors)
    status = status or (422 if is_refused else 200)
    # After other errors the page has not shown what is stored now, so the values that were seen stay the same.
    seen = request.POST.get("seen", "") if status == 422 else form.now_stored
    context |= {"form": form, "seen": seen, "is_conflict": status == 409, "then": return_address(request, "then")}
    return render(request, "patients/patient_form.html", context, status=status)
