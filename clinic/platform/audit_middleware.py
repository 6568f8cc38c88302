"""Give each request an id, and record in the audit trail what it showed of a patient and what it was refused."""

import logging
import uuid
from ipaddress import ip_address

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Model
from django.shortcuts import render, resolve_url
from django.urls import reverse

from clinic.platform.logs import without_private_parts
from clinic.platform.patients_in_requests import patient_id_in
from clinic.platform.rate_limit import count_try
from clinic.registry import registry
from patients.audit.chain import paths_to_patient, patient_id_of, patients_of
from patients.audit.recording import add_audit_entry, add_entry_about_many, add_strangers_refusal
from patients.audit.request_context import RequestContext, current_request
from patients.models import Patient, TrailEntry

Action = TrailEntry.Action
logger = logging.getLogger(__name__)

# Words in a URL name for pages that are printed, exported or downloaded.
ACTIONS_BY_WORD = {
    "print": Action.PRINT,
    "copy": Action.PRINT,
    "pdf": Action.PRINT,
    "export": Action.EXPORT,
    "download": Action.EXPORT,
}
REFUSALS = (403, 404)
HOUR = 3600
ENTRIES_AN_HOUR = 500


def request_context(get_response):
    """Give the request an id for the audit trail, the log and the X-Request-ID header of the response."""

    def middleware(request):
        request.request_id = uuid.uuid4().hex
        token = current_request.set(RequestContext(request.request_id, ip_address_of(request), request))
        try:
            response = get_response(request)
        finally:
            current_request.reset(token)
        response.headers["X-Request-ID"] = request.request_id
        return response

    return middleware


def ip_address_of(request):
    """The IP address of the client, or "". Behind a proxy only the entry that the proxy added can be trusted."""
    address = request.META.get("REMOTE_ADDR", "")
    if settings.BEHIND_PROXY:
        address = request.META.get("HTTP_X_FORWARDED_FOR", address).rpartition(",")[2].strip()
    try:
        return str(ip_address(address))
    except ValueError:
        return ""


def record_access(get_response):
    """Record in the audit trail what a response shows or refuses. If that fails, answer 503 instead of showing it."""

    def middleware(request):
        response = get_response(request)
        try:
            record_response(request, response)
        except DatabaseError:
            logger.exception("The audit trail could not be written for request %s", request.request_id)
            if response.status_code not in REFUSALS:
                response = render(request, "503.html", status=503)
                response.headers["Retry-After"] = "60"
        return response

    return middleware


def record_response(request, response):
    """Add an entry for a response about a patient, for one that is printed or exported, and for a refusal.

    What a page shows of other patients is one more entry about all of them. A view sets `is_recorded` on its response
    if its service has already added a more detailed entry.
    """
    if is_refused(request, response):
        _record_refusal(request, response)
    elif is_shown(request, response) and not getattr(response, "is_recorded", False):
        action, patient_id = _action(request, response), _patient_id(request, response)
        others = _patients_in_lists(request, response) - {patient_id}
        if patient_id or (action != Action.READ and not others):
            patient = Patient(pk=patient_id) if patient_id else None
            note = "From another site, with a reason." if getattr(request, "other_site_access", None) else ""
            add_audit_entry(action, by=request.user, patient=patient, record=_record(request, response), note=note)
        if others:
            typed = request.GET.get("q", "").strip()
            note = f"List: {typed}" if typed else "List"
            add_entry_about_many(action, by=request.user, patient_ids=others, note=note)


def _record_refusal(request, response):
    """Add an entry for what a user was refused. Of what strangers are refused, most is only counted."""
    # Without a URL name, the path is the only trace of what was requested.
    path = "" if request.resolver_match else f" {without_private_parts(request.path)}"
    note = f"Answered {response.status_code} to {request.method}{path}."
    if request.user.is_authenticated:
        patient = Patient.objects.filter(pk=_patient_id(request, response)).first()
        add_audit_entry(Action.REFUSED, by=request.user, patient=patient, record=_record(request), note=note)
    elif times := times_worth_recording(f"refused:{ip_address_of(request)}"):
        patient = Patient.objects.filter(pk=_patient_id(request, response)).first()
        note = note if times == 1 else f"{note} {times:,} refusals in an hour."
        add_strangers_refusal(patient=patient, record=_record(request), note=note)


