"""Book or move a visit: choose an offered time or enter one. Clashes are shown with the visits that cause them."""

from datetime import timedelta
from urllib.parse import urlencode

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clinic.diary import local_time
from clinic.diary.availability import best_slots, free_room, free_slots
from clinic.diary.clashes import clashes_of
from clinic.diary.patient_visits import visits_of
from clinic.forms.diary import OTHER, BookingForm, MoveForm, instant_of, slot_value
from clinic.models import Appointment, AppointmentType, Practitioner, Site
from clinic.permissions import may_book
from clinic.services import book_appointment, move_appointment, move_this_and_following
from patients.integrity.authorization import page_needs
from patients.models import Patient
from patients.namesakes import with_namesakes
from patients.search import LONGEST_QUERY, find_patients
from patients.views.answering import accepted, is_refused_as
from patients.web.returning import return_address

from .appointments import change_required, confirm_change
from .filters import number, site_of
from .side_panel import render_side_panel

OFFERED = 5
NEAREST = 4
SAME_TIME = 12  # at most so many practitioners are free at one time; only one of them is offered
DAYS = 28


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_book)
def appointment_create(request):
    asked = request.POST if request.method == "POST" else request.GET
    patient = _patient(asked)
    if patient is None:
        return _choose_patient(request)
    kind, chosen = _type(asked, patient), _practitioner(asked)
    site = chosen.site if chosen else site_of(request, list(Site.objects.all()))
    context = {"patient": patient, "kind": kind, "chosen": chosen, "site": site, "asked": asked}
    if request.method == "POST":
        return _book(request, context)
    slots = _offers(kind, site, chosen, patient, asked.get("at"))
    form = BookingForm(site=site, initial={"type": kind, "slot": slots[0].value if slots else OTHER})
    return _booking_page(request, context | {"form": form, "slots": slots})


@require_http_methods(["GET", "HEAD", "POST"])
@change_required
def appointment_move(request, appointment_id):
    appointment = get_object_or_404(Appointment.objects.with_names(), pk=appointment_id)
    if request.method == "POST":
        return _move(request, appointment)
    start = appointment.starts_at.astimezone(appointment.zone)
    initial = {"version": appointment.version, "slot": OTHER, "day": start.date(), "time": start.time()}
    initial |= {"who": appointment.practitioner_id, "room": appointment.room_id}
    form = MoveForm(site=appointment.practitioner.site, initial=initial)
    return _move_page(request, appointment, form)


class Offer:
    """A time that the form offers, with the value of its radio button and a hint."""

    def __init__(self, practitioner, room, starts_at, hint=""):
        self.practitioner, self.room, self.hint = practitioner, room, hint
        self.starts_at = starts_at.astimezone(practitioner.site.zone)
        self.value = slot_value(practitioner.pk, room and room.pk, starts_at)


def _patient(asked):
    return get_object_or_404(Patient, pk=number(asked, "patient")) if asked.get("patient") else None


def _type(asked, patient):
    """The chosen type of visit, or that of the patient's last visit, or the first one."""
    kinds = AppointmentType.objects.filter(is_active=True)
    if kind := kinds.filter(pk=number(asked, "type")).first():
        return kind
    last = kinds.filter(appointments__patient=patient).order_by("-appointments__starts_at").first()
    return last or kinds.first()


def _practitioner(asked):
    people = Practitioner.objects.active().select_related("user", "site")
    wanted = number(asked, "practitioner")
    return people.filter(pk=wanted).first() if wanted else None


def _choose_patient(request):
    typed = request.GET.get("q", "")[:LONGEST_QUERY].strip()
    kept = [(name, request.GET[name]) for name in ("practitioner", "at", "type", "site") if request.GET.get(name)]
    context = {
        "typed": typed,
        "patients": with_namesakes(find_patients(typed)) if typed else [],
        "kept": kept,
        "asked": request.GET,
    }
    is_hits = request.htmx.target == "booking-hits"
    status = 422 if request.method == "POST" else 200
    visits = visits_of(context["patients"]) if context["patients"] else {}
    for patient in context["patients"]:
        patient.visits = visits[patient.pk]
    context["then"] = "?".join(filter(None, [reverse("appointment_create"), urlencode(kept)]))
    return render_side_panel(
        request, f"clinic/_booking_{'hits' if is_hits else 'patient'}.html", context, status=status
    )


def _offers(kind, site, chosen, patient, at):
    """The gap that was clicked, followed by the best free times."""
    if kind is None:
        return []
    found = _gap(kind, site, chosen, at)
    day = local_time.local_day(timezone.now(), site.zone)
    people = [chosen] if chosen else None
    best = best_slots(
        kind, site=site, practitioners=people, start_day=day, days=DAYS, patient=patient, limit=OFFERED * SAME_TIME
    )
    taken = {offer.starts_at for offer in found}
    for slot in best:
        if len(found) < OFFERED and slot.starts_at not in taken:
            found.append(Offer(slot.practitioner, slot.room, slot.starts_at))
            taken.add(slot.starts_at)
    return found


