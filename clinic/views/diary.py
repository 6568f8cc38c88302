"""The diary: the day of a site and the week of a practitioner."""

from datetime import timedelta
from urllib.parse import urlencode

from django.http import HttpResponseNotModified
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from clinic.diary import local_time
from clinic.diary.grid import day_grid, week_grid
from clinic.diary.legend import LEGEND
from clinic.diary.tags import day_tag
from clinic.models import Practitioner, WaitingListEntry
from clinic.permissions import (
    may_book,
    may_change_visits,
    may_keep_every_diary,
    may_rehome_visits,
    may_see_diary,
    may_see_waiting_list,
)
from clinic.site_access import of_own_sites, require_site
from patients.integrity.authorization import page_needs

from .filters import day_of, filters_of
from .month import month_of
from .visit_requests import request_count


@require_safe
@page_needs(may_see_diary)
def day(request):
    filters = filters_of(request)
    if request.htmx.target == "month":
        return render(request, "clinic/_month.html", {"filters": filters, "month": _month(request, filters)})
    tag = _tag(request, local_time.day_bounds(filters.day, filters.site.zone), filters.site)
    if _is_unchanged(request, tag):
        return HttpResponseNotModified(headers={"ETag": tag})
    chosen = {"practitioner_ids": filters.practitioner_ids, "room_ids": filters.room_ids}
    grid = day_grid(filters.day, filters.site, by=filters.by, **chosen)
    context = {
        "grid": grid,
        "only_for": _only_for(request.user),
        "tag": tag,
        "filters": filters,
        "poll_url": filters.url(),
        "legend": LEGEND,
    }
    if not request.htmx:
        context |= _day_context(filters) | {"month": _month(request, filters)}
        context["may_rehome"] = may_rehome_visits(request.user)
        entries = of_own_sites(request.user, WaitingListEntry.objects.open().with_names().most_urgent_first())
        context["waiting"] = entries if may_see_waiting_list(request.user) else []
        context["may_change"] = may_change_visits(request.user)
        context["request_count"] = request_count(request.user, filters.site)
    page = "clinic/_grid.html" if request.htmx else "clinic/day.html"
    return _render_tagged(request, page, context, filters.site, tag)


@require_safe
@page_needs(may_see_diary)
def week(request, practitioner_id):
    people = Practitioner.objects.active().select_related("user", "site")
    practitioner = get_object_or_404(people, pk=practitioner_id)
    require_site(request.user, practitioner.site_id)
    site = practitioner.site
    today = local_time.local_day(timezone.now(), site.zone)
    chosen = day_of(request, today)
    monday = chosen - timedelta(days=chosen.weekday())
    bounds = local_time.day_bounds(monday, site.zone)[0], local_time.day_bounds(monday + timedelta(7), site.zone)[0]
    tag = _tag(request, bounds, site)
    if _is_unchanged(request, tag):
        return HttpResponseNotModified(headers={"ETag": tag})
    context = {
        "grid": week_grid(practitioner, monday),
        "only_for": _only_for(request.user),
        "tag": tag,
        "poll_url": f"{request.path}?day={monday}",
    }
    context |= {"nav": "diary", "practitioner": practitioner, "monday": monday, "legend": LEGEND, "is_week": True}
    context |= {"sunday": monday + timedelta(6), "before": monday - timedelta(7), "after": monday + timedelta(7)}
    if not request.htmx:
        query = urlencode({"practitioner": practitioner.pk, "from_day": monday})
        context |= {"people": list(people.filter(site=site)), "book_url": f"{reverse('appointment_create')}?{query}"}
    page = "clinic/_grid.html" if request.htmx else "clinic/week.html"
    return _render_tagged(request, page, context, site, tag)


def _month(request, filters):
    return month_of(request, filters, local_time.local_day(timezone.now(), filters.site.zone))


def _day_context(filters):
    today = local_time.local_day(timezone.now(), filters.site.zone)
    step = timedelta(days=1)
    people = list(filters.site.practitioners.active().select_related("user"))
    week_of = next((person.pk for person in people if person.pk in filters.practitioner_ids), None)
    query = urlencode({"site": filters.site.pk, "from_day": filters.day})
    return {
        "week_of": week_of or (people[0].pk if people else None),
        "book_url": f"{reverse('appointment_create')}?{query}",
        "nav": "diary",
        "site": filters.site,
        "is_today": filters.day == today,
        "before": filters.day - step,
        "after": filters.day + step,
        "before_url": filters.url(day=filters.day - step),
        "today_url": filters.url(day=today),
        "after_url": filters.url(day=filters.day + step),
        "people_url": filters.url(by="practitioner"),
        "rooms_url": filters.url(by="room"),
        "print_url": filters.print_url(),
        "people": people,
        "rooms": filters.site.rooms.filter(is_active=True) if filters.by == "room" else [],
    }


def _only_for(user):
    """The id of the practitioner in whose column alone the user books; None for everybody's, 0 for nobody's."""
    if not may_book(user):
        return 0
    return None if may_keep_every_diary(user) else getattr(getattr(user, "practitioner", None), "pk", 0)


def _tag(request, bounds, site):
    return f'"{day_tag(bounds, site, request.user.pk, request.get_full_path())}"'


def _is_unchanged(request, tag):
    return request.htmx and request.headers.get("If-None-Match") == tag


def _render_tagged(request, page, context, site, tag):
    with timezone.override(site.zone):
        response = render(request, page, context)
    response.headers["ETag"] = tag
    return response
