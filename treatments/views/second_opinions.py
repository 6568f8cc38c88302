"""The page on which a colleague reads the answer to a stop and agrees to it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from patients.integrity.authorization import page_needs
from treatments import services
from treatments.forms.amendments import AgreementForm
from treatments.models import Needling
from treatments.permissions import may_agree_to_stops
from treatments.record.agreed_rows import rows_digest
from treatments.record.corrections import rows_for_page
from treatments.services.answers import ChangedAnswer

from .sessions import session_banner, stored_session


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_agree_to_stops)
def stop_second(request, patient_id, session_id):
    """All stops of one session that this user is asked to agree to; 404 for anybody else."""
    session, asked = _asked(request.user, patient_id, session_id)
    if request.method != "POST":
        return _page(request, session, asked)
    try:
        answer = _shown(asked, request.POST.get("answer"))
        form = _form(request, answer, request.POST)
        if answer.is_waiting and not form.is_valid():
            return _page(request, session, asked, form=form, status=422)
        rows_read = request.POST.get("rows_read", "")
        services.agree_to_stop(answer, by=request.user, rows_read=rows_read, proof=form.proof)
    except ValidationError as refusal:
        return _page(request, *_asked(request.user, patient_id, session_id), refusal=refusal, status=409)
    messages.success(request, f"Your agreement has been recorded. {session.practitioner} will see it in the session.")
    return redirect("stop_second", patient_id, session_id)


def _asked(user, patient_id, session_id):
    session = stored_session(patient_id, session_id)
    asked = session.warning_answers.asked_of(user).with_row()
    if not asked:
        raise Http404
    return session, asked


def _shown(asked, answer_id):
    """The answer with this id. Raises ChangedAnswer when there is none, because a changed answer has a new id."""
    for answer in asked:
        if str(answer.pk) == answer_id:
            return answer
    raise ChangedAnswer


def _page(request, session, asked, refusal=None, form=None, status=200):
    context = {
        **session_banner(request, session),
        "session": session,
        "needlings": rows_for_page(session, Needling, is_corrected=False),
        "asked": [_asked_with_form(request, answer, form) for answer in asked],
        "refusal": refusal.messages if refusal else [],
    }
    return render(request, "treatments/stop_second.html", context, status=status)


def _form(request, answer, typed=None):
    return AgreementForm(typed, request=request, auto_id=f"id_{answer.pk}_%s")


def _asked_with_form(request, answer, form):
    """The answer, what is read with it, and its form: the one that was sent and refused, or an empty one."""
    rows_read = rows_digest(answer, answer.session.needlings.all())
    is_sent = form is not None and request.POST.get("answer") == str(answer.pk)
    return answer, rows_read, form if is_sent else _form(request, answer)
