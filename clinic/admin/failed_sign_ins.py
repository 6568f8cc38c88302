"""Admin of failed sign-ins."""

from axes.models import AccessAttempt
from django.contrib import admin, messages

from clinic import services
from clinic.permissions import may_manage_accounts
from patients.admin import ReadOnly


@admin.register(AccessAttempt)
class AccessAttemptAdmin(ReadOnly, admin.ModelAdmin):
    """Recent failed sign-ins. Of what was typed, only the user name is shown."""

    list_display = ["attempt_time", "username", "ip_address", "failures_since_start"]
    fields = ["attempt_time", "username", "ip_address", "user_agent", "failures_since_start"]
    search_fields = ["username", "ip_address"]
    show_full_result_count = False
    actions = ["forget"]

    def lookup_allowed(self, lookup, value, request=None):
        """Only what the page shows can be asked for: not what was typed besides the user name."""
        return lookup.split("__")[0] in self.fields

    def has_forget_permission(self, request):
        return may_manage_accounts(request.user)

    @admin.action(description="Unlock: delete these failed sign-ins", permissions=["forget"])
    def forget(self, request, queryset):
        count = services.unlock_sign_in(queryset, by=request.user)
        self.message_user(request, f"Failed sign-ins deleted: {count}. These users can try again.", messages.SUCCESS)
