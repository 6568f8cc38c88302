"""Case reports of a session and of an episode by STRICTA: to print, and as a file. They do not name the patient."""

from django.db.models import prefetch_related_objects
from django.http import Http404, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from patients.integrity.authorization import page_needs
from patients.models import Episode
from patients.web.banner import patient_banner
from patients.web.spreadsheet import BYTE_ORDER_MARK, LineBuffer, cell, csv_writer
from treatments.models import TreatmentSession, with_rows
from treatments.permissions import may_export_case_reports, may_read_sessions
from treatments.record.case_report import case_report, episode_report, values_before_corrections
from treatments.record.corrections import amendments_with_corrections, as_corrected, with_amendments

from .sessions import session_banner, stored_session

HEAD = ["item", "what is asked", "reported", "missing"]
CORRECTED = "corrected after it was signed; the report has the corrected values; what was signed:"


@require_safe
@page_needs(may_read_sessions)
def case_report_print(request, patient_id, session_id):
    session, counting, items = _report(patient_id, session_id)
    context = session_banner(request, session) | {"session": counting}
    return render(request, "treatments/case_report_print.html", context | _shown(request, items, [session]))


@page_needs(may_export_case_reports)
@require_safe
def case_report_export(request, patient_id, session_id):
    session, _, items = _report(patient_id, session_id)
    return _file(items, [session])


@require_safe
@page_needs(may_read_sessions)
def episode_report_print(request, patient_id, episode_id):
    episode, sessions, items = _report_of_episode(patient_id, episode_id)
    context = patient_banner(request, episode.patient) | {"episode": episode, "sessions": sessions}
    context |= {"first": sessions[0], "latest": sessions[-1]}
    return render(request, "treatments/episode_report_print.html", context | _shown(request, items, sessions))


@page_needs(may_export_case_reports)
@require_safe
def episode_report_export(request, patient_id, episode_id):
    _, sessions, items = _report_of_episode(patient_id, episode_id)
    return _file(items, sessions)


def _report(patient_id, session_id):
    """(the session, the session as it counts, the items); 404 unless it is a signed needling that counts."""
    session = stored_session(patient_id, session_id)
    if not session.is_signed or session.error_mark_id or not session.is_with_needling:
        raise Http404
    prefetch_related_objects([session], amendments_with_corrections())
    counting = as_corrected(session)
    return session, counting, case_report(counting, session.needlings.all())


def _report_of_episode(patient_id, episode_id):
    """(the episode, its sessions as they count, the items); 404 without any signed needling that counts."""
    episodes = Episode.objects.counting().select_related("patient")
    episode = get_object_or_404(episodes, pk=episode_id, patient_id=patient_id)
    signed = TreatmentSession.objects.counting().signed().with_needling().of_complaint(episode)
    found = with_amendments(with_rows(signed)).select_related("practitioner__site").order_by("started_at", "pk")
    sessions = [as_corrected(one) for one in found]
    if not sessions:
        raise Http404
    return episode, sessions, episode_report(episode, sessions)


def _shown(request, items, sessions):
    """The part of the page that both reports have. The age is that at the first session."""
    first = sessions[0]
    age = first.patient.birth.age_words(timezone.localdate(first.started_at), unit="years")
    may_export, corrected = may_export_case_reports(request.user), values_before_corrections(sessions)
    return {"items": items, "age": age, "may_export": may_export, "corrected": corrected}


def _file(items, sessions):
    rows = [
        [one.number, one.asked, one.not_applicable or "; ".join(one.reported), "; ".join(one.missing)] for one in items
    ]
    if corrected := values_before_corrections(sessions):
        rows.append(["", CORRECTED, "; ".join(corrected), ""])
    writer = csv_writer(LineBuffer())
    lines = [BYTE_ORDER_MARK, *(writer.writerow([cell(value) for value in row]) for row in [HEAD, *rows])]
    headers = {"Content-Disposition": 'attachment; filename="case-report.csv"'}
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)
