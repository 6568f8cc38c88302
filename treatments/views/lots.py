"""Needle lots: find one, see who was treated with it, export the list."""

from django.core.paginator import Paginator
from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.text import slugify
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe

from clinic.site_access import of_own_sites, sites_of
from patients.audit.request_context import note_patients_shown
from patients.integrity.authorization import page_needs
from treatments.catalogue.lots import as_csv, explained, lots_like, uses_of, with_session_counts
from treatments.models import Needle
from treatments.permissions import may_export_lots, may_trace_lots
from treatments.services import record_lot_export

ROWS_A_PAGE = 50
ROWS_TO_PRINT = 5000


@page_needs(may_trace_lots)
@require_safe
def needle_lots(request):
    typed = request.GET.get("q", "")[:100]
    page = Paginator(lots_like(typed), ROWS_A_PAGE).get_page(request.GET.get("page"))
    page.object_list = with_session_counts(page.object_list)
    template = "treatments/_lots.html" if request.htmx else "treatments/needle_lots.html"
    return render(request, template, {"nav": "lots", "typed": typed, "page": page, "today": localdate()})


@page_needs(may_trace_lots)
@require_safe
def needle_trace(request, needle_id):
    needle = get_object_or_404(Needle, pk=needle_id)
    rows = ROWS_TO_PRINT if "all" in request.GET else ROWS_A_PAGE
    uses = of_own_sites(request.user, uses_of(needle), "session__patient")
    page = Paginator(uses, rows).get_page(request.GET.get("page"))
    page.object_list = list(explained(page.object_list))
    note_patients_shown(request, [row.session.patient_id for row in page.object_list])
    context = {"nav": "lots", "needle": needle, "page": page, "is_limited": sites_of(request.user) is not None}
    return render(request, "treatments/needle_trace.html", context)


@page_needs(may_export_lots)
@require_safe
def lot_export(request, needle_id):
    needle = get_object_or_404(Needle, pk=needle_id)
    patients = uses_of(needle).order_by().values_list("session__patient", flat=True).distinct()
    record_lot_export(needle, by=request.user, patient_ids=patients)
    lines = as_csv(needle, uses_of(needle).iterator(chunk_size=500))
    name = f"recall-{slugify(needle.lot) or needle.pk}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)
    response.is_recorded = True
    return response
