"""How long a signed-in person stays signed in, and what they must do first."""

import time

from allauth.mfa.signals import authentication_failed, authenticator_removed
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve

from clinic.accounts.sign_in import has_second_factor, needs_second_factor

SIGNED_IN_AT, SEEN_AT, FACTOR_DUE = "signed_in_at", "seen_at", "second_factor_due"
# What only looks (a poll, the question how much time is left) says so and keeps nobody signed in.
PASSIVE = "X-Passive"
ON_THE_WAY = {"logout", "account_logout", "account_reauthenticate", "account", "session_state", "healthz"}


def seconds_left(session):
    """Until this session ends by itself: idle, or at its longest."""
    now = time.time()
    idle = settings.SESSION_IDLE_SECONDS - (now - session.get(SEEN_AT, now))
    whole = settings.SESSION_LONGEST_SECONDS - (now - session.get(SIGNED_IN_AT, now))
    return max(0, min(idle, whole))


class PageSessionMiddleware(SessionMiddleware):
    """Django's own, but only the answer to a whole page takes the cookie of an ended session away.

    A script's request that set out before somebody signed in again over the page, and is answered after, would take
    the new cookie with it. A cookie whose session is gone opens nothing.
    """

    def process_response(self, request, response):
        response = super().process_response(request, response)
        cookie = response.cookies.get(settings.SESSION_COOKIE_NAME)
        if cookie is not None and not cookie.value and not _is_page(request):
            del response.cookies[settings.SESSION_COOKIE_NAME]
        return response


def _is_page(request):
    return request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"


def end_of_session(get_response):
    """End a session on the server when it is over; a fragment that nobody may see any more is 401, not a page."""

    def middleware(request):
        if request.user.is_authenticated:
            if seconds_left(request.session) <= 0:
                _end(request)
            elif not request.headers.get(PASSIVE):
                _touch(request.session)
        response = get_response(request)
        if request.htmx and response.status_code == 302 and not request.user.is_authenticated:
            return HttpResponse("Signed out.", status=401, content_type="text/plain")
        return response

    return middleware


def _end(request):
    logout(request)
    if _is_page(request) and not request.htmx:
        minutes = settings.SESSION_IDLE_SECONDS // 60
        messages.info(request, f"You were signed out after {minutes} minutes without activity. Drafts are kept.")


def _touch(session):
    """Not at every request, a session is a row in the database: some thirty times in the span it may be idle."""
    now = time.time()
    if now - session.get(SEEN_AT, 0) >= settings.SESSION_IDLE_SECONDS / 30:
        session[SEEN_AT] = now
        session.setdefault(SIGNED_IN_AT, now)


def second_factor_first(get_response):
    """Who must have a second factor and has none sets it up before anything else."""

    def middleware(request):
        session = request.session
        if request.user.is_authenticated and session.get(FACTOR_DUE) and not _is_on_the_way(request):
            if not has_second_factor(request.user):
                return redirect("mfa_index")
            session[FACTOR_DUE] = False
        return get_response(request)

    return middleware


def _is_on_the_way(request):
    try:
        name = resolve(request.path_info).url_name or ""
    except Resolver404:
        return False
    return name in ON_THE_WAY or name.startswith("mfa_")


def begin_session(sender, request, user, **kwargs):
    """At sign-in, note the time and whether a second factor is due."""
    request.session[SIGNED_IN_AT] = request.session[SEEN_AT] = time.time()
    request.session[FACTOR_DUE] = needs_second_factor(user)


def ask_again(sender, request, user, **kwargs):
    """A second factor was removed: whoever must have one needs another now."""
    if request.user == user:
        request.session[FACTOR_DUE] = needs_second_factor(user)


def count_wrong_code(sender, request, user, **kwargs):
    """A wrong code is a failed sign-in: axes counts it, and the trail hears of it."""
    user_login_failed.send(sender=__name__, credentials={"username": user.get_username()}, request=request)


def connect():
    """Listen to Django's and allauth's signals."""
    user_logged_in.connect(begin_session, dispatch_uid="clinic.begin_session")
    authenticator_removed.connect(ask_again, dispatch_uid="clinic.ask_again")
    authentication_failed.connect(count_wrong_code, dispatch_uid="clinic.count_wrong_code")
