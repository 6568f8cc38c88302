"""The times that the booking and the move form offer: the gap that was clicked, and what the time finder finds."""

from datetime import date, timedelta
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.utils import timezone

from clinic.diary import local_time
from clinic.diary.availability import free_slots, room_for
from clinic.diary.clashes import clashes_of
from clinic.diary.day_words import add_months
from clinic.diary.finder import find_times
from clinic.forms.diary import OTHER, instant_of, slot_value
from clinic.forms.finder import WishForm
from clinic.models import Appointment
from clinic.permissions import may_keep_every_diary
from patients.integrity.authorization import require
from patients.views.answering import is_refused_as

from .side_panel import render_side_panel

NEAREST = 4
ALL_ROOMS_TAKEN = "All rooms are taken at this time. Choose another time, or give a reason to book without a room."


class Offer:
    """A time that the form offers, with the value of its radio button and a hint."""

    def __init__(self, practitioner, room, starts_at, hint=""):
        self.practitioner, self.room, self.hint = practitioner, room, hint
        self.starts_at = starts_at.astimezone(practitioner.site.zone)
        self.value = slot_value(practitioner.pk, room and room.pk, starts_at)


def offer_of(slot, hint=""):
    return Offer(slot.practitioner, slot.room, slot.starts_at, hint)


def own_practitioner(user):
    """The practitioner of a user who keeps nobody else's diary; None for those who keep everybody's.

    Raises PermissionDenied for a user who has no diary.
    """
    if may_keep_every_diary(user):
        return None
    practitioner = getattr(user, "practitioner", None)
    require(practitioner and practitioner.is_active, f"User {user.pk} has no diary.")
    return practitioner


def wish_form_of(request, asked, site, **defaults):
    """The bound WishForm of a request. `defaults` are used for fields that the request does not have."""
    data = asked.copy()
    only = own_practitioner(request.user)
    data.setlist("practitioner", [] if only else [value for value in asked.getlist("practitioner") if value])
    for name, value in defaults.items():
        if name not in data:
            data[name] = value
    today = local_time.local_day(timezone.now(), site.zone)
    for name in ("from_day", "until_day"):
        # Links have a date as 2027-03-10. The field shows it as people write it.
        if day := parse_day(data.get(name, "")):
            data[name] = f"{day:%-d %b %Y}"
    return WishForm(data, site=site, today=today, only=only)


