"""When a session ends, and the set-up of a second factor that comes first."""

import time

from allauth.mfa.signals import authentication_failed, authenticator_removed
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve

from clinic.accounts.sign_in import has_second_factor, needs_second_factor
from clinic.platform.failures import failure_of_database

SIGNED_IN_AT, SEEN_AT, FACTOR_DUE = "signed_in_at", "seen_at", "second_factor_due"
# Requests with this header, such as a poll, do not extend the session.
PASSIVE = "X-Passive"
ALLOWED_FIRST = {"logout", "account_logout", "account_reauthenticate", "account", "session_state"}


def seconds_left(session):
    """Seconds until this session ends, by inactivity or by its maximum length; 0 if it has ended."""
    now = time.time()
    idle = settings.SESSION_IDLE_SECONDS - (now - session.get(SEEN_AT, now))
    longest = settings.SESSION_LONGEST_SECONDS - (now - session.get(SIGNED_IN_AT, now))
    return max(0, min(idle, longest))


class PageSessionMiddleware(SessionMiddleware):
    """Django's middleware, except that only the response to a full page deletes the cookie of an ended session.

    A script's request may be sent before the user signs in again and answered after that. Its response would delete
    the new cookie. Keeping the old cookie is safe, because its session no longer exists.

    A session that could not be saved because the database failed is not one that ended: Django answers 400 to both.
    """

    def process_response(self, request, response):
        try:
            response = super().process_response(request, response)
        except SessionInterrupted as interrupted:
            raise failure_of_database(interrupted) or interrupted from None
        cookie = response.cookies.get(settings.SESSION_COOKIE_NAME)
        if cookie is not None and not cookie.value and not _is_page(request):
            del response.cookies[settings.SESSION_COOKIE_NAME]
        return response


def _is_page(request):
    return request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"


def end_of_session(get_response):
    """Delete a session on the server when its time is over. Then answer 401 to a request for a fragment."""

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
        messages.info(request, f"You were signed out after {minutes} minutes without activity. Your drafts are saved.")


def _touch(session):
    """Note the activity. Saves at most 30 times in the allowed idle time, because a session is a database row."""
    now = time.time()
    if now - session.get(SEEN_AT, 0) >= settings.SESSION_IDLE_SECONDS / 30:
        session[SEEN_AT] = now
        session.setdefault(SIGNED_IN_AT, now)


def second_factor_first(get_response):
    """Redirect users who need a second factor and have none to its set-up."""

    def middleware(request):
        session = request.session
        if request.user.is_authenticated and session.get(FACTOR_DUE) and not _is_allowed_first(request):
            if not has_second_factor(request.user):
                return redirect("mfa_index")
            session[FACTOR_DUE] = False
        return get_response(request)

    return middleware


def _is_allowed_first(request):
    try:
        name = resolve(request.path_info).url_name or ""
    except Resolver404:
        return False
    return name in ALLOWED_FIRST or name.startswith("mfa_")


def begin_session(sender, request, user, **kwargs):
    """At sign-in, store the time and whether the user must have a second factor."""
    request.session[SIGNED_IN_AT] = request.session[SEEN_AT] = time.time()
    request.session[FACTOR_DUE] = needs_second_factor(user)


def require_factor_again(sender, request, user, **kwargs):
    """After a second factor was removed, check again that a user who needs one has another."""
    if request.user == user:
        request.session[FACTOR_DUE] = needs_second_factor(user)


def count_wrong_code(sender, request, user, **kwargs):
    """Report a wrong code as a failed sign-in, so that axes counts it and the audit trail records it."""
    user_login_failed.send(sender=__name__, credentials={"username": user.get_username()}, request=request)


def connect():
    """Connect the receivers above to the signals of Django and allauth."""
    user_logged_in.connect(begin_session, dispatch_uid="clinic.begin_session")
    authenticator_removed.connect(require_factor_again, dispatch_uid="clinic.require_factor_again")
    authentication_failed.connect(count_wrong_code, dispatch_uid="clinic.count_wrong_code")
