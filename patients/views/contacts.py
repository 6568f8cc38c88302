"""The pages of a patient's contacts: next of kin, parents, guardians and carers."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from patients.forms.contacts import ContactForm, NewContactForm
from patients.integrity.authorization import page_needs, require_permission
from patients.models import Patient, PatientContact
from patients.permissions import may_change_contacts, may_read_contacts, may_record_contacts
from patients.registry import registry
from patients.services import change_contact, end_contact, record_contact
from patients.web.banner import patient_banner
from patients.web.posted import posted_uuid

from .answering import accepted, is_refused_as


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_read_contacts)
def patient_contacts(request, patient_id):
    patient = get_object_or_404(Patient, pk=patient_id)
    if "end" in request.POST:
        return _end(request, patient)
    if request.method == "POST":
        require_permission(may_record_contacts, request.user)
    known = {"by": request.user, "phone_country": registry.phone_country(request.user)}
    form = NewContactForm(request.POST or None, **known) if may_record_contacts(request.user) else None
    if form and form.is_valid() and accepted(form, record_contact, patient, **known, **form.details()):
        messages.success(request, "Saved.")
        return redirect(request.path)
    contacts = patient.contacts.select_related("recorded_by", "ended_by")
    context = patient_banner(request, patient) | {"form": form, "contacts": contacts.current()}
    context["ended"] = contacts.ended().order_by("-ended_at")
    return render(request, "patients/patient_contacts.html", context, status=422 if form and form.errors else 200)


def _end(request, patient):
    contact = get_object_or_404(patient.contacts.current(), pk=posted_uuid(request.POST["end"]))
    end_contact(contact, by=request.user)
    messages.success(request, f"{contact.name} is no longer a contact of this patient.")
    return redirect(request.path)


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_change_contacts)
def contact_edit(request, patient_id, contact_id):
    patient = get_object_or_404(Patient, pk=patient_id)
    contact = get_object_or_404(patient.contacts.current(), pk=contact_id)
    known = {"by": request.user, "phone_country": registry.phone_country(request.user)}
    form = ContactForm(request.POST or None, instance=contact, **known)
    if form.is_valid() and accepted(form, change_contact, contact, **known, **form.details()):
        messages.success(request, "Saved.")
        return redirect("patient_contacts", patient.pk)
    if is_refused_as(form, "stale"):
        form.show_conflict(PatientContact.objects.get(pk=contact.pk))
    context = patient_banner(request, patient) | {"form": form, "contact": contact}
    return render(request, "patients/contact_edit.html", context, status=422 if form.errors else 200)
