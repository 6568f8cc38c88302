"""Read, print, amend, withdraw or hand over a session."""

import uuid

from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from patients.integrity.authorization import page_needs
from patients.views.answering import accepted
from treatments import safety, services
from treatments.chart.timeline import entry_with_state, neighbours_of
from treatments.forms.amendments import AmendmentForm
from treatments.forms.corrections import CorrectionForms
from treatments.models import Measurement, Needling
from treatments.permissions import may_amend_sessions, may_read_sessions, may_write_sessions
from treatments.record.authorship import may_hand_over, may_write
from treatments.record.basis import basis_of
from treatments.record.basis_changes import change_sentences, changes_during, sealed_changes
from treatments.record.completeness import missing
from treatments.record.corrections import (
    amendments_with_corrections,
    as_corrected,
    corrections_of,
    rows_as_signed,
    rows_for_page,
)
from treatments.record.in_error import waiting_mark_of
from treatments.record.sealing import content_hash
from treatments.record.visit_kinds import rules_of
from treatments.record.warnings import warning_statuses
from treatments.safety.past_events import past_events_of

from .saving import hand_over_page, withdrawal
from .sessions import session_banner, stored_session


@require_safe
@page_needs(may_read_sessions)
def session_detail(request, patient_id, session_id):
    return _record(request, patient_id, session_id)


@require_safe
@page_needs(may_read_sessions)
def session_print(request, patient_id, session_id):
    """The same record at another address, so that the audit trail distinguishes printing from reading."""
    return _record(request, patient_id, session_id, is_print=True)


def _record(request, patient_id, session_id, *, is_print=False):
    session = stored_session(patient_id, session_id)
    past_events = past_events_of(session.patient)
    context = {
        **session_banner(request, session, past_events=past_events),
        **(_as_signed(session) if session.error_mark_id else corrected_context(session)),
        "record": session,
        "kind": "session",
        "neighbours": neighbours_of(session),
        "is_print": is_print,
        "protocol_id": uuid.uuid4(),
        "entry": entry_with_state(session),
        "rules": rules_of(session),
        "waiting_mark": waiting_mark_of(session) if session.is_signed else None,
        "matches": session.is_signed and content_hash(session) == session.content_hash,
        **_warnings_and_missing(session, past_events),
        "may_write": may_write(request.user, session),
        "may_hand_over": may_hand_over(request.user, session),
    }
    return render(request, "treatments/session_detail.html", context)


def corrected_context(session):
    """The template context for the values that count, with those that were signed beside them."""
    prefetch_related_objects([session], amendments_with_corrections())
    is_corrected = bool(corrections_of(session))
    rows = {"needlings": Needling, "measurements": Measurement}
    shown = {name: rows_for_page(session, model, is_corrected=is_corrected) for name, model in rows.items()}
    amendments = list(session.amendments.all())
    return {"session": as_corrected(session), "amendments": amendments, "is_corrected": is_corrected} | shown


def _as_signed(session):
    """The template context for a record that was entered in error: only what was signed, whatever was corrected."""
    prefetch_related_objects([session], amendments_with_corrections())
    shown = {"needlings": rows_as_signed(session, Needling), "measurements": rows_as_signed(session, Measurement)}
    return {"session": session, "amendments": list(session.amendments.all()), "is_corrected": False} | shown


def _warnings_and_missing(session, past_events):
    """The template context for warnings with answers, changes of consent, and what is missing in a draft."""
    rows = session.needlings.all()
    if not session.is_draft:
        statuses = [safety.WarningStatus(answer, answer) for answer in session.warning_answers.all()]
        changes = change_sentences(session, sealed_changes(session), rows)
        is_advice_kept = session.seal_version > 1
        shown = {"warning_statuses": statuses, "is_advice_kept": is_advice_kept, "basis_changes": changes}
        return shown | {"missing": []}
    basis = basis_of(session, rows)
    known = {"precautions": basis.precautions, "consents": basis.consents, "past_events": past_events}
    found = warning_statuses(session, **known)
    statuses = [status for status in found if not status.warning.is_advice]
    changes = change_sentences(session, changes_during(basis), rows)
    lacking = missing(session, basis=basis, open_=[status for status in found if status.is_open])
    return {"warning_statuses": statuses, "missing": lacking, "basis_changes": changes}


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_amend_sessions)
def session_amend(request, patient_id, session_id):
    session = stored_session(patient_id, session_id)
    if not session.is_signed:
        raise Http404
    prefetch_related_objects([session], amendments_with_corrections())
    corrections = CorrectionForms(session, request.POST or None)
    form = AmendmentForm(request.POST or None, request=request, corrections=corrections)
    if form.is_valid() and accepted(form, services.amend_session, session, by=request.user, **form.as_kwargs()):
        messages.success(request, "The amendment is signed and saved with the record.")
        return redirect("session_detail", patient_id, session_id)
    context = {**session_banner(request, session), "session": session, "form": form, "corrections": corrections}
    return render(request, "treatments/session_amend.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_write_sessions)
def session_withdraw(request, patient_id, session_id):
    session = stored_session(patient_id, session_id)
    banner = session_banner(request, session)
    return withdrawal(request, banner, session, services.withdraw_draft, then="patient_chart")


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_read_sessions)
def session_hand_over(request, patient_id, session_id):
    session = stored_session(patient_id, session_id)
    return hand_over_page(request, session_banner(request, session), session)
