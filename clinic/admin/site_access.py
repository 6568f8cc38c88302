"""The sites of patients, and who opened records of other sites for which reason."""

from django.contrib import admin

from clinic.models import OtherSiteAccess, PatientSite
from patients.admin import ReadOnly, SearchesPatients
from patients.audit.admin import AuditedAdmin


@admin.register(PatientSite)
class PatientSiteAdmin(SearchesPatients, AuditedAdmin):
    """An admin adds a site, or removes one that no longer treats the patient."""

    list_display = ["patient", "site", "added_at", "added_by"]
    list_filter = ["site"]
    list_select_related = ["patient", "site", "added_by"]
    raw_id_fields = ["patient"]
    fields = ["patient", "site"]
    show_full_result_count = False

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(OtherSiteAccess)
class OtherSiteAccessAdmin(SearchesPatients, ReadOnly, AuditedAdmin):
    list_display = ["opened_at", "opened_by", "patient", "reason", "explanation", "ends_at"]
    list_filter = ["reason"]
    list_select_related = ["patient", "opened_by"]
    date_hierarchy = "opened_at"
    show_full_result_count = False
