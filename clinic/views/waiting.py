"""The waiting list: show it, add, edit, close and reopen entries, and book a freed time for a patient on it."""

from datetime import date, datetime, timedelta

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic.forms.diary import OTHER, ClockField, DayField, WaitingForm
from clinic.models import Appointment, AppointmentType, WaitingListEntry
from clinic.permissions import (
    may_add_to_waiting_list,
    may_book_from_waiting_list,
    may_change_waiting_entries,
    may_see_waiting_list,
)
from clinic.services import (
    add_to_waiting_list,
    book_waiting_entry,
    close_waiting_entry,
    edit_waiting_entry,
    reopen_waiting_entry,
)
from clinic.site_access import of_own_sites, own_sites
from patients.audit.request_context import note_patients_shown
from patients.integrity.authorization import page_needs
from patients.models import Patient
from patients.views.answering import accepted, is_refused_as

from .appointments import confirm_change, render_appointment
from .filters import number, site_of
from .offers import wish_form_of
from .side_panel import render_side_panel, respond_to_change

CAN_BE_REOPENED = timedelta(hours=12)
MOST_PEOPLE = 2


@require_safe
@page_needs(may_see_waiting_list)
def waiting_list(request):
    return _list(request)


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_add_to_waiting_list)
def waiting_create(request):
    asked = request.POST if request.method == "POST" else request.GET
    patient = get_object_or_404(Patient, pk=number(asked, "patient"))
    initial = {} if request.method == "POST" else _wishes(request)
    sites = own_sites(request.user)
    form = WaitingForm(request.POST if request.method == "POST" else None, initial=initial, sites=sites)
    if form.is_valid() and accepted(form, add_to_waiting_list, patient, by=request.user, **form.preferences):
        entries = patient.waiting_list_entries.open().count()
        times = f" {entries} times. Close the entries that are not needed" if entries > 1 else ""
        message = f"{patient.name} is on the waiting list{times}."
        return respond_to_change(request, message, lambda: _list(request), "waiting_list")
    context = {"patient": patient, "form": form}
    return render_side_panel(request, "clinic/_waiting_form.html", context, status=422 if form.errors else 200)


def _wishes(request):
    """What the booking form was asked for, as initial values of an entry."""
    asked = request.GET
    initial = {name: number(asked, name) for name in ("type", "practitioner")} | {"note": asked.get("note", "")}
    site = site_of(request, own_sites(request.user))
    wish_form = wish_form_of(request, asked, site)
    initial["site"] = site.pk
    if not wish_form.is_valid():
        return initial
    wish = wish_form.wish
    if len(wish.practitioners) > MOST_PEOPLE:
        # An entry names two people. Anybody may then take the patient, and the note says who was asked for.
        names = " or ".join(map(str, wish.practitioners))
        initial |= {"practitioner": None, "note": ", ".join(filter(None, [initial["note"], f"With {names}"]))}
    elif wish.practitioners:
        initial |= dict(zip(("practitioner", "or_practitioner"), (one.pk for one in wish.practitioners), strict=False))
    initial |= {"weekdays": wish.weekdays, "earliest_time": wish.after, "latest_time": wish.before}
    from_day = wish.from_day if wish.from_day > wish_form.today else None
    initial |= {"earliest_on": from_day, "latest_on": wish.until_day, "minutes": wish.minutes}
    initial["room"] = wish.room and wish.room.pk
    return initial | (_typed_time(asked, wish.minutes) if asked.get("slot") == OTHER else {})


def _typed_time(asked, minutes):
    """What was typed as another time: day, time, practitioner and room. Only that time then suits the patient."""
    wishes = {"practitioner": number(asked, "who"), "or_practitioner": None} if asked.get("who") else {}
    if asked.get("room"):
        wishes["room"] = number(asked, "room")
    if day := _cleaned(DayField, asked, "day"):
        wishes |= {"earliest_on": day, "latest_on": day, "weekdays": []}
    if clock := _cleaned(ClockField, asked, "time"):
        kind = AppointmentType.objects.filter(pk=number(asked, "type")).first()
        minutes = minutes or (kind.minutes if kind else 0)
        end = datetime.combine(date.min, clock) + timedelta(minutes=minutes)
        ends_that_day = minutes and end.date() == date.min
        wishes |= {"earliest_time": clock, "latest_time": end.time() if ends_that_day else None}
    return wishes


