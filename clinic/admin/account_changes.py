"""Admin of the changes of accounts: a second admin accepts or refuses them."""

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.template.response import TemplateResponse

from clinic import services
from clinic.accounts.change_words import changes_in_words, state_in_words
from clinic.models import AccountChange
from clinic.permissions import may_manage_accounts
from patients.admin import ReadOnly
from patients.audit.admin import AuditedAdmin

from .accounts import AccountAdmin, make_link


class ChangeStateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [("waiting", "Waiting"), ("accepted", "Accepted"), ("refused", "Refused"), ("expired", "Expired")]

    def queryset(self, request, queryset):
        match self.value():
            case "waiting":
                return queryset.waiting()
            case "accepted":
                return queryset.filter(is_accepted=True)
            case "refused":
                return queryset.filter(is_accepted=False)
            case "expired":
                return queryset.expired()
        return queryset


@admin.register(AccountChange)
class AccountChangeAdmin(ReadOnly, AccountAdmin, AuditedAdmin):
    list_display = ["user", "what", "asked_at", "asked_by", "state", "decided_at"]
    list_filter = [ChangeStateFilter]
    list_select_related = ["user", "asked_by", "decided_by"]
    search_fields = ["user__username", "user__last_name", "user__first_name"]
    fields = ["user", "what", "asked_at", "asked_by", "proved_by_means", "alone_from", "expires_at", "state"]
    fields += ["decided_at", "decided_by", "decision_proved_by_means"]
    date_hierarchy = "asked_at"
    actions = ["accept", "refuse"]
    actions_without_proof = ("refuse",)

    def has_decide_permission(self, request):
        return may_manage_accounts(request.user)

    @admin.display(description="change")
    def what(self, change):
        return "; ".join(changes_in_words(change.changes))

    @admin.display(description="state")
    def state(self, change):
        return state_in_words(change)

    @admin.action(description="Accept", permissions=["decide"])
    def accept(self, request, queryset):
        links = []
        for change in queryset:
            try:
                change = services.accept_account_change(change, by=request.user, proof=request.proof)
                if "password_link" in change.changes:
                    links.append(make_link(request, change.user, agreed=change))
            except ValidationError as refusal:
                self.message_user(request, f"{change}: {' '.join(refusal.messages)}", messages.ERROR)
                continue
            self.message_user(request, f"{change}: {self.what(change)}. It is now in effect.", messages.SUCCESS)
        if not links:
            return None
        context = self.admin_site.each_context(request) | {"title": "Links", "invited": links, "opts": self.opts}
        return TemplateResponse(request, "admin/invitations.html", context)

    @admin.action(description="Refuse, or take back", permissions=["decide"])
    def refuse(self, request, queryset):
        for change in queryset:
            try:
                services.refuse_account_change(change, by=request.user)
            except ValidationError as refusal:
                self.message_user(request, f"{change}: {' '.join(refusal.messages)}", messages.ERROR)
                continue
            self.message_user(request, f"{change}: refused.", messages.SUCCESS)
