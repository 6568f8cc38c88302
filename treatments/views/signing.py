"""The page on which the author reads what they sign, proves who they are, and signs exactly that."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from patients.integrity.authorization import page_needs
from patients.web.posted import posted_number
from treatments import services
from treatments.forms.amendments import SigningForm
from treatments.permissions import may_write_sessions
from treatments.record.authorship import may_write
from treatments.record.basis import basis_of
from treatments.record.changed_since import saved_since
from treatments.record.completeness import missing
from treatments.safety.past_events import past_events_of
from treatments.services.drafts import StaleSession

from .saving import not_writable
from .sessions import session_banner, stored_session


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_write_sessions)
def session_prove(request, patient_id, session_id):
    session = stored_session(patient_id, session_id)
    if not may_write(request.user, session):
        return not_writable(request, session)
    if request.method != "POST":
        return _page(request, session, SigningForm(request=request))
    form = SigningForm(request.POST, request=request)
    version = posted_number(request.POST.get("version"))
    if not form.is_valid():
        # What was shown is what can still be signed: another version is shown first.
        saved = saved_since(session, version)
        return _page(request, session, form, saved=saved, status=409 if saved else 422)
    try:
        services.sign_as_shown(session, by=request.user, version=version, proof=form.proof)
    except StaleSession:
        session = stored_session(patient_id, session_id)
        saved = saved_since(session, version)
        return _page(request, session, SigningForm(request=request), saved=saved, status=409)
    except ValidationError as refusal:
        for sentence in refusal.messages:
            messages.error(request, sentence)
        return redirect(stored_session(patient_id, session_id))
    except PermissionDenied:  # handed over in the meantime
        return not_writable(request, stored_session(patient_id, session_id))
    messages.success(request, "Signed. The record can no longer be changed.")
    return redirect("session_detail", patient_id, session_id)


def _page(request, session, form, saved=None, status=200):
    rows = session.needlings.all()
    basis = basis_of(session, rows)
    past_events = past_events_of(session.patient)
    if lacking := missing(session, basis=basis, past_events=past_events):
        messages.warning(request, f"Not signed yet. Still missing: {', '.join(item.label for item in lacking)}.")
        return redirect(session)
    context = session_banner(request, session, past_events=past_events) | {
        "session": session,
        "record": session,
        "kind": "session",
        "rows": rows,
        "basis": basis,
        "answers": session.warning_answers.all(),
        "reactions": session.reactions,
        "form": form,
        "saved": saved,
    }
    return render(request, "treatments/session_prove.html", context, status=status)
