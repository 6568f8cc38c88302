"""My day: today's visits, who is here first, and unsigned notes. The strip of running timers on every page."""

from datetime import timedelta
from urllib.parse import urlsplit

from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.views.decorators.http import require_safe

from clinic.models import Practitioner
from clinic.views.filters import day_of
from patients.integrity.authorization import page_needs
from patients.models import ErrorMark
from treatments.chart import timers
from treatments.chart.day_list import asked_to_agree, here_first, past_events_around, unsigned_notes, visits_on
from treatments.chart.event_history import open_events_of
from treatments.chart.follow_up_answers import answers_to_confirm
from treatments.chart.follow_ups_due import follow_ups_due
from treatments.permissions import may_start_sessions


@page_needs(may_start_sessions)
@require_safe
def today(request):
    practitioner = Practitioner.objects.active().filter(user=request.user).select_related("user", "site").first()
    if practitioner is None:
        return render(request, "treatments/today.html", {"nav": "today", "practitioner": None})
    day = day_of(request, localdate())
    context = {"nav": "today", "practitioner": practitioner, "day": day, "is_today": day == localdate(), "now": now()}
    past_events = past_events_around(day, practitioner)
    visits = visits_on(day, practitioner, past_events)
    if context["is_today"]:
        visits = here_first(visits)
        context["over"] = [visit for visit in visits if visit.is_over]
    context |= {"visits": visits, "asked": asked_to_agree(request.user)}
    if request.htmx:
        return render(request, "treatments/_today_list.html", context)
    context |= {
        "notes": unsigned_notes(practitioner, past_events),
        "open_events": open_events_of(practitioner),
        "answered": answers_to_confirm(user=request.user),
        "due": follow_ups_due(at=now(), user=request.user),
        "error_marks": ErrorMark.objects.waiting_for(request.user).with_people(),
        "day_before": day - timedelta(days=1),
        "day_after": day + timedelta(days=1),
    }
    return render(request, "treatments/today.html", context)


@page_needs(may_start_sessions)
@require_safe
def running_timers(request):
    """The running timers and the other drafts of this user, as the fragment that fills the strip."""
    running = timers.running_timers(request.user)
    timed = {row.session_id for row in running}
    here = urlsplit(request.htmx.current_url or "").path
    drafts = [draft for draft in timers.drafts_at_work(request.user) if not _is_page_of(here, draft)]
    context = {"timers": running, "drafts": [draft for draft in drafts if draft.pk not in timed]}
    return render(request, "treatments/_running_timers.html", context)


def _is_page_of(path, session):
    """Whether a path is the page of a session or one below it, such as the one that signs."""
    return path.startswith(reverse("session_detail", args=[session.patient_id, session.pk]))
