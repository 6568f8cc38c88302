"""Edit and sign a session."""

import json
import uuid
from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_http_methods

from clinic.accounts.proof import held_proof
from patients.integrity.authorization import page_needs
from patients.web.banner import patient_banner
from treatments import services
from treatments.chart.event_alerts import alerts_with
from treatments.chart.progress import before_session
from treatments.forms import SessionRecord
from treatments.forms.merging import compare_records, merge_versions
from treatments.forms.needling import NeedlingForm
from treatments.forms.record import with_asked_rows
from treatments.models import TreatmentSession, with_rows
from treatments.permissions import may_write_sessions
from treatments.record.authorship import may_write
from treatments.record.basis_changes import change_sentences, changes_during
from treatments.record.completeness import missing, missing_of
from treatments.record.fields import NEEDLING, names
from treatments.record.needle_count import count_state, count_token
from treatments.record.own_defaults import row_defaults
from treatments.record.protocols import protocols_on_page
from treatments.record.snippets import offered_snippets
from treatments.record.visit_kinds import RULES, has_needling_left, kinds_with
from treatments.safety import events_against_copying
from treatments.services.sessions import NotProved, NotSigned

from .saving import chosen_versions, conflict_page, not_writable, posted_whole, refused, save_tokens
from .session_parts import parts_now


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_write_sessions)
def session_edit(request, patient_id, session_id):
    session = stored_session(patient_id, session_id)
    if not may_write(request.user, session):
        return not_writable(request, session)
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
        return not_writable(request, session)
    record = _posted_record(request, session)
    if not record.is_valid() or request.headers.get("X-Autosave"):
        return _save(request, session, record)
    try:
        saved = save_tokens(record.data) | record.as_draft()
        services.save_and_sign(session, by=request.user, proof=held_proof(request), **saved)
    except NotProved:
        return redirect("session_prove", patient_id, session_id)
    except NotSigned as refusal:
        stored = stored_session(patient_id, session_id)
        return _page(request, stored, SessionRecord(stored), refusal=refusal, status=422)
    except ValidationError as refusal:
        return _refused(request, session, record, refusal)
    except PermissionDenied:  # handed over in the meantime
        return not_writable(request, stored_session(patient_id, session_id))
    messages.success(request, "Signed. The record can no longer be changed.")
    return redirect("session_detail", patient_id, session_id)


@require_http_methods(["GET", "POST"])
@page_needs(may_write_sessions)
def session_copy_setup(request, patient_id, session_id):
    """The answer to the question whether last time's set-up is copied in spite of an adverse event."""
    return saved_with(request, patient_id, session_id, services.save_and_copy_setup)


@require_http_methods(["GET", "POST"])
@page_needs(may_write_sessions)
def session_repeat_answers(request, patient_id, session_id):
    return saved_with(request, patient_id, session_id, services.save_and_repeat_answers)


def saved_with(request, patient_id, session_id, service, **arguments):
    """The answer to a button of the session's page that saves the page and does something else, both in `service`.

    `arguments` are those that the service takes besides those of save_draft.
    """
    session = stored_session(patient_id, session_id)
    if request.method == "GET":
        return redirect(session)
    if not may_write(request.user, session):
        return not_writable(request, session)
    record = _posted_record(request, session)
    if not record.is_valid() or request.headers.get("X-Autosave"):
        return _save(request, session, record)
    try:
        service(session, by=request.user, **save_tokens(record.data), **record.as_draft(), **arguments)
    except ValidationError as refusal:
        return _refused(request, session, record, refusal)
    except PermissionDenied:  # handed over in the meantime
        return not_writable(request, stored_session(patient_id, session_id))
    return redirect(_again(request, session))


def stored_session(patient_id, session_id):
    """The session with everything that its pages show; 404 unless it belongs to this patient."""
    related = ["appointment", "saved_by", "signed_by", "error_mark", "practitioner__needling_defaults"]
    sessions = with_rows(TreatmentSession.objects).select_related(*related)
    return get_object_or_404(sessions, pk=session_id, patient_id=patient_id)


def _posted_record(request, session):
    """The SessionRecord of the posted page, merged with the user's choices after a conflict."""
    data = posted_whole(request)
    if "resolve" in data:
        data = merge_versions(data, SessionRecord(session), chosen_versions(data))
    return SessionRecord(session, with_asked_rows(data, partial(row_defaults, session)))


def _save(request, session, record):
    """Store the valid values of a POST. Returns a redirect, the page again, both versions, or JSON for autosave."""
    valid, draft = record.is_valid(), record.as_draft()
    try:
        saved = services.save_draft(session, by=request.user, **save_tokens(record.data), **draft)
    except ValidationError as refusal:
        return _refused(request, session, record, refusal)
    except PermissionDenied:  # handed over in the meantime
        return not_writable(request, stored_session(session.patient_id, session.pk))
    if request.headers.get("X-Autosave"):
        lacking = missing_of(saved, draft["needlings"], draft["events"], record.open_warnings, record.basis)
        state = _state(saved, lacking, draft["needlings"], draft["events"], record.basis) | {
            "errors": record.errors,
            "warnings": list(_warnings(request, record)),
            "repeatable": _repeatable(session, record),
            "consent": _consented(session, record),
        }
        return JsonResponse(state, status=200 if valid else 422)
    if valid:
        return redirect(_again(request, saved))
    return _page(request, stored_session(saved.patient_id, saved.pk), record, status=422)


