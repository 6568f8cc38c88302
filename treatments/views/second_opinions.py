"""Agree to a stop: what the colleague who is asked reads, and their word."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from patients.integrity.authorization import page_needs
from treatments import services
from treatments.permissions import may_agree_to_stops
from treatments.services.answers import ChangedAnswer

from .sessions import about, stored_session


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_agree_to_stops)
def stop_second(request, patient_id, session_id):
    """All stops of one session to which this person is asked to agree; nobody else finds anything here."""
    session, asked = _asked(request.user, patient_id, session_id)
    if request.method != "POST":
        return _page(request, session, asked)
    try:
        services.second_stop(_shown(asked, request.POST.get("answer")), by=request.user)
    except ValidationError as refusal:
        return _page(request, *_asked(request.user, patient_id, session_id), refusal=refusal, status=409)
    messages.success(request, f"You agreed. {session.practitioner} sees it on the page of the session.")
    return redirect("stop_second", patient_id, session_id)


def _asked(user, patient_id, session_id):
    session = stored_session(patient_id, session_id)
    asked = session.warning_answers.asked_of(user).with_row()
    if not asked:
        raise Http404
    return session, asked


def _shown(asked, answer_id):
    """The answer that the page showed, by its id: an answer in other words has another."""
    for answer in asked:
        if str(answer.pk) == answer_id:
            return answer
    raise ChangedAnswer


def _page(request, session, asked, refusal=None, status=200):
    context = {
        **about(request, session),
        "session": session,
        "asked": asked,
        "refusal": refusal.messages if refusal else [],
    }
    return render(request, "treatments/stop_second.html", context, status=status)
