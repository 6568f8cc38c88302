"""The export of all tables behind the outcome review."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.urls import path, reverse

from patients.integrity.authorization import require_permission
from treatments.outcomes.export.archive import XLSX, ZIP, export_tables, patients_in_tables
from treatments.outcomes.export.files import XLSX_TYPE
from treatments.permissions import may_export_outcomes
from treatments.services import record_outcomes_export

TYPES = {ZIP: "application/zip", XLSX: XLSX_TYPE}


class TablesExport:
    """Mixed into the admin of outcomes: all tables as CSV files in a ZIP archive or as an Excel file."""

    def get_urls(self):
        return [
            path(
                f"export/tables-{kind}{'-with-names' if identified else ''}/",
                self.admin_site.admin_view(self.tables_view),
                {"kind": kind, "identified": identified},
                name=f"treatments_outcome_export_tables_{kind}{'_with_names' if identified else ''}",
            )
            for kind in TYPES
            for identified in (False, True)
        ] + super().get_urls()

    def tables_view(self, request, kind, identified):
        """The export is in the audit trail of each patient concerned before it is sent."""
        require_permission(may_export_outcomes(identified=identified), request.user)
        changelist = self.get_changelist_instance(request)
        filters, in_words = changelist.filters(), changelist.in_words()
        if changelist.errors:
            return HttpResponseBadRequest("; ".join(changelist.errors), content_type="text/plain; charset=utf-8")
        facts = {"identified": identified, "filters_in_words": in_words}
        try:
            file = export_tables(filters, kind=kind, **facts)
        except ValidationError as refusal:
            self.message_user(request, refusal.messages[0], messages.ERROR)
            return redirect(reverse("admin:treatments_outcome_changelist") + changelist.get_query_string())
        count, patients = filters.sessions().count(), patients_in_tables(filters)
        record_outcomes_export(by=request.user, file_format="tables", count=count, patient_ids=patients, **facts)
        response = FileResponse(file, as_attachment=True, filename=f"tables.{kind}", content_type=TYPES[kind])
        response.is_recorded = True
        return response
