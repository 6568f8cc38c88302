"""Move a visit to another time, and edit what a booked visit is."""

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from clinic.diary import local_time
from clinic.diary.alternatives import same_time
from clinic.forms.diary import OTHER, EditForm, MoveForm, people_and_rooms
from clinic.models import Appointment
from clinic.permissions import may_change_visits, require_diary_of
from clinic.services import edit_appointment, move_appointment, move_this_and_following
from patients.integrity.authorization import page_needs
from patients.views.answering import accepted, is_refused_as
from patients.web.returning import return_address

from .appointments import confirm_change
from .booking import describe
from .offers import (
    drafted,
    explain_refusal,
    has_room,
    is_search,
    offer_of,
    offered,
    own_practitioner,
    render_found,
    wish_form_of,
)
from .side_panel import render_side_panel


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_change_visits)
def appointment_move(request, appointment_id):
    appointment = _fetch(request, appointment_id)
    site = appointment.practitioner.site
    people, rooms = people_and_rooms(site, own_practitioner(request.user))
    choices = {"site": site, "people": people, "rooms": rooms}
    if request.method == "POST":
        return _move(request, appointment, MoveForm(request.POST, minutes=appointment.minutes, **choices), people)
    start = appointment.starts_at.astimezone(appointment.zone)
    initial = {"version": appointment.version, "slot": OTHER, "day": start.date(), "time": start.time()}
    initial |= {"who": appointment.practitioner_id, "room": appointment.room_id}
    return _move_page(request, appointment, MoveForm(initial=initial, **choices))


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_change_visits)
def appointment_edit(request, appointment_id):
    appointment = _fetch(request, appointment_id)
    now = {name: getattr(appointment, name) for name in ("type", "minutes", "room", "note", "version")}
    form = EditForm(request.POST if request.method == "POST" else None, appointment=appointment, initial=now)
    if form.is_valid() and accepted(
        form, edit_appointment, Appointment(pk=appointment_id), by=request.user, **form.as_kwargs()
    ):
        return confirm_change(request, appointment_id, f"Saved: {appointment.patient.name}, {describe(appointment)}.")
    context, status = {"appointment": appointment, "form": form}, 422 if form.errors else 200
    if form.is_bound and hasattr(form, "cleaned_data") and form.cleaned_data.get("minutes"):
        typed = form.cleaned_data
        draft = _fetch(request, appointment_id)
        fields = draft.practitioner, typed.get("room"), draft.starts_at, typed["minutes"]
        refused, status = explain_refusal(form, drafted(draft, *fields))
        context |= {name: refused[name] for name in ("clashes", "is_outside", "may_overbook")}
    context["is_stale"] = is_refused_as(form, "stale")
    return render_side_panel(request, "clinic/_edit.html", context, zone=appointment.zone, status=status)


def _fetch(request, appointment_id):
    """The visit. Raises PermissionDenied for a user who may not keep its practitioner's diary."""
    appointment = get_object_or_404(Appointment.objects.with_names(), pk=appointment_id)
    require_diary_of(request.user, appointment.practitioner)
    return appointment


def _move(request, appointment, form, people):
    if not form.is_valid():
        return _move_page(request, appointment, form, status=422)
    typed, draft = form.cleaned_data, drafted(appointment, *form.when, appointment.minutes)
    move = move_this_and_following if typed["following"] else move_appointment
    fields = {"room": draft.room, "version": typed["version"]} | form.placement_fields()
    moved = has_room(form, draft) and accepted(form, move, Appointment(pk=appointment.pk), by=request.user, **fields)
    if not moved:
        refused, status = explain_refusal(form, draft, people)
        return _move_page(request, _fetch(request, appointment.pk), form, status=status, **refused)
    others = f" and {len(moved) - 1} later visits" if typed["following"] and len(moved) > 1 else ""
    return confirm_change(request, appointment.pk, f"Moved: {draft.patient.name}, {describe(draft)}{others}.")


def _move_page(request, appointment, form, *, status=200, **refused):
    asked = request.POST if request.method == "POST" else request.GET
    day = local_time.local_day(appointment.starts_at, appointment.zone)
    wish_form = wish_form_of(
        request, asked, appointment.practitioner.site, from_day=day.isoformat(), minutes=str(appointment.minutes)
    )
    is_far = wish_form.is_narrow or own_practitioner(request.user)
    context = {"appointment": appointment, "form": form} | offered(
        appointment.type,
        wish_form,
        patient=appointment.patient,
        path=reverse("appointment_move", args=[appointment.pk]),
        kept=[],
        picked=[] if is_far else [offer_of(slot, "The same time") for slot in same_time(appointment)],
        ignoring=appointment,
    )
    if is_search(request):
        return render_found(request, context, wish_form.site)
    context |= refused | {"next": return_address(request)}
    return render_side_panel(request, "clinic/_move.html", context, zone=appointment.zone, status=status)
