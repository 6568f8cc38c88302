"""What was heard of a patient in the days after a session."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.views.decorators.http import require_http_methods

from patients.integrity.authorization import page_needs
from patients.precautions import precautions_for
from treatments.forms.follow_ups import FollowUpForm
from treatments.models import TreatmentSession
from treatments.permissions import may_record_follow_ups
from treatments.services import record_follow_up


@page_needs(may_record_follow_ups)
@require_http_methods(["GET", "HEAD", "POST"])
def follow_up_create(request, patient_id, session_id):
    sessions = TreatmentSession.objects.select_related("patient", "practitioner__user")
    session = get_object_or_404(sessions, pk=session_id, patient_id=patient_id)
    form = FollowUpForm(request.POST or None)
    if request.method == "POST" and _recorded(form, session, by=request.user):
        messages.success(request, "Follow-up recorded.")
        return redirect(f"{reverse('patient_chart', args=[patient_id])}?episode={session.episode_id or 'all'}")
    context = {
        "nav": "patients",
        "tab": "overview",
        "patient": session.patient,
        "precautions": precautions_for(session.patient, on=localdate()),
        "session": session,
        "form": form,
    }
    return render(request, "treatments/follow_up_form.html", context, status=422 if form.errors else 200)


def _recorded(form, session, *, by):
    if not form.is_valid():
        return False
    fields = {name: form.cleaned_data[name] for name in ("id", "contacted_at", "pain", "soreness", "note")}
    try:
        record_follow_up(session, by=by, events=form.new_events(), **fields)
    except ValidationError as refusal:
        form.add_error(None, refusal)
        if getattr(refusal, "code", None) == "other content":
            form.take_new_id()
        return False
    return True
