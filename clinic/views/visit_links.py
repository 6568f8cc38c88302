"""The page of the private link in a message. Anybody who has the link can open it; it shows when and where, no more.

The secret in the address proves that the request is the patient's, so a CSRF token would add nothing; without one the
page also works where cookies are blocked.
"""

from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from clinic.diary.message_texts import day_and_time
from clinic.diary.visit_calendar import calendar_of_visits
from clinic.diary.visit_links import MOST_TRIES, TRIES_SECONDS, current_replies, messages_of_link, sites_to_call
from clinic.forms.visit_links import CALL, DAYS, PARTS, RequestForm
from clinic.models import Message, VisitReply
from clinic.models.feed import hash_token
from clinic.platform.audit_middleware import ip_address_of
from clinic.platform.rate_limit import count_try, tries_of
from clinic.services import ask_about_visit, confirm_visits, record_link_opening, withdraw_requests
from patients.views.answering import accepted


def limited_and_unlisted(view):
    """Answer 429 after too many wrong links from one network address, and when one link is used too often.

    The page stays out of search engines.
    """

    @wraps(view)
    def limited(request, token):
        key = f"visit-link-from:{ip_address_of(request)}"
        uses = count_try(f"visit-link:{hash_token(token)}", seconds=TRIES_SECONDS)
        if uses > MOST_TRIES or tries_of(key) >= MOST_TRIES:
            response = _over(request, 429)
        else:
            response = view(request, token)
            if response.status_code == 404:
                count_try(key, seconds=TRIES_SECONDS)
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return limited


@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@limited_and_unlisted
def visit_link(request, token):
    messages = messages_of_link(token, at=timezone.now())
    if not messages:
        return _over(request, 404)
    if request.method == "POST":
        return _answer(request, token, messages)
    record_link_opening(messages)
    return _page(request, token, messages, RequestForm(messages=messages))


@login_not_required
@require_safe
@limited_and_unlisted
def visit_link_calendar(request, token):
    messages = messages_of_link(token, at=timezone.now())
    if not messages:
        return _over(request, 404)
    record_link_opening(messages)
    file = calendar_of_visits([message.appointment for message in messages if not message.is_postponed])
    response = HttpResponse(file, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="appointment.ics"'
    response.is_recorded = True
    return response


def _answer(request, token, messages):
    """Store the answer and show the page again by GET, or with what is wrong."""
    kind = request.POST.get("kind")
    form = RequestForm(request.POST if kind in VisitReply.REQUESTS else None, messages=messages)
    try:
        if kind == "confirm":
            confirm_visits(token)
        elif kind == "withdraw":
            withdraw_requests(token)
        elif not form.is_valid() or not accepted(form, ask_about_visit, token, **form.answer()):
            return _page(request, token, messages, form, status=422)
    except ValidationError:
        return _over(request, 404)
    return redirect("visit_link", token)


def _page(request, token, messages, form, *, status=200):
    replies = current_replies([message.appointment for message in messages])
    last = messages[-1].appointment
    possible = [message.appointment_id for message in messages if not message.is_postponed]
    context = {
        "token": token,
        "site": messages[0].appointment.practitioner.site,
        "visits": [_visit(message) for message in messages],
        "postponed": [" at ".join(_visit(message)[:2]) for message in messages if message.is_postponed],
        "requests": [reply for reply in replies.values() if reply.is_request and not reply.closed_at],
        "can_take_place": bool(possible),
        "is_confirmed": bool(possible)
        and all(pk in replies and replies[pk].kind == VisitReply.Kind.CONFIRMED for pk in possible),
        "until": " ".join(day_and_time(last.starts_at, last.zone)),
        "form": form,
        "asked": request.POST.get("kind", "") if form.errors else "",
        "DAYS": DAYS,
        "PARTS": PARTS,
        "CALL": CALL,
    }
    response = render(request, "clinic/visit_link.html", context, status=status)
    response.is_recorded = True
    return response


def _visit(message):
    """(day, time, whether it cannot take place) as the patient knows the visit."""
    zone = message.appointment.zone
    start = message.known_starts_at if message.kind == Message.Kind.POSTPONED else message.starts_at
    return *day_and_time(start, zone), message.is_postponed


def _over(request, status):
    """The same page for a wrong, an old and a used link. It names no visit."""
    sites = sites_to_call()
    return render(request, "clinic/visit_link_over.html", {"sites": sites}, status=status)
