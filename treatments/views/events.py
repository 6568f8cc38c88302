"""Adverse events: record one that appeared later, read one with its history, report what became of it."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate
from django.views.decorators.http import require_http_methods, require_safe

from patients.precautions import precautions_for
from treatments.chart.event_history import current_facts, history_of
from treatments.forms.events import EventForm, EventReportForm
from treatments.models import AdverseEvent, TreatmentSession
from treatments.services import record_event, report_event


@permission_required("treatments.add_adverseevent", raise_exception=True)
@require_http_methods(["GET", "HEAD", "POST"])
def event_create(request, patient_id, session_id):
    sessions = TreatmentSession.objects.select_related("patient", "practitioner__user")
    session = get_object_or_404(sessions, pk=session_id, patient_id=patient_id)
    form = EventForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        event = _done(form, record_event, session, by=request.user, **form.cleaned_data)
        if event:
            messages.success(request, f"Recorded: {event}.")
            return redirect("event_detail", patient_id, event.pk)
    context = _about(session) | {"session": session, "form": form}
    return render(request, "treatments/event_form.html", context, status=422 if form.errors else 200)


@permission_required("treatments.view_adverseevent", raise_exception=True)
@require_safe
def event_detail(request, patient_id, event_id):
    event = _event(patient_id, event_id)
    reports = list(event.reports.latest_first().select_related("event__session", "recorded_by", "needling__muscle"))
    context = _about(event.session) | {
        "event": event,
        "session": event.session,
        "facts": current_facts(event, reports),
        "steps": history_of(event, reports),
    }
    return render(request, "treatments/event_detail.html", context)


@permission_required("treatments.add_eventreport", raise_exception=True)
@require_http_methods(["GET", "HEAD", "POST"])
def event_report(request, patient_id, event_id):
    event = _event(patient_id, event_id)
    latest = event.reports.latest_first().select_related("recorded_by").first()
    form = EventReportForm(request.POST or None, event=event, latest=latest)
    if request.method == "POST" and form.is_valid():
        report = _done(form, report_event, event, by=request.user, **form.told())
        if report:
            messages.success(
                request, "Report recorded. The event is closed." if report.is_closed else "Report recorded."
            )
            return redirect("event_detail", patient_id, event_id)
    context = _about(event.session) | {"event": event, "session": event.session, "latest": latest, "form": form}
    return render(request, "treatments/event_report.html", context, status=422 if form.errors else 200)


def _event(patient_id, event_id):
    events = AdverseEvent.objects.with_state().select_related(
        "session__patient", "session__practitioner__user", "recorded_by", "follow_up", "needling__muscle"
    )
    return get_object_or_404(events, pk=event_id, session__patient_id=patient_id)


def _done(form, service, subject, **told):
    """What the service returns, or None with its refusal on the form, ready to be sent again where that helps."""
    try:
        return service(subject, **told)
    except ValidationError as refusal:
        form.add_error(None, refusal)
        code = getattr(refusal, "code", None)
        if code == "other content":
            form.take_new_id()
        elif code == "stale":
            form.take_new_id(number=str(subject.reports.count() + 1))
        return None


def _about(session):
    patient = session.patient
    return {
        "nav": "patients",
        "tab": "overview",
        "patient": patient,
        "precautions": precautions_for(patient, on=localdate()),
    }
