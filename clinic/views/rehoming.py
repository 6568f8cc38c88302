"""Visits to move: the list of booked visits that cannot take place, and what is done with each."""

from collections import Counter
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from clinic.diary.alternatives import alternatives_of
from clinic.diary.messages import postponement_notices, why_not
from clinic.diary.obstacles import impossible_visits, obstacles_of
from clinic.diary.visit_links import current_replies
from clinic.forms.diary import instant_of, slot_value
from clinic.models import Appointment, AppointmentChange, CallAttempt, ClinicSettings, Message, Practitioner, Room
from clinic.permissions import may_rehome_visits
from clinic.services import (
    cancel_appointment,
    keep_appointment,
    move_appointment,
    move_to_waiting_list,
    queue_postponement_notice,
    record_no_answer,
    undo_last,
    withdraw_postponement_notice,
)
from clinic.site_access import own_sites
from patients.integrity.authorization import page_needs
from patients.namesakes import with_namesakes
from patients.web.posted import key_in_address

from .filters import number, site_of

change_required = page_needs(may_rehome_visits)
ON_A_PAGE = 25
MOST_DEALT = 50


@require_safe
@change_required
def visits_to_move(request):
    if "count" in request.GET:
        site = site_of(request, own_sites(request.user))
        context = {"site": site, "to_move": len(impossible_visits(site=site))}
        return render(request, "clinic/_to_move_count.html", context)
    return _list(request, request.GET)


@require_POST
@change_required
def visit_rehome(request, appointment_id):
    """Move, keep or cancel the visit, put its patient on the waiting list, note a call, send a message, or undo."""
    visit = get_object_or_404(Appointment.objects.with_names(), pk=appointment_id)
    action = request.POST.get("action", "move")
    try:
        ACTIONS.get(action, _move)(visit, by=request.user, posted=request.POST)
    except ValidationError as refusal:
        status = 422 if getattr(refusal, "code", "") in ("slot", "over") else 409
        return _list(request, request.POST, refusal=refusal, refused=visit, status=status)
    kept = _kept(request.POST)
    if action == "undo":
        kept["dealt"] = [pk for pk in kept["dealt"] if pk != str(visit.pk)]
    elif action not in STAYS_ON_LIST:
        kept["dealt"] = [*kept["dealt"], str(visit.pk)]
    # htmx puts the list at this address in place of the old one.
    return redirect(f"{reverse('visits_to_move')}?{urlencode(kept, doseq=True)}")


def _move(visit, *, by, posted):
    person, room, starts_at = (*posted.get("slot", "").split("_"), "", "", "")[:3]
    starts_at = instant_of(starts_at)
    practitioner = Practitioner.objects.active().filter(pk=number({"pk": person}, "pk")).first()
    rooms = Room.objects.filter(is_active=True, pk=number({"pk": room}, "pk"))
    if not practitioner or not starts_at:
        raise ValidationError("Choose one of the offered times, or “More times”.", code="slot")
    if starts_at <= timezone.now():
        raise ValidationError("That time is in the past. Choose a later one.", code="over")
    to = {"practitioner": practitioner, "starts_at": starts_at, "room": rooms.first()}
    move_appointment(visit, by=by, version=number(posted, "version"), **to)


def _cancel(visit, *, by, posted):
    cancel_appointment(visit, by=by, reason=_reason(visit), version=number(posted, "version"), by_clinic=True)


def _wait(visit, *, by, posted):
    move_to_waiting_list(visit, by=by, reason=_reason(visit), version=number(posted, "version"))


def _keep(visit, *, by, posted):
    keep_appointment(visit, by=by, version=number(posted, "version"))


def _no_answer(visit, *, by, posted):
    record_no_answer(visit, by=by)


def _message(visit, *, by, posted):
    queue_postponement_notice(visit, by=by, version=number(posted, "version"))


def _no_message(visit, *, by, posted):
    withdraw_postponement_notice(visit, by=by)


def _undo(visit, *, by, posted):
    undo_last(visit, by=by, change=number(posted, "change"))


ACTIONS = {
    "move": _move,
    "cancel": _cancel,
    "wait": _wait,
    "keep": _keep,
    "no-answer": _no_answer,
    "message": _message,
    "no-message": _no_message,
    "undo": _undo,
}
STAYS_ON_LIST = {"no-answer", "message", "no-message"}