def _cleaned(field, asked, name):
    """What was typed, or None if it is empty or cannot be read."""
    try:
        return field(required=False).clean(asked.get(name, ""))
    except ValidationError:
        return None


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_change_waiting_entries)
def waiting_edit(request, entry_id):
    entry = get_object_or_404(WaitingListEntry.objects.open().with_names(), pk=entry_id)
    posted = request.POST if request.method == "POST" else None
    form = WaitingForm(posted, instance=entry, sites=own_sites(request.user))
    form.initial["version"] = entry.version
    if form.is_valid():
        version = form.cleaned_data["version"]
        if accepted(form, edit_waiting_entry, entry, by=request.user, version=version, **form.preferences):
            message = f"The wishes of {entry.patient.name} are saved."
            return respond_to_change(request, message, lambda: _list(request), "waiting_list")
    is_stale = is_refused_as(form, "stale")
    status = 409 if is_stale else 422 if form.errors else 200
    context = {"patient": entry.patient, "form": form, "entry": entry, "is_stale": is_stale}
    return render_side_panel(request, "clinic/_waiting_form.html", context, status=status)


@require_POST
@page_needs(may_change_waiting_entries)
def waiting_close(request, entry_id):
    entry = get_object_or_404(WaitingListEntry.objects.select_related("patient"), pk=entry_id)
    close_waiting_entry(entry, by=request.user)
    return respond_to_change(
        request, f"{entry.patient.name} is no longer on the waiting list.", lambda: _list(request), "waiting_list"
    )


@require_POST
@page_needs(may_change_waiting_entries)
def waiting_reopen(request, entry_id):
    entry = get_object_or_404(WaitingListEntry.objects.select_related("patient"), pk=entry_id)
    try:
        reopen_waiting_entry(entry, by=request.user)
    except ValidationError as refusal:
        return _list(request, refusal=refusal, status=409)
    message = f"{entry.patient.name} is on the waiting list again."
    return respond_to_change(request, message, lambda: _list(request), "waiting_list")


@require_POST
@page_needs(may_book_from_waiting_list)
def waiting_book(request, entry_id):
    """Book the time of a cancelled visit for a patient on the waiting list."""
    entry = get_object_or_404(WaitingListEntry.objects.open().select_related("patient", "type"), pk=entry_id)
    freed = get_object_or_404(Appointment.objects.with_names(), pk=number(request.POST, "freed"))
    try:
        if freed.starts_at <= timezone.now():
            raise ValidationError("That time is in the past. Choose a later one.", code="over")
        booked = book_waiting_entry(
            entry,
            by=request.user,
            practitioner=freed.practitioner,
            starts_at=freed.starts_at,
            room=freed.room,
            minutes=entry.length,
        )
    except ValidationError as refusal:
        if request.htmx:
            return render_appointment(request, freed, refusal=refusal, status=409)
        messages.error(request, " ".join(refusal.messages))
        return redirect("appointment_detail", freed.pk)
    return confirm_change(
        request, booked.pk, f"Booked: {entry.patient.name}, {booked.times}. Please let the patient know."
    )


def closed_lately(user):
    """Entries of patients of the user's sites that were closed in the last hours, newest first.

    So closing one by mistake can be undone.
    """
    since = timezone.now() - CAN_BE_REOPENED
    closed = WaitingListEntry.objects.filter(closed_at__gte=since).select_related("patient", "closed_by", "booked")
    return of_own_sites(user, closed).order_by("-closed_at")[:5]


def _list(request, *, refusal=None, status=200):
    context = {
        "waiting": of_own_sites(request.user, WaitingListEntry.objects.open().with_names().most_urgent_first()),
        "closed": closed_lately(request.user) if may_change_waiting_entries(request.user) else [],
        "site": site_of(request, own_sites(request.user)),
        "refusal": refusal,
    }
    note_patients_shown(request, [entry.patient_id for entry in (*context["waiting"], *context["closed"])])
    return render_side_panel(request, "clinic/_waiting.html", context, status=status)
