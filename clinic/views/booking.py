"""Book a visit: choose a found time or enter one. Clashes are shown with the visits that cause them."""

from urllib.parse import urlencode

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from clinic.diary import local_time
from clinic.diary.patient_visits import visits_for_user
from clinic.first_run import is_bookable
from clinic.forms.diary import OTHER, BookingForm, instant_of
from clinic.models import Appointment, AppointmentType, Practitioner, WaitingListEntry
from clinic.permissions import may_book, may_book_from_waiting_list
from clinic.services import book_appointment, book_waiting_entry, record_past_visit
from clinic.site_access import own_sites
from patients.audit.request_context import note_hits_shown, note_patients_shown
from patients.integrity.authorization import page_needs
from patients.models import Patient
from patients.namesakes import with_namesakes
from patients.search import LONGEST_QUERY, find_patients
from patients.views.answering import accepted
from patients.views.families import relatives_with_visits
from patients.web.other_sites import with_other_sites
from patients.web.returning import return_address

from .appointments import confirm_change
from .filters import number, site_of
from .offers import (
    drafted,
    explain_refusal,
    gap_offer,
    has_room,
    is_search,
    offered,
    own_practitioner,
    render_found,
    wish_form_of,
)
from .side_panel import render_side_panel

KEPT = ("practitioner", "at", "type", "site", "from_day", "waiting", "then", "in_room")
TYPED = ("slot", "day", "time", "fold", "who", "room", "minutes", "note")


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_book)
def appointment_create(request):
    asked = request.POST if request.method == "POST" else request.GET
    if not is_bookable():
        return render_side_panel(request, "clinic/_not_bookable.html", {}, status=409 if request.POST else 200)
    patient = _patient(asked)
    if patient is None:
        return _choose_patient(request)
    if request.method == "POST":
        return _book(request, patient)
    context = _context(request, asked, patient)
    if is_search(request):
        return render_found(request, context, context["site"])
    slots = context["slots"]
    typed = {name: asked[name] for name in TYPED if asked.get(name)}
    initial = {"type": context["kind"], "slot": slots[0].value if slots else OTHER} | typed
    form = BookingForm(initial=initial, **_choices(context))
    return _booking_page(request, context | {"form": form})


def _patient(asked):
    return get_object_or_404(Patient, pk=number(asked, "patient")) if asked.get("patient") else None


def _choices(context):
    wish_form = context["wish_form"]
    return {"site": context["site"], "people": wish_form.people, "rooms": wish_form.rooms}


def _type(types, asked, patient):
    """The chosen type of visit, or that of the patient's last visit, or the first one."""
    for kind in types:
        if kind.pk == number(asked, "type"):
            return kind
    last = AppointmentType.objects.filter(is_active=True, appointments__patient=patient)
    return last.order_by("-appointments__starts_at").first() or next(iter(types), None)


def _context(request, asked, patient, *, searches=True):
    """What the booking page shows of a request: the patient, the type of visit and the times that are found."""
    sites, chosen = own_sites(request.user), own_practitioner(request.user)
    people = Practitioner.objects.active().filter(site__in=sites).select_related("user", "site")
    if chosen:
        people = people.filter(pk=chosen.pk)
    elif asked.get("practitioner"):
        chosen = people.filter(pk=number(asked, "practitioner")).first()
    site = chosen.site if chosen else site_of(request, sites)
    types, starts_at = list(AppointmentType.objects.filter(is_active=True)), instant_of(asked.get("at", ""))
    first = {"from_day": local_time.local_day(starts_at, site.zone).isoformat()} if starts_at else {}
    if starts_at and asked.get("in_room"):
        # The gap of a room: find who is free there from this time on.
        first["after"] = f"{starts_at.astimezone(site.zone):%H:%M}"
    context = {"patient": patient, "site": site, "asked": asked, "types": types, "kind": _type(types, asked, patient)}
    context["relatives"] = relatives_with_visits(request.user, patient)
    note_patients_shown(request, [patient.pk, *(relative.pk for relative in context["relatives"])])
    context["wish_form"] = wish_form_of(request, asked, site, **first)
    if may_book_from_waiting_list(request.user):
        context["waiting"] = patient.waiting_list_entries.open().with_names()
    # The gap stays that of the person in whose column it was clicked.
    context["clicked"] = people.filter(pk=number(asked, "at_with")).first() if asked.get("at_with") else chosen
    return context | _offers(context) if searches else context


