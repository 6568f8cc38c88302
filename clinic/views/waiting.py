"""The waiting list: show it, add and close entries, and book a freed time for a patient on it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic.forms.diary import WaitingForm
from clinic.models import Appointment, Site, WaitingListEntry
from clinic.permissions import may_add_to_waiting_list, may_book, may_close_waiting_entries, may_see_waiting_list
from clinic.services import add_to_waiting_list, book_waiting_entry, close_waiting_entry
from patients.integrity.authorization import page_needs
from patients.models import Patient
from patients.views.answering import accepted

from .appointments import confirm_change, render_appointment
from .filters import number, site_of
from .side_panel import render_side_panel, respond_to_change


@require_safe
@page_needs(may_see_waiting_list)
def waiting_list(request):
    return _list(request)


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_add_to_waiting_list)
def waiting_create(request):
    asked = request.POST if request.method == "POST" else request.GET
    patient = get_object_or_404(Patient, pk=number(asked, "patient"))
    initial = {"type": number(asked, "type"), "practitioner": number(asked, "practitioner")}
    form = WaitingForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid() and accepted(form, add_to_waiting_list, patient, by=request.user, **form.cleaned_data):
        return respond_to_change(
            request, f"{patient.name} is on the waiting list.", lambda: _list(request), "waiting_list"
        )
    context = {"patient": patient, "form": form}
    return render_side_panel(request, "clinic/_waiting_form.html", context, status=422 if form.errors else 200)


@require_POST
@page_needs(may_close_waiting_entries)
def waiting_close(request, entry_id):
    entry = get_object_or_404(WaitingListEntry.objects.select_related("patient"), pk=entry_id)
    close_waiting_entry(entry, by=request.user)
    return respond_to_change(
        request, f"{entry.patient.name} is no longer on the waiting list.", lambda: _list(request), "waiting_list"
    )


@require_POST
@page_needs(may_book)
def waiting_book(request, entry_id):
    """Book the time of a cancelled visit for a patient on the waiting list."""
    entry = get_object_or_404(WaitingListEntry.objects.open().select_related("patient", "type"), pk=entry_id)
    freed = get_object_or_404(Appointment.objects.with_names(), pk=number(request.POST, "freed"))
    try:
        if freed.starts_at <= timezone.now():
            raise ValidationError("That time is in the past. Choose a later one.", code="over")
        booked = book_waiting_entry(
            entry, by=request.user, practitioner=freed.practitioner, starts_at=freed.starts_at, room=freed.room
        )
    except ValidationError as refusal:
        if request.htmx:
            return render_appointment(request, freed, refusal=refusal, status=409)
        messages.error(request, " ".join(refusal.messages))
        return redirect("appointment_detail", freed.pk)
    return confirm_change(
        request, booked.pk, f"Booked: {entry.patient.name}, {booked.times}. Please let the patient know."
    )


def _list(request):
    entries = WaitingListEntry.objects.open().select_related("patient", "type", "practitioner__user")
    context = {"waiting": entries.most_urgent_first(), "site": site_of(request, list(Site.objects.all()))}
    return render_side_panel(request, "clinic/_waiting.html", context)
