"""Whom to ask after a session, and record what the patient reported."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic.models import Appointment
from clinic.permissions import may_call_after_visits, may_keep_every_diary
from clinic.services import record_unanswered_call
from clinic.site_access import own_sites
from clinic.views.filters import site_of
from clinic.views.side_panel import render_side_panel, respond_to_change
from patients.integrity.authorization import page_needs
from patients.views.answering import accepted
from patients.web.banner import patient_banner
from patients.web.returning import return_address
from treatments.chart.follow_up_answers import answers_to_confirm
from treatments.chart.follow_ups_due import follow_ups_due
from treatments.forms.follow_ups import FollowUpForm
from treatments.models import TreatmentSession
from treatments.permissions import may_record_follow_ups
from treatments.services import record_follow_up


@page_needs(may_record_follow_ups)
@require_http_methods(["GET", "HEAD", "POST"])
def follow_up_create(request, patient_id, session_id):
    sessions = TreatmentSession.objects.select_related("patient", "practitioner__user", "practitioner__site")
    session = get_object_or_404(sessions, pk=session_id, patient_id=patient_id)
    answers = _answers_of(session, request.POST.get("answers") or request.GET.get("answers"))
    form = FollowUpForm(request.POST or None, answers=answers)
    about = {"by": request.user, "patient_answers": answers}
    if form.is_valid() and accepted(form, record_follow_up, session, **about, **form.as_kwargs()):
        messages.success(request, "Follow-up recorded.")
        return redirect(f"{reverse('patient_chart', args=[patient_id])}?episode={session.counted_episode_id or 'all'}")
    context = patient_banner(request, session.patient) | {"tab": "overview", "session": session, "form": form}
    context["answers"] = answers
    return render(request, "treatments/follow_up_form.html", context, status=422 if form.errors else 200)


def _answers_of(session, key):
    """The patient's own answers with this key; None without a key. Raises Http404 for those about another session."""
    if not key:
        return None
    try:
        return get_object_or_404(session.patient_answers, pk=key)
    except ValidationError:
        raise Http404 from None


@page_needs(may_call_after_visits)
@require_safe
def after_visit_list(request):
    """Whom to call after a visit: names and telephone numbers only, because the front desk reads it."""
    if "count" in request.GET:
        return render(request, "treatments/_after_visit_count.html", _calls(request))
    return _list(request)


@page_needs(may_call_after_visits)
@require_POST
def after_visit_no_answer(request, appointment_id):
    done_visits = Appointment.objects.filter(status=Appointment.Status.DONE)
    record_unanswered_call(get_object_or_404(done_visits, pk=appointment_id), by=request.user)
    url = return_address(request) or reverse("after_visit_list")
    return respond_to_change(request, "The unanswered call has been recorded.", lambda: _list(request), url)


def _calls(request):
    site = site_of(request, own_sites(request.user))
    user = None if may_keep_every_diary(request.user) else request.user
    urgent = [answers.session for answers in answers_to_confirm(site=site, user=user) if answers.signs]
    return {"site": site, "due": follow_ups_due(at=timezone.now(), site=site, user=user), "urgent": urgent}


def _list(request):
    context = _calls(request)
    return render_side_panel(request, "treatments/_after_visit_list.html", context, zone=context["site"].zone)
