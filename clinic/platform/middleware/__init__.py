"""What every request and answer carries; how long a session lasts is in sessions.py."""

from urllib.parse import unquote

from django.core.exceptions import SuspiciousOperation
from django.http import HttpResponseNotAllowed
from django.utils import timezone

from clinic.models import Site

# What a browser's forms and links send; a library's page that would also take PUT or DELETE is not asked.
METHODS = ["GET", "HEAD", "POST"]
# Kept in the session, which is read anyway: the clock of the site costs no query.
SITE_CLOCK = "site_clock"


def remember_site_clock(sender, request, user, **kwargs):
    """At sign-in, keep the time zone of the site where this person treats."""
    site = Site.objects.filter(practitioners__user=user).first()
    request.session[SITE_CLOCK] = site.timezone if site else None


def site_clock(get_response):
    """Read and write times on the clock of the practitioner's site; without a site on that of the settings."""

    def middleware(request):
        with timezone.override(request.session.get(SITE_CLOCK)):
            return get_response(request)

    return middleware


def private_pages(get_response):
    """Keep pages with patients' data out of every cache, unless a view has said otherwise."""

    def middleware(request):
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "no-store, private")
        return response

    return middleware


def known_methods(get_response):
    """Refuse every method that no page of ours has."""

    def middleware(request):
        return get_response(request) if request.method in METHODS else HttpResponseNotAllowed(METHODS)

    return middleware


def no_nul(get_response):
    """Refuse an address with the one character that PostgreSQL stores nowhere. Forms refuse it beside the field."""

    def middleware(request):
        if "\0" in unquote(request.META.get("QUERY_STRING", "")):
            raise SuspiciousOperation("A parameter of the address holds a NUL character.")
        return get_response(request)

    return middleware
