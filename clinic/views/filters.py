"""What the address of a diary page chooses: site, day, columns and people."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import parse_qs, urlencode, urlsplit

from django.contrib import messages
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date

from clinic.diary import local_time
from clinic.forms.diary import is_in_range
from clinic.models import Site


@dataclass
class Filters:
    """The choices of the address, so that each link of the page changes one and keeps the others."""

    sites: list
    site: Site
    day: date
    by: str
    practitioner_ids: list
    room_ids: list

    def url(self, **changed):
        query = {"day": self.day, "site": self.site.pk, "by": self.by}
        query |= {"practitioner": self.practitioner_ids, "room": self.room_ids} | changed
        if query["by"] == "practitioner":
            del query["by"]
        if len(self.sites) == 1:
            del query["site"]
        return f"{reverse('day')}?{urlencode(query, doseq=True)}"


def filters_of(request):
    """Read the address. What cannot be read falls back to today, the first site, everybody."""
    sites = list(Site.objects.all())
    site = site_of(request, sites)
    today = local_time.local_day(timezone.now(), site.zone)
    by = "room" if request.GET.get("by") == "room" else "practitioner"
    people, rooms = (_numbers(request.GET.getlist(name)) for name in ("practitioner", "room"))
    return Filters(sites, site, day_of(request, today), by, people, rooms)


def _numbers(typed):
    return [int(pk) for pk in typed if pk.isdecimal() and len(pk) < 18]


def site_of(request, sites):
    """The site that was asked for, here or by the page around it; or that of this person's clock, or the first."""
    if not sites:
        raise Http404("No site is set up yet.")
    page = parse_qs(urlsplit(request.htmx.current_url or "").query)
    wanted = request.POST.get("site") or request.GET.get("site") or page.get("site", [""])[-1]
    clock = timezone.get_current_timezone_name()
    by_address = [site for site in sites if str(site.pk) == wanted]
    by_clock = [site for site in sites if site.timezone == clock]
    return (by_address or by_clock or sites)[0]


def day_of(request, today):
    """The day of the address; today, with a word, when it cannot be read."""
    wanted = request.GET.get("day")
    if not wanted:
        return today
    try:
        day = parse_date(wanted)
    except ValueError:
        day = None
    if day is None or not is_in_range(day):
        messages.warning(request, "That day could not be read. This is today.")
        return today
    return day


def number(asked, name):
    """An id in what was asked or sent; 0, which nobody has, when it is none."""
    typed = asked.get(name, "")
    return int(typed) if typed.isdecimal() and len(typed) < 18 else 0
