"""Time off, entered and cancelled in the diary."""

from functools import partial

from django.db.models import Q
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from clinic.diary import local_time
from clinic.forms.time_off import TimeOffForm, initial_of
from clinic.models import TimeOff
from clinic.permissions import may_cancel_time_off, may_record_time_off
from clinic.services import cancel_time_off, record_time_off
from clinic.site_access import own_sites
from patients.integrity.authorization import page_needs
from patients.views.answering import accepted, is_refused_as
from patients.web.breaking import save_if_seen, seen_in

from .filters import day_of, number, site_of
from .side_panel import render_side_panel, respond_to_change


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_record_time_off)
def time_off_create(request):
    """The form, then the visits that it breaks, and once the user has seen these, the time off."""
    site = site_of(request, own_sites(request.user))
    if request.method != "POST":
        today = local_time.local_day(timezone.now(), site.zone)
        initial = initial_of(day_of(request, today), number(request.GET, "practitioner"))
        return _page(request, site, TimeOffForm(site=site, initial=initial))
    form = TimeOffForm(request.POST, site=site)
    if not form.is_valid():
        return _page(request, site, form, status=422)
    save = partial(record_time_off, by=request.user, **form.time_off_fields())
    time_off = accepted(form, save_if_seen, save, seen=seen_in(request.POST))
    if not time_off:
        conflicts = is_refused_as(form, "breaks") or is_refused_as(form, "repeated")
        return _page(request, site, form, status=409 if conflicts else 422)
    days = local_time.days_text(time_off.starts_at, time_off.ends_at, site.zone)
    message = f"Saved: {time_off.subject}, {'away' if time_off.practitioner else 'closed'} {days}."
    # The form stays open in the panel for the next one; without JavaScript the list of visits to move follows.
    blank = TimeOffForm(site=site, initial=initial_of(form.cleaned_data["first_day"], None))
    url = f"{reverse('visits_to_move')}?site={site.pk}"
    return respond_to_change(request, message, partial(_page, request, site, blank, is_saved=True), url)


@require_POST
@page_needs(may_cancel_time_off)
def time_off_cancel(request, time_off_id):
    time_off = get_object_or_404(
        TimeOff.objects.select_related("practitioner__site", "site", "room__site"), pk=time_off_id
    )
    cancel_time_off(time_off, by=request.user)
    site = time_off.site or (time_off.practitioner or time_off.room).site
    blank = TimeOffForm(site=site, initial=initial_of(local_time.local_day(time_off.starts_at, site.zone), None))
    url = f"{reverse('time_off_create')}?site={site.pk}"
    return respond_to_change(request, "The time off is cancelled.", partial(_page, request, site, blank), url)


def _page(request, site, form, *, status=200, is_saved=False):
    rows = TimeOff.objects.filter(cancelled_at=None, ends_at__gt=timezone.now())
    rows = rows.filter(Q(site=site) | Q(practitioner__site=site) | Q(room__site=site)).order_by("starts_at")
    planned = list(rows.select_related("practitioner__user", "site", "room")[:20])
    for row in planned:
        row.days = local_time.days_text(row.starts_at, row.ends_at, site.zone)
    context = {"form": form, "site": site, "planned": planned, "is_saved": is_saved}
    return render_side_panel(request, "clinic/_time_off.html", context, zone=site.zone, status=status)
