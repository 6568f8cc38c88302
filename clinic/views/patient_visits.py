"""A patient's visits: the page, from which the dates can be sent, the printed list and the calendar file."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from clinic.diary.patient_visits import past_visits, visits_of, with_places
from clinic.diary.visit_calendar import calendar_of_visits
from clinic.models import CallAttempt, Site
from clinic.permissions import may_change_visits, may_keep_diary_of, may_see_diary
from clinic.services import send_dates
from patients.integrity.authorization import page_needs
from patients.models import Patient
from patients.permissions import may_read_patients
from patients.web.banner import patient_banner

RECENT = 8


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_see_diary)
@page_needs(may_read_patients)
def patient_visits(request, patient_id):
    """The visits. A POST sends their dates to the patient."""
    patient = get_object_or_404(Patient, pk=patient_id)
    if request.method != "POST":
        return _page(request, patient)
    try:
        sent = send_dates(patient, by=request.user)
    except ValidationError as refusal:
        return _page(request, patient, refusal=refusal, status=409)
    dates = "1 date" if len(sent) == 1 else f"{len(sent)} dates"
    messages.success(request, f"{patient.name} gets a message with {dates} in a few minutes.")
    return redirect("patient_visits", patient.pk)


def _page(request, patient, *, refusal=None, status=200):
    past = past_visits(patient)
    shown = with_places(list(past if "all" in request.GET else past[:RECENT]))
    visits = visits_of([patient])[patient.pk]
    may_change = may_change_visits(request.user)
    for visit in visits.upcoming:
        visit.may_change = may_change and may_keep_diary_of(request.user, visit.practitioner)
    calls = CallAttempt.objects.filter(appointment__patient=patient).select_related("called_by")
    context = patient_banner(request, patient) | {
        "visits": visits,
        "past": shown,
        "earlier": past.count() - len(shown),
        "calls": {call.appointment_id: call for call in reversed(calls)},
        "waiting": patient.waiting_list_entries.open().with_names(),
        "may_send": may_change and patient.reminder_channel != Patient.ReminderChannel.NONE,
        "refusal": refusal,
        "now": timezone.now(),
    }
    return render(request, "clinic/patient_visits.html", context, status=status)


@require_safe
@page_needs(may_see_diary)
@page_needs(may_read_patients)
def patient_visits_print(request, patient_id):
    """The dates for the patient, to be printed: no kinds of visits, and no time for a visit that cannot take place."""
    patient = get_object_or_404(Patient, pk=patient_id)
    visits = visits_of([patient])[patient.pk].upcoming
    site = visits[0].practitioner.site if visits else Site.objects.first()
    context = patient_banner(request, patient) | {"upcoming": visits, "site": site}
    return render(request, "clinic/patient_visits_print.html", context)


@require_safe
@page_needs(may_see_diary)
@page_needs(may_read_patients)
def patient_visits_download(request, patient_id):
    """The visits that are not over and can take place, as a calendar file."""
    patient = get_object_or_404(Patient, pk=patient_id)
    visits = [visit for visit in visits_of([patient])[patient.pk].upcoming if not visit.obstacles]
    response = HttpResponse(calendar_of_visits(visits), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="appointments.ics"'
    return response
