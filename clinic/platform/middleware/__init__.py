"""Middleware for time zones, caching and refused requests. Sessions have their own in clinic.accounts.sessions."""

import logging
from urllib.parse import unquote

from django.core.exceptions import SuspiciousOperation, ValidationError
from django.db import DataError
from django.http import HttpResponseNotAllowed
from django.shortcuts import render
from django.urls import resolve, reverse
from django.utils import timezone
from django.views.defaults import bad_request

from clinic.first_run import NoSite
from clinic.models import Site

logger = logging.getLogger(__name__)
# Our forms and links need no others. This also keeps PUT and DELETE away from views of libraries.
METHODS = ["GET", "HEAD", "POST"]
# URL names of the pages for machines.
WITHOUT_SESSION = ("healthz", "readyz", "metrics")
# Stored in the session, which is loaded anyway, so that the time zone of the site needs no query.
SITE_CLOCK = "site_clock"


def remember_site_clock(sender, request, user, **kwargs):
    """At sign-in, store the time zone of the practitioner's site in the session."""
    site = Site.objects.filter(practitioners__user=user).first()
    request.session[SITE_CLOCK] = site.timezone if site else None


def site_clock(get_response):
    """Use the time zone of the practitioner's site, or TIME_ZONE for users without a site."""

    def middleware(request):
        with timezone.override(request.session.get(SITE_CLOCK)):
            return get_response(request)

    middleware.process_exception = explain_missing_site
    return middleware


def explain_missing_site(request, exception):
    """Show what to do next, instead of an error, on a page that needs a site while the clinic has none."""
    if isinstance(exception, NoSite):
        return render(request, "clinic/no_site.html", {"nav": "diary"}, status=409 if request.method == "POST" else 200)
    return None


def private_pages(get_response):
    """Keep pages out of every cache, because they show patients' data. A view can set its own Cache-Control."""

    def middleware(request):
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "no-store, private")
        return response

    return middleware


def pages_without_session(get_response):
    """Answer the pages for machines before the session is read, which needs the database."""
    paths = {reverse(name) for name in WITHOUT_SESSION}

    def middleware(request):
        if request.path_info not in paths:
            return get_response(request)
        request.resolver_match = match = resolve(request.path_info)
        return match.func(request)

    return middleware


def known_methods(get_response):
    """Answer 405 to methods other than GET, HEAD and POST."""

    def middleware(request):
        return get_response(request) if request.method in METHODS else HttpResponseNotAllowed(METHODS)

    return middleware


def no_nul(get_response):
    """Refuse a query string with a NUL character, which PostgreSQL cannot store. Form fields refuse it themselves."""

    def middleware(request):
        if "\0" in unquote(request.META.get("QUERY_STRING", "")):
            raise SuspiciousOperation("A parameter of the URL contains a NUL character.")
        return get_response(request)

    middleware.process_exception = refuse_impossible_value
    return middleware


def refuse_impossible_value(request, exception):
    """Answer 400 to a value in a URL that no row can have, such as a key with 25 digits in a list of the admin."""
    if request.method != "POST" and isinstance(exception, OverflowError | DataError | ValidationError):
        logger.warning("A URL has a value that no row can have", exc_info=exception)
        return bad_request(request, exception)
    return None
