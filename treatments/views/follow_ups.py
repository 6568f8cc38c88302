"""Record a contact with the patient after a session."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from patients.integrity.authorization import page_needs
from patients.views.answering import accepted
from patients.web.banner import patient_banner
from treatments.forms.follow_ups import FollowUpForm
from treatments.models import TreatmentSession
from treatments.permissions import may_record_follow_ups
from treatments.services import record_follow_up


@page_needs(may_record_follow_ups)
@require_http_methods(["GET", "HEAD", "POST"])
def follow_up_create(request, patient_id, session_id):
    sessions = TreatmentSession.objects.select_related("patient", "practitioner__user", "practitioner__site")
    session = get_object_or_404(sessions, pk=session_id, patient_id=patient_id)
    form = FollowUpForm(request.POST or None)
    if form.is_valid() and accepted(form, record_follow_up, session, by=request.user, **form.as_kwargs()):
        messages.success(request, "Follow-up recorded.")
        return redirect(f"{reverse('patient_chart', args=[patient_id])}?episode={session.counted_episode_id or 'all'}")
    context = patient_banner(request, session.patient) | {"tab": "overview", "session": session, "form": form}
    return render(request, "treatments/follow_up_form.html", context, status=422 if form.errors else 200)