def parse_day(text):
    """The date of an ISO text, or None."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def offered(kind, wish_form, *, patient, path, kept, picked=(), ignoring=None):
    """The template context with the offers: those in `picked` first, then what the wish finds.

    `path` and `kept`, pairs of names and values, make the links that search on.
    """
    context = {"wish_form": wish_form, "picked": list(picked), "found": None, "slots": list(picked), "OTHER": OTHER}
    if kind is None or not wish_form.is_valid():
        return context
    wish, site = wish_form.wish, wish_form.site
    whole_day = wish_form.day_to_list_in_full
    search = {"patient": patient, "ignoring": ignoring, "whole_day": whole_day}
    found = find_times(kind, wish, site=site, people=wish_form.people, rooms=wish_form.rooms, **search)
    known = {offer.value for offer in picked}
    for day in found.days:
        day.offers = [offer for offer in map(offer_of, day.slots) if offer.value not in known]
        day.whole_url = _search_url(path, kept, wish_form, all_of=day.day.isoformat())
    next_url = found.next_day and _search_url(path, kept, wish_form, from_day=found.next_day.isoformat())
    jumps = [("1 week", wish.from_day + timedelta(weeks=1)), ("6 weeks", wish.from_day + timedelta(weeks=6))]
    jumps.append(("3 months", add_months(wish.from_day, 3)))
    context |= {"found": found, "next_url": next_url, "wish": wish, "jumps": jumps}
    context["slots"] = [*picked, *(offer for day in found.days for offer in day.offers)]
    return context


def _search_url(path, kept, wish_form, **changed):
    asked = [(name, value) for name, values in wish_form.data.lists() for value in values if name in wish_form.fields]
    asked = [(name, value) for name, value in [*kept, *asked] if value and name not in changed]
    return f"{path}?{urlencode([*asked, *changed.items()])}"


def gap_offer(practitioner, at, minutes):
    """[the gap that was clicked] as an Offer, or [] if it is over or cannot be read."""
    starts_at = instant_of(at or "")
    if not practitioner or not starts_at or starts_at + timedelta(minutes=minutes) <= timezone.now():
        return []
    room = room_for(practitioner, starts_at, starts_at + timedelta(minutes=minutes))
    return [Offer(practitioner, room, starts_at, "Chosen in the diary")]


def drafted(visit, practitioner, room, starts_at, minutes):
    """The visit at its new time. Without a chosen room it keeps its room, or gets the usual or another free one.

    With another practitioner, it gets the usual room of that one, if it is free.
    """
    own, is_same = visit.room, visit.practitioner_id == practitioner.pk
    visit.practitioner, visit.starts_at = practitioner, starts_at
    visit.ends_at = starts_at + timedelta(minutes=minutes)
    visit.room = room or room_for(
        practitioner,
        starts_at,
        visit.ends_at,
        first=own if is_same else None,
        rather=own,
        ignoring=visit if visit.pk else None,
    )
    return visit


def has_room(form, draft):
    """Whether the visit has a room, or needs none. Otherwise the form has an error."""
    typed, rooms = form.cleaned_data, draft.practitioner.site.rooms.filter(is_active=True)
    if draft.room or typed["overlap_reason"] or not rooms:
        return True
    # If the form is sent twice, the visit itself has taken the room.
    if typed.get("token") and Appointment.objects.filter(request_token=typed["token"]).exists():
        return True
    form.add_error(None, ValidationError(ALL_ROOMS_TAKEN, code="rooms"))
    return False


def explain_refusal(form, draft, people=None):
    """(context, HTTP status) of a refused form: the clashing visits and the nearest free times."""
    clashes = _with_details(clashes_of(draft))
    context = {
        "clashes": clashes,
        "draft": draft,
        "is_refused": True,
        "OTHER": OTHER,
        "is_outside": is_refused_as(form, "outside_hours"),
        "may_overbook": clashes or is_refused_as(form, "rooms"),
        "slots": _nearest(draft, people),
        "wished": Offer(draft.practitioner, draft.room, draft.starts_at).value,
    }
    return context, 409 if clashes or is_refused_as(form, "stale") or is_refused_as(form, "rooms") else 422


def _nearest(draft, people):
    """The free times closest to that of the draft. Searches two days first, and a week if they have too few."""
    zone = draft.zone
    day = max(local_time.local_day(draft.starts_at, zone), local_time.local_day(timezone.now(), zone))
    search = {"site": draft.practitioner.site, "start_day": day, "patient": draft.patient, "minutes": draft.minutes}
    search |= {"ignoring": draft if draft.pk else None, "practitioners": people}
    slots = free_slots(draft.type, days=2, **search)
    if len(slots) < NEAREST:
        slots = free_slots(draft.type, days=7, **search)
    slots.sort(key=lambda s: (abs(s.starts_at - draft.starts_at), s.practitioner.pk != draft.practitioner_id))
    return [offer_of(slot) for slot in slots[:NEAREST]]


def _with_details(clashes):
    """The clashing visits, once each, with the names that the page shows."""
    pks = {other.pk for _, other in clashes}
    rows = Appointment.objects.filter(pk__in=pks).with_names().select_related("booked_by")
    return list(rows.in_time_order()) if pks else []


def render_found(request, context, site):
    """Only the list of times, for a search that changes nothing else on the page. The chosen time stays chosen."""
    values, asked = [offer.value for offer in context["slots"]], request.GET.get("slot")
    is_more = request.htmx.target == "more-times"
    context["form"] = {"slot": {"value": asked if is_more or asked in [OTHER, *values] else next(iter(values), OTHER)}}
    status = 422 if context["wish_form"].errors else 200
    context["search_url"] = request.path
    fragment = "clinic/_more_times.html" if is_more else "clinic/_found.html"
    return render_side_panel(request, fragment, context, zone=site.zone, status=status)


def is_search(request):
    """Whether htmx asks only for the list of times."""
    return request.method != "POST" and request.htmx.target in ("found", "more-times")
