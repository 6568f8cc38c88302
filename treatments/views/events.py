"""Adverse events: record one that appeared after the visit, read one with its history, add a report."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from patients.integrity.authorization import page_needs
from patients.views.answering import accepted, is_refused_as
from patients.web.banner import patient_banner
from treatments.chart.event_history import current_facts, history_of
from treatments.forms.events import EventForm, EventReportForm
from treatments.models import AdverseEvent, TreatmentSession
from treatments.permissions import may_read_events, may_record_events, may_report_events
from treatments.record.corrections import name_counting_rows
from treatments.services import record_event, report_event


@page_needs(may_record_events)
@require_http_methods(["GET", "HEAD", "POST"])
def event_create(request, patient_id, session_id):
    sessions = TreatmentSession.objects.select_related("patient", "practitioner__user", "practitioner__site")
    session = get_object_or_404(sessions, pk=session_id, patient_id=patient_id)
    form = EventForm(request.POST or None)
    if form.is_valid() and (event := accepted(form, record_event, session, by=request.user, **form.cleaned_data)):
        messages.success(request, f"Recorded: {event}.")
        return redirect("event_detail", patient_id, event.pk)
    context = patient_banner(request, session.patient) | {"tab": "overview", "session": session, "form": form}
    return render(request, "treatments/event_form.html", context, status=422 if form.errors else 200)


@page_needs(may_read_events)
@require_safe
def event_detail(request, patient_id, event_id):
    event = _event(patient_id, event_id)
    reports = list(event.reports.latest_first().select_related("event__session", "recorded_by", "needling__muscle"))
    name_counting_rows([event, *reports])
    context = _about(request, event) | {
        "facts": current_facts(event, reports),
        "steps": history_of(event, reports),
    }
    return render(request, "treatments/event_detail.html", context)


@page_needs(may_report_events)
@require_http_methods(["GET", "HEAD", "POST"])
def event_report(request, patient_id, event_id):
    event = _event(patient_id, event_id)
    latest = _latest_report(event)
    form = EventReportForm(request.POST or None, request=request, event=event, latest=latest)
    if form.is_valid() and (report := accepted(form, report_event, event, by=request.user, **form.as_kwargs())):
        messages.success(request, "Report recorded. The event is closed." if report.is_closed else "Report recorded.")
        return redirect("event_detail", patient_id, event_id)
    if is_refused_as(form, "stale"):
        latest = _latest_report(event)
        form.follow(latest)
    context = _about(request, event) | {"latest": latest, "form": form}
    return render(request, "treatments/event_report.html", context, status=422 if form.errors else 200)


def _event(patient_id, event_id):
    events = AdverseEvent.objects.with_state().select_related(
        "session__patient",
        "session__practitioner__user",
        "session__practitioner__site",
        "recorded_by",
        "follow_up",
        "error_mark",
        "needling__muscle",
    )
    return get_object_or_404(events, pk=event_id, session__patient_id=patient_id)


def _latest_report(event):
    latest = event.reports.latest_first().select_related("recorded_by", "needling").first()
    name_counting_rows([event, latest] if latest else [event])
    return latest


def _about(request, event):
    banner = patient_banner(request, event.session.patient)
    marked = event.marked_with
    in_error = marked and marked.error_mark
    return banner | {"tab": "overview", "event": event, "session": event.session, "in_error": in_error}
