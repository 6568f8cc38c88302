"""Admin of settings that are one row of a table."""

from patients.admin import NeverDeleted
from patients.audit.admin import AuditedAdmin


class OneRowAdmin(NeverDeleted, AuditedAdmin):
    """The row can be added on its list while there is none."""

    def has_add_permission(self, request):
        return super().has_add_permission(request) and not self.model.objects.exists()

    def get_model_perms(self, request):
        """The index of the admin, which is beside every page, offers no "Add", so that it need not ask for the row."""
        return {
            "add": False,
            "change": self.has_change_permission(request),
            "delete": False,
            "view": self.has_view_permission(request),
        }