def _offers(context):
    """The gap that was clicked and the times that are found, for the context of the page."""
    kind, wish_form, asked = context["kind"], context["wish_form"], context["asked"]
    minutes = wish_form.cleaned_data.get("minutes") if wish_form.is_valid() else None
    picked = gap_offer(context["clicked"], asked.get("at"), minutes or kind.minutes) if kind else []
    kept = [(name, asked.get(name)) for name in ("patient", "type", "site", "at", "at_with", "waiting", "then")]
    path = reverse("appointment_create")
    return offered(kind, wish_form, patient=context["patient"], path=path, kept=kept, picked=picked)


def _choose_patient(request):
    typed = request.GET.get("q", "")[:LONGEST_QUERY].strip()
    kept = [(name, value) for name in KEPT for value in request.GET.getlist(name) if value]
    context = {
        "typed": typed,
        "patients": with_other_sites(request.user, with_namesakes(find_patients(typed))) if typed else [],
        "kept": kept,
        "asked": request.GET,
    }
    note_hits_shown(request, context["patients"])
    is_hits = request.htmx.target == "booking-hits"
    status = 422 if request.method == "POST" else 200
    visits = visits_for_user(request.user, context["patients"])
    for patient in context["patients"]:
        patient.visits = visits.get(patient.pk)
    context["then"] = "?".join(filter(None, [reverse("appointment_create"), urlencode(kept)]))
    return render_side_panel(
        request, f"clinic/_booking_{'hits' if is_hits else 'patient'}.html", context, status=status
    )


def _book(request, patient):
    context = _context(request, request.POST, patient, searches=False)
    form = BookingForm(request.POST, **_choices(context))
    if not form.is_valid():
        return _booking_page(request, context | _offers(context) | {"form": form}, status=422)
    draft = drafted(Appointment(patient=patient, type=form.cleaned_data["type"]), *form.when, form.minutes)
    fields = {"room": draft.room} | form.visit_fields() | form.placement_fields()
    if form.is_over:
        return _record_past(request, patient, form, context, draft)
    entry = _waiting_entry(request, patient)
    booked = has_room(form, draft) and (
        accepted(form, book_waiting_entry, entry, by=request.user, **fields)
        if entry
        else accepted(form, book_appointment, by=request.user, patient=patient, **fields)
    )
    if not booked:
        refused, status = explain_refusal(form, draft, context["wish_form"].people)
        return _booking_page(request, context | {"form": form} | refused, status=status)
    return _confirm(request, booked, f"Booked: {patient.name}, {describe(booked)}.")


def _record_past(request, patient, form, context, draft):
    """Enter a visit that took place. It gets only the room that the user chose."""
    practitioner, draft.room, starts_at = form.when
    typed = form.cleaned_data
    fields = {"practitioner": practitioner, "room": draft.room, "starts_at": starts_at} | form.visit_fields()
    fields |= {"reason": typed["afterwards_reason"], "overlap_reason": typed["overlap_reason"]}
    visit = accepted(form, record_past_visit, by=request.user, patient=patient, **fields)
    if not visit:
        refused, status = explain_refusal(form, draft, context["wish_form"].people)
        return _booking_page(request, context | {"form": form} | refused, status=status)
    return _confirm(request, visit, f"Entered as done: {patient.name}, {describe(visit)}.")


def _waiting_entry(request, patient):
    """The entry of the waiting list that the booking fulfils, or None."""
    pk = number(request.POST, "waiting")
    if not pk or not may_book_from_waiting_list(request.user):
        return None
    return WaitingListEntry.objects.filter(patient=patient, pk=pk).first()


def _confirm(request, booked, message):
    """Show the visit, or go back to the page that asked for it."""
    if then := return_address(request, "then"):
        messages.success(request, message)
        return HttpResponseClientRedirect(then) if request.htmx else redirect(then)
    return confirm_change(request, booked.pk, message)


def refused_booking(request, patient, form):
    """The booking form again, with what was entered for a repeat and the errors."""
    context = _context(request, request.POST, patient) | {"form": form, "is_repeat": True}
    return _booking_page(request, context, status=422)


def describe(visit):
    """The day, times and practitioner of a visit: "Thu 3 Dec 10:00 to 10:30, Marit Solberg"."""
    start = visit.starts_at.astimezone(visit.zone)
    return f"{start:%a} {start.day} {start:%b} {visit.times}, {visit.practitioner}"


def _booking_page(request, context, status=200):
    return render_side_panel(request, "clinic/_booking.html", context, zone=context["site"].zone, status=status)