def times_worth_recording(key):
    """How often something with this key was tried in this hour, if that is 1, 10, 100 and so on; otherwise 0.

    So that strangers cannot fill the audit trail: rows in it are never deleted. They can have as many addresses as they
    like, so there are at most ENTRIES_AN_HOUR such entries in an hour.
    """
    times = count_try(key, seconds=HOUR)
    is_due = str(times).rstrip("0") == "1"
    return times if is_due and count_try("strangers", seconds=HOUR) <= ENTRIES_AN_HOUR else 0


def is_refused(request, response):
    """Whether the response denies access: no permission, no such record, or an admin page that redirects to sign-in.

    An unknown URL counts only if the user is signed in; otherwise it is taken as a typing error.
    """
    if response.status_code == 404:
        return bool(_parts(request)) or request.user.is_authenticated
    if response.status_code == 302 and request.user.is_authenticated:
        match = request.resolver_match
        return (
            match is not None and match.app_name == "admin" and match.url_name != "login" and _is_sign_in(response.url)
        )
    return response.status_code == 403


def _is_sign_in(url):
    return url.partition("?")[0] in (reverse("admin:login"), resolve_url(settings.LOGIN_URL))


def is_shown(request, response):
    """Whether the response shows data. A form with errors does; the answer to an autosave does not."""
    has_content = response.status_code < 300 or response.status_code in (304, 409, 422)
    if request.method in ("GET", "HEAD") or response.has_header("Content-Disposition"):
        return has_content
    return has_content and response.headers.get("Content-Type", "").startswith("text/html")


def _action(request, response):
    name = request.resolver_match.url_name if request.resolver_match else ""
    for word in (name or "").split("_"):
        if word in ACTIONS_BY_WORD:
            return ACTIONS_BY_WORD[word]
    if response.headers.get("Content-Type") == "application/pdf":
        return Action.PRINT
    is_file = response.headers.get("Content-Disposition", "").startswith("attachment")
    return Action.EXPORT if is_file else Action.READ


def _patient_id(request, response):
    return patient_id_in(_parts(request)) or patient_id_of(_original(response))


def _patients_in_lists(request, response):
    """The keys of the patients that the page shows: those in a list of the admin, and those that the view noted."""
    found = set(getattr(request, "patients_shown", ()))
    context = getattr(response, "context_data", None) or {}
    if changelist := context.get("cl"):
        found |= patients_of(changelist.model, [row.pk for row in changelist.result_list])
    if isinstance(original := _original(response), Model) and len(paths_to_patient(type(original))) > 1:
        found |= patients_of(type(original), [original.pk])
    return found


def _record(request, response=None):
    """The most specific record in the URL as (model name, key), or the object of an admin page."""
    if original := _original(response):
        return original
    keys = [part for part in _parts(request) if part.endswith("_id")]
    if not keys:
        return None
    part = keys[-1]
    # Most parts contain the name of the model, for example episode_id.
    return registry.address_parts.get(part, part.removesuffix("_id")), str(_parts(request)[part])


def _original(response):
    """The object of an admin page."""
    context = getattr(response, "context_data", None) or {}
    return context.get("original") or context.get("object")


def _parts(request):
    return request.resolver_match.kwargs if request.resolver_match else {}


# Signing in and out ------------------------------------------------------------


def record_sign_in(sender, request, user, **kwargs):
    """Record that a user signed in, and whether it was a change of user by PIN."""
    note = "By PIN, on a shared tablet." if getattr(request, "is_by_pin", False) else ""
    add_audit_entry(Action.LOGIN, by=user, record=user, note=note)


def record_sign_out(sender, request, user, **kwargs):
    """Record that a user signed out. Without a user, the session had already ended."""
    if user:
        add_audit_entry(Action.LOGOUT, by=user, record=user)


def record_failed_sign_in(sender, credentials, request=None, **kwargs):
    """Record a failed sign-in with the user name that was typed and nothing else of the input."""
    typed = credentials.get("username") or credentials.get("login") or credentials.get("email") or ""
    add_audit_entry(Action.FAILED_LOGIN, by=None, by_name=str(typed))


def record_lock_out(sender, request, username, **kwargs):
    """Record that sign-in was paused, or tried during the pause. Of many tries, most are only counted."""
    if times := times_worth_recording(f"paused:{ip_address_of(request)}:{username}"):
        note = "" if times == 1 else f"{times:,} tries in an hour."
        add_audit_entry(Action.LOCK_OUT, by=None, by_name=str(username or ""), note=note)