def _gap(kind, site, chosen, at):
    starts_at = instant_of(at or "")
    if not chosen or not starts_at or starts_at + timedelta(minutes=kind.minutes) <= timezone.now():
        return []
    room = free_room(site, starts_at, starts_at + timedelta(minutes=kind.minutes))
    return [Offer(chosen, room, starts_at, "Chosen in the diary")]


def _nearest(draft):
    """The free times closest to that of the draft. Searches two days first, and a week if they have too few."""
    zone = draft.zone
    day = max(local_time.local_day(draft.starts_at, zone), local_time.local_day(timezone.now(), zone))
    search = {"site": draft.practitioner.site, "start_day": day, "patient": draft.patient, "minutes": draft.minutes}
    slots = free_slots(draft.type, days=2, **search)
    if len(slots) < NEAREST:
        slots = free_slots(draft.type, days=7, **search)
    slots.sort(key=lambda s: (abs(s.starts_at - draft.starts_at), s.practitioner.pk != draft.practitioner_id))
    return [Offer(slot.practitioner, slot.room, slot.starts_at) for slot in slots[:NEAREST]]


def _book(request, context):
    patient, kind, site = context["patient"], context["kind"], context["site"]
    form = BookingForm(request.POST, site=site)
    if not form.is_valid():
        return refused_booking(request, patient, site, form)
    typed, (practitioner, room, starts_at) = form.cleaned_data, form.when
    draft = _draft(Appointment(patient=patient, type=typed["type"]), practitioner, room, starts_at, kind.minutes)
    fields = {"patient": patient, "room": draft.room} | form.visit_fields() | form.placement_fields()
    booked = accepted(form, book_appointment, by=request.user, **fields)
    if not booked:
        refused, status = _explain_refusal(form, draft)
        return _booking_page(request, context | {"form": form} | refused, status=status)
    return confirm_change(request, booked.pk, f"Booked: {patient.name}, {_describe(booked)}.")


def refused_booking(request, patient, site, form):
    """The booking form again, with what was entered and the errors."""
    kind, chosen = _type(request.POST, patient), _practitioner(request.POST)
    context = {"patient": patient, "kind": kind, "chosen": chosen, "site": site, "asked": request.POST, "form": form}
    context["slots"] = _offers(kind, site, chosen, patient, request.POST.get("at"))
    return _booking_page(request, context, status=422)


def _move(request, appointment):
    form = MoveForm(request.POST, site=appointment.practitioner.site, minutes=appointment.minutes)
    if not form.is_valid():
        return _move_page(request, appointment, form, status=422)
    typed, (practitioner, room, starts_at) = form.cleaned_data, form.when
    draft = _draft(appointment, practitioner, room, starts_at, appointment.minutes)
    move = move_this_and_following if typed["following"] else move_appointment
    fields = {"room": draft.room, "version": typed["version"]} | form.placement_fields()
    moved = accepted(form, move, Appointment(pk=appointment.pk), by=request.user, **fields)
    if not moved:
        refused, status = _explain_refusal(form, draft)
        stored = Appointment.objects.with_names().get(pk=appointment.pk)
        return _move_page(request, stored, form, status=status, **refused)
    return confirm_change(request, appointment.pk, f"Moved: {appointment.patient.name}, {_describe(draft)}.")


def _draft(visit, practitioner, room, starts_at, minutes):
    """The visit at its new time. Without a chosen room it keeps its room or gets a free one."""
    visit.practitioner, visit.starts_at = practitioner, starts_at
    visit.ends_at = starts_at + timedelta(minutes=minutes)
    ignoring = visit if visit.pk else None
    usual = visit.room if visit.room_id and visit.room.site_id == practitioner.site_id else None
    visit.room = room or free_room(practitioner.site, starts_at, visit.ends_at, first=usual, ignoring=ignoring) or usual
    return visit


def _explain_refusal(form, draft):
    """(context, HTTP status) of a refused form: the clashing visits and the nearest free times."""
    clashes = _with_details(clashes_of(draft))
    context = {
        "clashes": clashes,
        "draft": draft,
        "is_outside": is_refused_as(form, "outside_hours"),
        "slots": _nearest(draft),
        "wished": Offer(draft.practitioner, draft.room, draft.starts_at).value,
    }
    return context, 409 if clashes or is_refused_as(form, "stale") else 422


def _with_details(clashes):
    """The clashing visits, once each, with the names that the page shows."""
    pks = {other.pk for _, other in clashes}
    rows = Appointment.objects.filter(pk__in=pks).with_names().select_related("booked_by")
    return list(rows.in_time_order()) if pks else []


def _describe(visit):
    start = visit.starts_at.astimezone(visit.zone)
    return f"{start:%a} {start.day} {start:%b} {visit.times}, {visit.practitioner}"


def _booking_page(request, context, status=200):
    context |= {"types": AppointmentType.objects.filter(is_active=True), "OTHER": OTHER}
    context["people"] = context["site"].practitioners.active().select_related("user")
    return render_side_panel(request, "clinic/_booking.html", context, zone=context["site"].zone, status=status)


def _move_page(request, appointment, form, *, status=200, **refused):
    context = {"appointment": appointment, "form": form, "OTHER": OTHER, "slots": _nearest(appointment)} | refused
    context["next"] = return_address(request)
    return render_side_panel(request, "clinic/_move.html", context, zone=appointment.zone, status=status)