def _reason(visit):
    """The reason of the cancellation: the obstacle."""
    obstacles = obstacles_of([visit]).get(visit.pk)
    return obstacles[0].sentence[:200] if obstacles else "The clinic cannot keep this visit."


def _kept(asked):
    """The parameters that lead to the same list: its site, cause and page, and the visits that were dealt with."""
    kept = {name: asked[name] for name in ("site", "cause", "page") if asked.get(name)}
    return kept | {"dealt": asked.getlist("dealt")[-MOST_DEALT:]}


def _list(request, asked, *, refusal=None, refused=None, status=200):
    site = site_of(request, own_sites(request.user))
    visits = impossible_visits(site=site)
    headings = {visit.obstacles[0].cause: visit.obstacles[0].heading for visit in visits}
    numbers = Counter(visit.obstacles[0].cause for visit in visits)
    causes = [(_key(cause), heading, numbers[cause]) for cause, heading in headings.items()]
    chosen = asked.get("cause", "")
    if chosen in {key for key, _, _ in causes}:
        visits = [visit for visit in visits if _key(visit.obstacles[0].cause) == chosen]
    _attach_calls(visits)
    visits.sort(key=lambda visit: (len(visit.calls) > 0, visit.calls[0].called_at if visit.calls else visit.starts_at))
    page = Paginator(visits, ON_A_PAGE).get_page(asked.get("page"))
    rows = list(page.object_list)
    offers = alternatives_of(sorted(rows, key=lambda visit: visit.starts_at), site=site)
    with_namesakes([visit.patient for visit in rows])
    _attach_messages(rows)
    for visit in rows:
        visit.offers = [_offer(slot, visit) for slot in offers.get(visit.pk, [])]
        visit.can_be_kept = all(obstacle.is_overridable for obstacle in visit.obstacles)
    context = {
        "nav": "rehome",
        "site": site,
        "causes": causes,
        "chosen": chosen,
        "visits": rows,
        "page": page,
        "dealt": _dealt(asked),
        "kept": [(name, value) for name, values in _kept(asked).items() for value in _each(values)],
        "refusal": refusal,
        "refused": refused,
    }
    fragment = "clinic/_to_move.html" if request.htmx else "clinic/visits_to_move.html"
    with timezone.override(site.zone):
        return render(request, fragment, context, status=status)


def _each(values):
    return values if isinstance(values, list) else [values]


def _key(cause):
    return "-".join(map(str, cause))


def _attach_calls(visits):
    """Set `calls` of each visit: the calls that nobody answered, newest first. One query."""
    found = {visit.pk: [] for visit in visits}
    calls = CallAttempt.objects.filter(appointment__in=list(found)).select_related("called_by")
    for call in calls if visits else ():
        found[call.appointment_id].append(call)
    for visit in visits:
        visit.calls = found[visit.pk]


def _attach_messages(visits):
    """Set `notice` (that the visit cannot take place), `no_notice` (why none can be sent) and `reply` of each visit.

    Three queries.
    """
    if not visits:
        return
    notices, replies, clinic = postponement_notices(visits), current_replies(visits), ClinicSettings.current()
    for visit in visits:
        visit.notice, visit.reply = notices.get(visit.pk), replies.get(visit.pk)
        message = Message(appointment=visit, kind=Message.Kind.POSTPONED, starts_at=visit.starts_at)
        visit.no_notice = why_not(message, at=timezone.now(), clinic=clinic)


def _offer(slot, visit):
    room_id = slot.room and slot.room.pk
    is_same_time = slot.starts_at == visit.starts_at
    is_same_person = slot.practitioner.pk == visit.practitioner_id
    label = "Same time" if is_same_time else "Same person" if is_same_person else "Nearest"
    value = slot_value(slot.practitioner.pk, room_id, slot.starts_at)
    return {"value": value, "label": label, "slot": slot, "is_same_time": is_same_time}


def _dealt(asked):
    """The visits that the user has dealt with on this page, newest first, each with its last `change`."""
    pks = [key for typed in asked.getlist("dealt")[-MOST_DEALT:] if (key := key_in_address(typed))]
    if not pks:
        return []
    visits = Appointment.objects.filter(pk__in=pks).with_names()
    last = {}
    for change in AppointmentChange.objects.filter(appointment__in=pks).order_by("pk"):
        last[change.appointment_id] = change
    for visit in visits:
        visit.last = last.get(visit.pk)
    return sorted(visits, key=lambda visit: -pks.index(visit.pk))
