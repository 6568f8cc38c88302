"""The filters in the URL of a diary page: site, day, columns and practitioners."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import parse_qs, urlencode, urlsplit

from django.contrib import messages
from django.urls import reverse
from django.utils import timezone

from clinic.diary import local_time
from clinic.diary.day_words import read_day
from clinic.first_run import NoSite
from clinic.forms.diary import is_in_range
from clinic.models import Site
from clinic.site_access import own_sites
from patients.web.posted import key_in_address

LONGEST_DAY = 40


@dataclass
class Filters:
    """The filters of a day. `url` builds a link that changes some of them and keeps the others."""

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

    @property
    def pairs(self):
        """The names and values of all filters but the day, for hidden fields."""
        chosen = [("practitioner", pk) for pk in self.practitioner_ids] + [("room", pk) for pk in self.room_ids]
        return [("site", self.site.pk), ("by", self.by), *chosen]

    def print_url(self, **changed):
        """The URL of the same day as a page for printing."""
        return self.url(**changed).replace(reverse("day"), reverse("day_print"), 1)


def filters_of(request):
    """The Filters of the request. An unreadable value falls back to today, the user's site or everybody."""
    sites = own_sites(request.user)
    site = site_of(request, sites)
    today = local_time.local_day(timezone.now(), site.zone)
    by = "room" if request.GET.get("by") == "room" else "practitioner"
    people, rooms = (
        [key for typed in request.GET.getlist(name) if (key := key_in_address(typed))]
        for name in ("practitioner", "room")
    )
    return Filters(sites, site, day_of(request, today), by, people, rooms)


def site_of(request, sites):
    """The requested site, that of the page around a fragment, one in the user's time zone, or the first one.

    Raises NoSite if there is no site. The middleware shows what to do then.
    """
    if not sites:
        raise NoSite
    page = parse_qs(urlsplit(request.htmx.current_url or "").query)
    wanted = request.POST.get("site") or request.GET.get("site") or page.get("site", [""])[-1]
    clock = timezone.get_current_timezone_name()
    by_address = [site for site in sites if str(site.pk) == wanted]
    by_clock = [site for site in sites if site.timezone == clock]
    return (by_address or by_clock or sites)[0]


def day_of(request, today):
    """The day in the URL, in figures or words, or today. Adds a message if it cannot be read."""
    wanted = request.GET.get("day")
    if not wanted:
        return today
    day = read_day(wanted[:LONGEST_DAY], today)
    if day is None or not is_in_range(day):
        messages.warning(
            request, "The date in the address is not valid. Enter a day such as 10 March. Showing today instead."
        )
        return today
    return day


def number(asked, name):
    """The id in a parameter; 0, which no row has, if it is not an id."""
    return key_in_address(asked.get(name))
