"""The case report of a session by STRICTA: to print, and as a file. It does not name the patient."""

import csv

from django.db.models import prefetch_related_objects
from django.http import Http404, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from patients.integrity.authorization import page_needs
from patients.models.patient import whole_years
from patients.web.spreadsheet import BYTE_ORDER_MARK, LineBuffer, cell
from treatments.permissions import may_export_case_reports, may_read_sessions
from treatments.record.case_report import case_report
from treatments.record.corrections import amendments_with_corrections, as_corrected

from .sessions import session_banner, stored_session

HEAD = ["item", "what is asked", "reported", "missing"]


@require_safe
@page_needs(may_read_sessions)
def case_report_print(request, patient_id, session_id):
    session, counting, items = _report(patient_id, session_id)
    may_export = may_export_case_reports(request.user)
    context = session_banner(request, session) | {"session": counting, "items": items, "may_export": may_export}
    context["age"] = whole_years(session.patient.born_on, timezone.localdate(session.started_at))
    return render(request, "treatments/case_report_print.html", context)


@page_needs(may_export_case_reports)
@require_safe
def case_report_export(request, patient_id, session_id):
    *_, items = _report(patient_id, session_id)
    rows = [
        [one.number, one.asked, one.not_applicable or "; ".join(one.reported), "; ".join(one.missing)] for one in items
    ]
    writer = csv.writer(LineBuffer())
    lines = [BYTE_ORDER_MARK, *(writer.writerow([cell(value) for value in row]) for row in [HEAD, *rows])]
    headers = {"Content-Disposition": 'attachment; filename="case-report.csv"'}
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


def _report(patient_id, session_id):
    """(the session, the session as it counts, the items); 404 unless it is a signed needling that counts."""
    session = stored_session(patient_id, session_id)
    if not session.is_signed or session.error_mark_id or not session.is_with_needling:
        raise Http404
    prefetch_related_objects([session], amendments_with_corrections())
    counting = as_corrected(session)
    return session, counting, case_report(counting, session.needlings.all())
