"""Each request has an id and an address; what it showed of a patient, and what it was refused, is in the trail."""

import logging
import uuid
from ipaddress import ip_address

from django.conf import settings
from django.db import DatabaseError
from django.shortcuts import render, resolve_url
from django.urls import reverse

from clinic.models import Appointment, WaitingListEntry
from clinic.platform.logs import without_private_parts
from clinic.registry import registry
from patients.audit.chain import patient_id_of
from patients.audit.recording import add_audit_entry
from patients.audit.request_context import RequestContext, current_request
from patients.models import Patient, TrailEntry

Action = TrailEntry.Action
logger = logging.getLogger(__name__)

# The words in a page's name that say that it leaves the screen.
WORDS = {
    "print": Action.PRINT,
    "copy": Action.PRINT,
    "pdf": Action.PRINT,
    "export": Action.EXPORT,
    "download": Action.EXPORT,
}
REFUSALS = (403, 404)


def request_context(get_response):
    """Name the request: in the trail, in the log, and on the answer as X-Request-ID."""

    def middleware(request):
        request.request_id = uuid.uuid4().hex
        token = current_request.set(RequestContext(request.request_id, address_of(request), request))
        try:
            response = get_response(request)
        finally:
            current_request.reset(token)
        response.headers["X-Request-ID"] = request.request_id
        return response

    return middleware


def address_of(request):
    """The network address that asked. Behind a proxy, what the proxy itself has added: the rest anybody can write."""
    address = request.META.get("REMOTE_ADDR", "")
    if settings.BEHIND_PROXY:
        address = request.META.get("HTTP_X_FORWARDED_FOR", address).rpartition(",")[2].strip()
    try:
        return str(ip_address(address))
    except ValueError:
        return ""


def recorded(get_response):
    """Write into the trail what the answer shows or refuses, before it leaves. What cannot be written is not shown."""

    def middleware(request):
        response = get_response(request)
        try:
            record_answer(request, response)
        except DatabaseError:
            logger.exception("The trail could not be written for request %s", request.request_id)
            if response.status_code not in REFUSALS:
                response = render(request, "503.html", status=503)
                response.headers["Retry-After"] = "60"
        return response

    return middleware


def record_answer(request, response):
    """One entry for a page, fragment or file about a patient, for one that leaves the screen, and for a refusal.

    A view whose service has told it already, and more of it, puts `is_told` on its response.
    """
    if is_refused(request, response):
        note = f"Answered {response.status_code} to {request.method}{_unknown_path(request)}."
        patient = Patient.objects.filter(pk=_patient_id(request, response)).first()
        add_audit_entry(Action.REFUSED, by=request.user, patient=patient, record=_record(request), note=note)
    elif is_shown(request, response) and not getattr(response, "is_told", False):
        action, patient_id = _action(request, response), _patient_id(request, response)
        if patient_id or action != Action.READ:
            patient = Patient(pk=patient_id) if patient_id else None
            add_audit_entry(action, by=request.user, patient=patient, record=_record(request, response))


def is_refused(request, response):
    """Whether somebody was kept out: no permission, no such record, or a door that is not for this person.

    An address that is none is a slip of the keyboard, unless somebody signed in tries it.
    """
    if response.status_code == 404:
        return bool(_parts(request)) or request.user.is_authenticated
    if response.status_code == 302 and request.user.is_authenticated:
        match = request.resolver_match
        return match is not None and match.app_name == "admin" and match.url_name != "login" and _is_door(response.url)
    return response.status_code == 403


def _unknown_path(request):
    """An address that leads nowhere has no name to be told by."""
    return "" if request.resolver_match else f" {without_private_parts(request.path)}"


def _is_door(url):
    return url.partition("?")[0] in (reverse("admin:login"), resolve_url(settings.LOGIN_URL))


def is_shown(request, response):
    """Whether the answer holds something to read: a form sent back with its errors does, an autosave's answer not."""
    is_answered = response.status_code < 300 or response.status_code in (304, 409, 422)
    if request.method in ("GET", "HEAD") or response.has_header("Content-Disposition"):
        return is_answered
    return is_answered and response.headers.get("Content-Type", "").startswith("text/html")


def _action(request, response):
    name = request.resolver_match.url_name if request.resolver_match else ""
    for word in (name or "").split("_"):
        if word in WORDS:
            return WORDS[word]
    if response.headers.get("Content-Type") == "application/pdf":
        return Action.PRINT
    is_file = response.headers.get("Content-Disposition", "").startswith("attachment")
    return Action.EXPORT if is_file else Action.READ


def _patient_id(request, response):
    parts = _parts(request)
    if "patient_id" in parts:
        return parts["patient_id"]
    for part, model in (("appointment_id", Appointment), ("entry_id", WaitingListEntry)):
        if part in parts:
            return model.objects.filter(pk=parts[part]).values_list("patient_id", flat=True).first()
    return patient_id_of(_original(response))


def _record(request, response=None):
    """The most particular record that the address names, as (model, key)."""
    if original := _original(response):
        return original
    keys = [part for part in _parts(request) if part.endswith("_id")]
    if not keys:
        return None
    part = keys[-1]
    # Most parts name the model themselves: episode_id, appointment_id.
    return registry.address_parts.get(part, part.removesuffix("_id")), str(_parts(request)[part])


def _original(response):
    """The record that a page of the admin is about."""
    context = getattr(response, "context_data", None) or {}
    return context.get("original") or context.get("object")


def _parts(request):
    return request.resolver_match.kwargs if request.resolver_match else {}


# Signing in and out ------------------------------------------------------------


def record_sign_in(sender, request, user, **kwargs):
    """Who came in, from where."""
    add_audit_entry(Action.LOGIN, by=user, record=user)


def record_sign_out(sender, request, user, **kwargs):
    """Who left; nobody when the session was over already."""
    if user:
        add_audit_entry(Action.LOGOUT, by=user, record=user)


def record_failed_sign_in(sender, credentials, request=None, **kwargs):
    """The name that was typed. Nothing else of what was typed is kept."""
    typed = credentials.get("username") or credentials.get("login") or credentials.get("email") or ""
    add_audit_entry(Action.FAILED_LOGIN, by=None, by_name=str(typed))


def record_lock_out(sender, request, username, **kwargs):
    """Sign-in was paused, or somebody tries while it is."""
    add_audit_entry(Action.LOCK_OUT, by=None, by_name=str(username or ""))
