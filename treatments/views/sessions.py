"""Start, write and sign a session."""

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied, SuspiciousOperation, ValidationError
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_http_methods

from clinic.models import Appointment
from patients.integrity.authorization import page_needs
from patients.models import Patient
from patients.web.banner import patient_banner
from treatments import services
from treatments.chart.event_alerts import alerts_about
from treatments.forms import SessionRecord
from treatments.forms.merging import differences, merged
from treatments.forms.record import with_new_row
from treatments.models import TreatmentSession, with_rows
from treatments.models.catalogue import View
from treatments.permissions import may_start_sessions, may_write_sessions
from treatments.record.authorship import may_write
from treatments.record.completeness import ROW_FIELDS, count_difference, missing, missing_of
from treatments.record.fields import NEEDLING, names
from treatments.services.sessions import NotSigned, events_against_copying

# Parts of the body chart to look at; static/js/session/chart.js knows where they are.
ZOOMS = [("upper", "Neck–back"), ("low", "Hip–leg"), ("whole", "Whole")]


@require_http_methods(["GET", "POST"])
@page_needs(may_start_sessions)
def session_start(request, patient_id):
    patient = get_object_or_404(Patient, pk=patient_id)
    if request.method == "GET":  # signing in again leads here
        return redirect("patient_chart", patient.pk)
    appointment = None
    if request.POST.get("appointment"):
        appointment = get_object_or_404(Appointment, pk=_number(request.POST["appointment"]), patient=patient)
    try:
        session_id = _uuid(request.POST.get("session_id"))
        session = services.start_session(patient, by=request.user, session_id=session_id, appointment=appointment)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect("patient_chart", patient.pk)
    return redirect(session)


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_write_sessions)
def session_edit(request, patient_id, session_id):
    session = stored_session(patient_id, session_id)
    if not may_write(request.user, session):
        return _not_writable(request, session)
    if request.method != "POST":
        return _page(request, session, SessionRecord(session))
    return _save(request, session, _posted_record(request, session))


@require_http_methods(["GET", "POST"])
@page_needs(may_write_sessions)
def session_sign(request, patient_id, session_id):
    session = stored_session(patient_id, session_id)
    if request.method == "GET":
        return redirect(session)
    if not may_write(request.user, session):
        return _not_writable(request, session)
    record = _posted_record(request, session)
    if not record.is_valid() or request.headers.get("X-Autosave"):
        return _save(request, session, record)
    try:
        services.save_and_sign(session, by=request.user, **_arrival(record.data), **record.as_draft())
    except NotSigned as refusal:
        stored = stored_session(patient_id, session_id)
        return _page(request, stored, SessionRecord(stored), refusal=refusal, status=422)
    except ValidationError as refusal:
        return _refused(request, session, record, refusal)
    except PermissionDenied:  # handed over while this save waited
        return _not_writable(request, stored_session(patient_id, session_id))
    messages.success(request, "Signed. The record can no longer be changed.")
    return redirect("session_detail", patient_id, session_id)


@require_http_methods(["GET", "POST"])
@page_needs(may_write_sessions)
def session_copy_setup(request, patient_id, session_id):
    """The answer to the question whether last time's set-up is copied in spite of an adverse event."""
    session = stored_session(patient_id, session_id)
    if request.method == "GET":
        return redirect(session)
    if not may_write(request.user, session):
        return _not_writable(request, session)
    record = _posted_record(request, session)
    if not record.is_valid() or request.headers.get("X-Autosave"):
        return _save(request, session, record)
    try:
        services.save_and_copy_setup(session, by=request.user, **_arrival(record.data), **record.as_draft())
    except ValidationError as refusal:
        return _refused(request, session, record, refusal)
    except PermissionDenied:  # handed over while this save waited
        return _not_writable(request, stored_session(patient_id, session_id))
    return redirect("session_edit", patient_id, session_id)


def stored_session(patient_id, session_id):
    """The session with all that its pages show; 404 unless it is this patient's."""
    sessions = with_rows(TreatmentSession.objects).select_related("appointment", "saved_by", "signed_by")
    return get_object_or_404(sessions, pk=session_id, patient_id=patient_id)


def _not_writable(request, session):
    if request.headers.get("X-Autosave"):
        closed = {"foreign": True} if session.is_draft else {"closed": session.get_absolute_url()}
        return JsonResponse(closed, status=409)
    reason = f"a draft of {session.practitioner}" if session.is_draft else session.get_status_display().lower()
    messages.info(request, f"This session is {reason}: it can be read, not changed.")
    return redirect("session_detail", session.patient_id, session.pk)


def _posted_record(request, session):
    """The page as it was sent; after a conflict with what was chosen of the stored version."""
    data = request.POST
    if "whole" not in data:
        raise SuspiciousOperation("The page arrived cut short; saving it would lose rows.")
    if "resolve" in data:
        chosen = {value for name, value in data.items() if name.startswith("choice-") and value}
        data = merged(data, SessionRecord(session), chosen)
    return SessionRecord(session, with_new_row(data))


def _arrival(data):
    """What save_draft takes to tell apart saves that were sent twice, late or from an old page."""
    return {
        "version": _number(data.get("version")),
        "token": _uuid(data.get("save_token")),
        "follows": _uuid(data["follows"]) if data.get("follows") else None,
        "settles": _uuid(data["settles"]) if data.get("settles") else None,
    }