def _warnings(request, record):
    """The warnings after a save, for autosave: only the token of those already on the page, the others as HTML too."""
    shown = set(request.POST.getlist("warning"))
    for form in record.warnings:
        row_id, token = form.warning.needling_id, form.warning.token
        html = "" if token in shown else render_to_string("treatments/_warning.html", {"form": form})
        agreement = _second(form.status)
        settled = not form.status.is_open
        yield {"token": token, "row": str(row_id or ""), "html": html, "settled": settled, "second": agreement}


def _repeatable(session, record):
    """The offer to answer cautions as last time, as HTML; "" if there are none."""
    context = {"session": session, "repeatable": record.repeatable}
    return render_to_string("treatments/_repeat_answers.html", context).strip()


def _consented(session, record):
    """The consent in the strip above the form, as HTML: a new row may need one that covers its region."""
    context = {"patient": session.patient, "consent": record.basis.consent_now, "back": session.get_absolute_url()}
    return render_to_string("patients/_consented.html", context).strip()


def _second(status):
    """Whether the colleague has agreed to a stop, as HTML; "" for other warnings."""
    is_stop = status.warning.is_stop
    return render_to_string("treatments/_warning_second.html", {"status": status}) if is_stop else ""


def _refused(request, session, record, refusal):
    def both_versions(stored):
        found = compare_records(record, SessionRecord(stored))
        return conflict_page(request, session_banner(request, stored), stored, record.data, found)

    return refused(
        request,
        refusal,
        stored=partial(stored_session, session.patient_id, session.pk),
        page=lambda: _page(request, session, record, refusal=refusal, status=422),
        both_versions=both_versions,
    )


def _page(request, session, record, refusal=None, status=200):
    context = {
        **session_banner(request, session, record),
        "session": session,
        "record": record,
        "history": record.history,
        "repeatable": record.repeatable,
        "before": before_session(session, record.past_events),
        "events_against_copying": _events_against_copying(session, record),
        "protocols": protocols_on_page(session, request.user),
        "snippets": offered_snippets(request.user),
        "row_defaults": json.dumps(row_defaults(session)),
        "setup_fields": names(NEEDLING, "copied"),
        "required_of_row": json.dumps({kind: list(rules.row_fields) for kind, rules in RULES.items()}),
        "rules_of_kinds": RULES.items(),
        "kinds": {use: kinds_with(use) for use in ("is_with_needling", "reason", "stop_details")},
        "consent": record.basis.consent_now,
        "build": record.build,
        "depths": record.depths,
        "state": _state(
            session,
            missing(session, basis=record.basis, **record.known),
            session.needlings.all(),
            session.reactions,
            record.basis,
        ),
        **(_plain(record) if is_plain(request) else _for_scripts(record)),
        "save_token": uuid.uuid4(),
        "refusal": refusal.messages if refusal else [],
        "is_incomplete": bool(getattr(refusal, "lacking", [])),
    }
    return render(request, "treatments/session_edit.html", context, status=status)


def _again(request, session):
    """The address of the page after a save."""
    return session.get_absolute_url() + ("?plain" if is_plain(request) else "")


def is_plain(request):
    """Whether the page is for a browser without JavaScript: then each row has its fields, and each list its choices."""
    return "plain" in request.GET or "plain" in request.POST


def _plain(record):
    return {"plain": True, "muscle_choices": NeedlingForm(row_id="", catalogue=record.catalogue)["muscle"]}


def _for_scripts(record):
    """What the scripts need besides the parts that all pages share (see session_parts)."""
    return {
        "parts_version": parts_now(record.reviews)[0],
        "needles": [[needle.pk, str(needle)] for needle in record.catalogue.needles.all().values()],
        "own_muscles": record.catalogue.not_offered(),
        "errors": json.dumps(record.errors),
    }


def _events_against_copying(session, record):
    """The events that the page asks about before it copies; none if there is nothing to copy."""
    last = record.history.last
    if last is None or session.copied_from_id or record.needlings:
        return []
    return events_against_copying(session, last, past_events=record.past_events)


def session_banner(request, session, record=None, past_events=None):
    """The template context for the patient banner.

    `record` spares loading the events again, and the precautions if the visit is today. `past_events` are those of the
    patient, if the page has them without a record.
    """
    is_todays = record is not None and record.catalogue.on == timezone.localdate()
    known = record.screened if is_todays else None
    past_events = record.past_events if record else past_events
    alerts = None if past_events is None else alerts_with(past_events, session.patient)
    return patient_banner(request, session.patient, known, alerts) | {"nav": "today"}


def _state(session, lacking, needlings, events, basis):
    """The state that the foot of the page shows after a save."""
    count = count_state(session, needlings, events)
    return {
        "version": session.version,
        "saved_at": date_format(timezone.localtime(session.saved_at), "H:i:s"),
        "missing": [{"label": item.label, "target": item.target} for item in lacking],
        "stop": count.stop,
        "recount": {"text": count.recount, "token": count_token(needlings)},
        "question": count.question,
        "needling_left": has_needling_left(session, needlings),
        "basis_changes": change_sentences(session, changes_during(basis), needlings),
        "is_late_entry": session.is_late_entry or bool(basis.late_rows),
        "needled": {str(row.pk): f"{timezone.localtime(row.needled_at):%H:%M}" for row in needlings if row.needled_at},
    }
