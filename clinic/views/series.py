"""Book a repeat: preview its visits, change or leave out some of them, then book all of them at once."""

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from clinic.diary import local_time
from clinic.diary.alternatives import instead_of
from clinic.diary.series import series_preview
from clinic.forms.diary import RepeatForm, VisitFormSet, instant_of, people_and_rooms, slot_value
from clinic.models import Appointment
from clinic.permissions import may_book
from clinic.services import book_series
from clinic.site_access import own_sites
from patients.integrity.authorization import page_needs
from patients.models import Patient
from patients.views.answering import accepted

from .appointments import confirm_change
from .booking import refused_booking
from .filters import number, site_of
from .offers import offer_of, own_practitioner
from .side_panel import render_side_panel

PREFIX = "visit"


@require_POST
@page_needs(may_book)
def series_create(request):
    patient = get_object_or_404(Patient, pk=number(request.POST, "patient"))
    site = site_of(request, own_sites(request.user))
    people, rooms = people_and_rooms(site, own_practitioner(request.user))
    form = RepeatForm(request.POST, site=site, people=people, rooms=rooms)
    if not form.is_valid():
        return refused_booking(request, patient, form)
    visits = _visits(request, form, people)
    if not visits.is_valid():
        return _page(request, patient, form, [(visit, None) for visit in visits], visits, people, status=422)
    rows = _rows(patient, form, visits, people)
    if request.POST.get("do") != "book":
        return _page(request, patient, form, rows, visits, people)
    return _book(request, patient, form, rows, visits, people)


def _visits(request, form, people):
    """The submitted formset with the offer that was taken, or at first one of so many visits every so many weeks."""
    form_kwargs = {"people": people}
    if f"{PREFIX}-TOTAL_FORMS" in request.POST:
        data = request.POST.copy()
        data.update(_taken(request.POST.get("take", ""), form))
        return VisitFormSet(data, prefix=PREFIX, form_kwargs=form_kwargs)
    typed, (practitioner, _, starts_at) = form.cleaned_data, form.when
    first = local_time.wall_of(starts_at, practitioner.site.zone)
    walls = local_time.weekly_walls(first, visits=typed["visits"], every_weeks=typed["weeks"])
    data = {f"{PREFIX}-TOTAL_FORMS": len(walls), f"{PREFIX}-INITIAL_FORMS": 0}
    for place, wall in enumerate(walls):
        data |= {f"{PREFIX}-{place}-day": f"{wall:%Y-%m-%d}", f"{PREFIX}-{place}-time": f"{wall:%H:%M}"}
        data[f"{PREFIX}-{place}-who"] = practitioner.pk
    return VisitFormSet(data, prefix=PREFIX, form_kwargs=form_kwargs)


def _taken(offer, form):
    """The fields of the visit for which an offer was taken. The button sends its place in the list and the offer."""
    place, _, offer = offer.partition("_")
    person, _, starts_at = offer.partition("_")
    starts_at = instant_of(starts_at.partition("_")[2])
    if starts_at is None or not place.isdecimal():
        return {}
    zone = form.when[0].site.zone
    local, wall = starts_at.astimezone(zone), local_time.wall_of(starts_at, zone)
    fields = {"day": f"{wall:%Y-%m-%d}", "time": f"{wall:%H:%M}", "who": person}
    fields["fold"] = local.fold if local_time.fold_choices(wall, zone) else ""
    return {f"{PREFIX}-{place}-{name}": value for name, value in fields.items()}


def _rows(patient, form, visits, people):
    """[(form, ProposedVisit)] in the order of the list; None instead of the proposal for a visit that is left out."""
    practitioner, room, _ = form.when
    kept = [visit for visit in visits if not visit.cleaned_data["leave_out"]]
    proposals = series_preview(
        patient,
        practitioner=practitioner,
        type=form.cleaned_data["type"],
        walls=[visit.wall for visit in kept],
        practitioners=[visit.cleaned_data["who"] or practitioner for visit in kept],
        room=room,
        minutes=form.minutes,
        folds={visit.wall: fold for visit in kept if (fold := visit.cleaned_data["fold"]) != ""},
    )
    proposed = dict(zip(map(id, kept), proposals, strict=True))
    for visit in kept:
        visit.fold_choices = local_time.fold_choices(visit.wall, practitioner.site.zone)
        proposal = proposed[id(visit)]
        if proposal.visit and proposal.visit.ends_at <= timezone.now() and not proposal.problems:
            proposal.problems.append("That time is in the past. Choose a later one.")
        if proposal.problems:
            visit.offers = _offers(visit, [one for one in proposals if one is not proposal], patient, form, people)
    return [(visit, proposed.get(id(visit))) for visit in visits]


def _offers(visit, others, patient, form, people):
    """Times instead of that of a visit, each with a hint. `others` are the other proposals of the repeat."""
    practitioner = visit.cleaned_data["who"] or form.when[0]
    zone = practitioner.site.zone
    wanted = local_time.first_instant(visit.wall.date(), visit.wall.time(), zone)
    slots = instead_of(
        wanted,
        practitioner=practitioner,
        people=people,
        type=form.cleaned_data["type"],
        patient=patient,
        minutes=form.minutes,
        taken=[(other.visit.starts_at, other.visit.ends_at) for other in others if other.visit],
    )
    return [offer_of(slot, _hint(slot, wanted, zone)) for slot in slots]


def _hint(slot, wanted, zone):
    if slot.starts_at == wanted:
        return "same time"
    is_same_day = local_time.local_day(slot.starts_at, zone) == local_time.local_day(wanted, zone)
    return "same day" if is_same_day else ""


def _book(request, patient, form, rows, visits, people):
    kept = [proposal for _, proposal in rows if proposal]
    # If the form is sent twice, the visits clash with themselves. The service checks whether they are the same.
    is_again = Appointment.objects.filter(request_token=form.cleaned_data["token"]).exists()
    if not all(proposal.is_free or (is_again and proposal.visit) for proposal in kept):
        form.add_error(None, "Some visits cannot be booked. Change them or leave them out.")
        return _page(request, patient, form, rows, visits, people, status=409)
    chosen = [(proposal.starts_at, proposal.room, proposal.visit.practitioner) for proposal in kept]
    fields = {"practitioner": form.when[0], "visits": chosen} | form.visit_fields()
    booked = accepted(form, book_series, patient, by=request.user, **fields)
    if not booked:
        return _page(request, patient, form, rows, visits, people, status=409)
    message = ngettext("Booked: %(count)d visit for %(name)s.", "Booked: %(count)d visits for %(name)s.", len(booked))
    return confirm_change(request, booked[0].pk, message % {"count": len(booked), "name": patient.name})


def _page(request, patient, form, rows, visits, people, *, status=200):
    practitioner, room, starts_at = form.when
    context = {
        "patient": patient,
        "form": form,
        "rows": rows,
        "visits": visits,
        "people": people,
        "practitioner": practitioner,
        "site": practitioner.site,
        "slot": slot_value(practitioner.pk, room and room.pk, starts_at),
        "clashing": sum(bool(proposal and proposal.problems) for _, proposal in rows),
        "kept": sum(proposal is not None for _, proposal in rows),
    }
    return render_side_panel(request, "clinic/_series.html", context, zone=practitioner.site.zone, status=status)
