"""The side panel of a visit: details, check-in, cancellation, no-show and undo."""

from functools import partial

from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic.diary import local_time
from clinic.diary.booking_rules import outside_hours, reasons_against
from clinic.diary.clashes import clashes_of
from clinic.diary.obstacles import obstacles_of
from clinic.diary.patient_visits import visits_of, with_places
from clinic.diary.waiting import open_entries_of, replaced_visits, waiting_matches
from clinic.forms.diary import CancelForm, NoShowForm
from clinic.models import Appointment, AppointmentChange
from clinic.permissions import (
    may_change_visits,
    may_keep_diary_of,
    may_see_diary,
    may_see_waiting_list,
    require_diary_of,
)
from clinic.services import (
    cancel_appointment,
    cancel_this_and_following,
    check_in,
    mark_no_show,
    undo_booking,
    undo_last,
)
from clinic.services.attendance import may_be_taken_back
from clinic.services.undo import can_undo_booking
from patients.integrity.authorization import page_needs
from patients.namesakes import with_namesakes
from patients.views.answering import accepted, is_refused_as
from patients.web.returning import return_address

from .filters import number
from .side_panel import render_side_panel, respond_to_change
from .visit_requests import message_context

view_required = page_needs(may_see_diary)
change_required = page_needs(may_change_visits)
MATCHES = 3


@require_safe
@view_required
def appointment_detail(request, appointment_id):
    return render_appointment(request, _fetch(appointment_id))


@require_POST
@change_required
def appointment_arrive(request, appointment_id):
    forgotten = "It is recorded that {name} came."
    return _change(request, appointment_id, check_in, "{name} is checked in.", after_its_day=forgotten)


@require_POST
@change_required
def appointment_no_show(request, appointment_id):
    form = NoShowForm(request.POST)
    if not form.is_valid():
        return render_appointment(
            request, _fetch(appointment_id), refusal=ValidationError(form.errors["reason"]), status=422
        )
    reason = form.cleaned_data["reason"]
    message = "The reason is saved." if reason else "{name} did not come. The time is free again."
    return _change(request, appointment_id, partial(mark_no_show, reason=reason), message)


@require_POST
@change_required
def appointment_undo(request, appointment_id):
    if "booking" in request.POST:
        return _change(request, appointment_id, undo_booking, "The booking of {name} is undone.")
    service = partial(undo_last, change=number(request.POST, "change"))
    return _change(request, appointment_id, service, "Undone. The visit of {name} is back to how it was.")


@require_http_methods(["GET", "HEAD", "POST"])
@change_required
def appointment_cancel(request, appointment_id):
    appointment = _fetch(appointment_id)
    require_diary_of(request.user, appointment.practitioner)
    form = CancelForm(request.POST if request.method == "POST" else None, initial={"version": appointment.version})
    if form.is_valid():
        typed = form.cleaned_data
        cancel = cancel_this_and_following if typed["following"] else cancel_appointment
        if accepted(form, cancel, appointment, by=request.user, reason=typed["reason"], version=typed["version"]):
            return confirm_change(
                request, appointment_id, f"Cancelled: {appointment.patient.name}, {appointment.times}."
            )
    status = 409 if is_refused_as(form, "stale") else 422 if form.errors else 200
    context = {"appointment": appointment, "form": form, "next": return_address(request)}
    return render_side_panel(request, "clinic/_cancel.html", context, zone=appointment.zone, status=status)


def render_appointment(request, appointment, *, refusal=None, status=200):
    """The side panel of a visit: its details, actions and history, and who could take the time of a cancelled one."""
    with_namesakes([appointment.patient])
    with_places([appointment])
    changes = list(appointment.changes.all())
    last = changes[0] if changes else None
    visits = visits_of([appointment.patient])[appointment.patient_id]
    days_ago = local_time.days_ago(appointment, timezone.now())
    may_match = may_see_waiting_list(request.user) and _is_free(appointment)
    context = {
        "appointment": appointment,
        "changes": changes,
        "can_undo": last is not None and last.kind != AppointmentChange.Kind.UNDONE,
        "can_undo_booking": can_undo_booking(appointment),
        "last": last,
        "is_today": days_ago == 0,
        "is_forgotten": appointment.status == Appointment.Status.BOOKED and days_ago > 0,
        "has_begun": appointment.starts_at <= timezone.now(),
        "obstacles": _obstacles(appointment, visits),
        "visits": visits,
        "calls": appointment.call_attempts.select_related("called_by"),
        "can_take_back": may_be_taken_back(appointment),
        "can_move": appointment.status in (Appointment.Status.BOOKED, Appointment.Status.ARRIVED),
        "refusal": refusal,
        "matches": waiting_matches(appointment, limit=MATCHES, user=request.user) if may_match else [],
        "may_change": may_change_visits(request.user) and may_keep_diary_of(request.user, appointment.practitioner),
        "replaced": replaced_visits(appointment),
        "waiting": open_entries_of(appointment) if may_see_waiting_list(request.user) else [],
    } | message_context(appointment)
    return render_side_panel(request, "clinic/_appointment.html", context, zone=appointment.zone, status=status)


def confirm_change(request, appointment_id, message):
    """Show the visit with a message about what was changed."""
    url = return_address(request) or reverse("appointment_detail", args=[appointment_id])
    return respond_to_change(request, message, lambda: render_appointment(request, _fetch(appointment_id)), url)


def _change(request, appointment_id, service, message, *, after_its_day=None):
    """Call a service for the visit, and show what it did. `after_its_day` is the message if the visit's day is over."""
    appointment = _fetch(appointment_id)
    if after_its_day and local_time.days_ago(appointment, timezone.now()) > 0:
        message = after_its_day
    try:
        service(appointment, by=request.user)
    except ValidationError as refusal:
        return render_appointment(request, appointment, refusal=refusal, status=409)
    return confirm_change(request, appointment_id, message.format(name=appointment.patient.name))


def _obstacles(appointment, visits):
    """The obstacles of the visit, from the patient's upcoming `visits` if it is one of them."""
    upcoming = next((visit for visit in visits.upcoming if visit.pk == appointment.pk), None)
    return upcoming.obstacles if upcoming else obstacles_of([appointment]).get(appointment.pk, [])


def _is_free(appointment):
    """Whether a cancelled or missed visit lies in the future, and its practitioner works and is free, and its room."""
    if appointment.is_active or appointment.starts_at <= timezone.now():
        return False
    if any(code != "patient" for code, _ in reasons_against(appointment)) or outside_hours([appointment])[0]:
        return False
    return all(field == "patient" for field, _ in clashes_of(appointment))


def _fetch(appointment_id):
    changes = Prefetch("changes", AppointmentChange.objects.select_related("made_by"))
    rows = Appointment.objects.with_names().select_related("booked_by", "overlap_by", "cancelled_by")
    return get_object_or_404(rows.prefetch_related(changes), pk=appointment_id)