def _save(request, session, record):
    """Store what is right of a POST; answer with a redirect, the page again, both versions, or JSON to autosave."""
    valid, draft = record.is_valid(), record.as_draft()
    try:
        saved = services.save_draft(session, by=request.user, **_arrival(record.data), **draft)
    except ValidationError as refusal:
        return _refused(request, session, record, refusal)
    except PermissionDenied:  # handed over while this save waited
        return _not_writable(request, stored_session(session.patient_id, session.pk))
    if request.headers.get("X-Autosave"):
        lacking = missing_of(saved, draft["needlings"], draft["events"], record.open_decisions, record.grounds)
        state = _state(saved, lacking) | {"errors": record.errors, "warnings": list(_warnings(request, record))}
        return JsonResponse(state, status=200 if valid else 422)
    if valid:
        return redirect("session_edit", saved.patient_id, saved.pk)
    return _page(request, stored_session(saved.patient_id, saved.pk), record, status=422)


def _warnings(request, record):
    """What the page shows of warnings after a save: those that it has already by their token, others as HTML."""
    shown = set(request.POST.getlist("warning"))
    for form in record.warnings:
        row_id, token = form.warning.needling_id, form.warning.token
        html = "" if token in shown else render_to_string("treatments/_warning.html", {"form": form})
        shown_state = {"settled": not form.decision.is_open, "second": _second(form.decision)}
        yield {"token": token, "row": str(row_id or ""), "html": html, **shown_state}


def _second(decision):
    """Whether the colleague has agreed, as HTML; of anything but a stop nothing."""
    is_stop = decision.warning.is_stop
    return render_to_string("treatments/_warning_second.html", {"decision": decision}) if is_stop else ""


def _refused(request, session, record, refusal):
    code = getattr(refusal, "code", "")
    if code == "closed":  # while this save waited for the one that closed it
        return _not_writable(request, stored_session(session.patient_id, session.pk))
    if code != "stale":
        if request.headers.get("X-Autosave"):
            return JsonResponse({"refusal": refusal.messages}, status=400)
        return _page(request, session, record, refusal=refusal, status=422)
    if request.headers.get("X-Autosave"):
        return JsonResponse({"stale": True}, status=409)
    session = stored_session(session.patient_id, session.pk)
    found = differences(record, SessionRecord(session))
    return _both_versions(request, session, record, found) if found else redirect(session)


def _both_versions(request, session, record, found):
    posted = [(name, value) for name, values in record.data.lists() for value in values]
    replaced = {"csrfmiddlewaretoken", "version", "save_token", "follows", "settles", "resolve", "action"}
    context = {
        **about(request, session),
        "session": session,
        "differences": found,
        "refused_token": record.data.get("save_token"),
        "posted": [pair for pair in posted if pair[0] not in replaced and not pair[0].startswith("choice-")],
        "save_token": uuid.uuid4(),
    }
    return render(request, "treatments/session_conflict.html", context, status=409)


def _page(request, session, record, refusal=None, status=200):
    context = {
        **about(request, session, record),
        "session": session,
        "record": record,
        "history": record.history,
        "events_against_copying": _events_against_copying(session, record),
        "setup_fields": names(NEEDLING, "copied"),
        "required_of_row": list(ROW_FIELDS),
        "consent": record.grounds.consent,
        "catalogue": record.catalogue.as_json(),
        "state": _state(session, missing(session, grounds=record.grounds, **record.known)),
        "blank": record.blank_rows(),
        "views": View.choices,
        "zooms": ZOOMS,
        "save_token": uuid.uuid4(),
        "refusal": refusal.messages if refusal else [],
    }
    return render(request, "treatments/session_edit.html", context, status=status)


def _events_against_copying(session, record):
    """The events that the page asks about before it copies; none when there is nothing to copy or to ask."""
    last = record.history.last
    if last is None or session.copied_from_id or record.needlings:
        return []
    return events_against_copying(session, last, past_events=record.past_events)


def about(request, session, record=None, past_events=None):
    """The banner of a session's page. The record knows the alerts already, of the screening when the visit is today's;
    `past_events` are those of the patient where the page has them without a record.
    """
    is_todays = record is not None and record.catalogue.on == timezone.localdate()
    known = record.screened if is_todays else None
    past_events = record.past_events if record else past_events
    alerts = None if past_events is None else alerts_about(past_events)
    return patient_banner(request, session.patient, known, alerts) | {"nav": "today"}


def _state(session, lacking):
    """What the page's foot shows after a save."""
    return {
        "version": session.version,
        "saved_at": date_format(timezone.localtime(session.saved_at), "H:i:s"),
        "missing": [{"label": item.label, "target": item.target} for item in lacking],
        "stop": count_difference(session),
    }


def _uuid(text):
    try:
        return uuid.UUID(text)
    except (TypeError, ValueError, AttributeError):
        raise SuspiciousOperation("An id of the page is missing or is not a UUID.") from None


def _number(text):
    if text and text.isdecimal() and len(text) < 19:
        return int(text)
    raise SuspiciousOperation("A number of the page is missing or is none.")
