"""Admin of users and roles, and the list of failed sign-ins."""

from functools import partial

import allauth.account.admin
import allauth.mfa.admin
import allauth.usersessions.admin  # noqa: F401 - registers the models that are unregistered below
from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from clinic import services
from clinic.accounts.proof import recent_proof
from clinic.accounts.sign_in import failed_attempts_of
from clinic.models import Practitioner
from clinic.permissions import may_manage_accounts
from patients.admin import ReadOnly
from patients.audit.admin import AuditedAdmin

ONLY_SUPERUSERS_SEE = ("is_superuser", "user_permissions")

# The admin's own sign-in form would not ask for a second factor.
admin.site.login = secure_admin_login(admin.site.login)
# These models hold secrets, or belong on the user's own account page.
admin.site.unregister([Authenticator, UserSession, EmailAddress])


class AccountAdmin(admin.ModelAdmin):
    """The admin of accounts and roles. A change asks the admin for another proof of identity.

    The proof holds for some minutes. `request.proof` says how it was given, for the services.
    """

    actions_without_proof = ()

    def changelist_view(self, request, extra_context=None):
        if request.POST.get("action") not in self.actions_without_proof:
            self.require_proof(request)
        return super().changelist_view(request, extra_context)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        self.require_proof(request)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def delete_view(self, request, object_id, extra_context=None):
        if self.has_delete_permission(request):
            self.require_proof(request)
        return super().delete_view(request, object_id, extra_context)

    def require_proof(self, request, methods=("POST",)):
        """Ask for a proof. Who has no permission for these pages is refused by them."""
        if request.method not in methods or not self.has_module_permission(request):
            return
        try:
            request.proof = recent_proof(request)
        except ValidationError as refusal:
            raise PermissionDenied(" ".join(refusal.messages)) from refusal


def _is_own(request, user):
    """Whether the admin looks at their own account: nobody gives themselves a role, but for a superuser."""
    return user == request.user and not request.user.is_superuser


class PractitionerInline(admin.StackedInline):
    model = Practitioner
    extra = 0
    can_delete = False
    verbose_name_plural = "Practitioner, for users who treat patients"


class NewUserForm(forms.ModelForm):
    """A new user without a password. The invitation link lets them choose one."""

    class Meta:
        model = User
        fields = ["username", "first_name", "last_name", "email", "groups"]

    def save(self, commit=True):
        self.instance.set_unusable_password()
        return super().save(commit)


admin.site.unregister([User, Group])


@admin.register(Group)
class GroupAdmin(AccountAdmin, AuditedAdmin, DjangoGroupAdmin):
    """The groups are the roles. Their permissions are defined in clinic.roles."""


@admin.register(User)
class UserAdmin(AccountAdmin, AuditedAdmin, DjangoUserAdmin):
    """Users with their practitioner. Only a superuser can change or create a superuser."""

    add_form = NewUserForm
    add_fieldsets = [(None, {"fields": NewUserForm.Meta.fields})]
    add_form_template = "admin/change_form.html"
    list_display = ["username", "last_name", "first_name", "roles", "is_active", "last_login"]
    list_filter = ["is_active", "groups"]
    filter_horizontal = ["user_permissions"]
    readonly_fields = ["is_staff", "last_login", "date_joined"]  # the role decides who is staff
    actions = ["invite", "unlock", "sign_out", "take_second_factor_away"]
    # Nobody can prove anything from an address where sign-in is paused, so ending the pause needs no proof.
    actions_without_proof = ("unlock", "sign_out")

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display
    def roles(self, user):
        return ", ".join(group.name for group in user.groups.all())

    @transaction.atomic
    def user_change_password(self, request, id, form_url=""):
        try:
            self.require_proof(request, methods=("GET", "HEAD", "POST"))
        except ReauthenticationRequired:
            if request.method == "POST":  # is not sent again after the proof: that would store the password meanwhile
                return redirect(request.path)
            raise
        return super().user_change_password(request, id, form_url)

    def get_inlines(self, request, obj):
        return [PractitionerInline] if obj and not _is_own(request, obj) else []

    def get_readonly_fields(self, request, obj=None):
        return [*self.readonly_fields, *(["groups"] if _is_own(request, obj) else [])]

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        if request.user.is_superuser:
            return fieldsets
        return [
            (title, options | {"fields": [name for name in options["fields"] if name not in ONLY_SUPERUSERS_SEE]})
            for title, options in fieldsets
        ]

    def has_change_permission(self, request, obj=None):
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        """Records refer to users, so a user who leaves is made inactive instead."""
        return False

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if change and not obj.is_active:
            services.end_sessions(obj, by=request.user)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        services.match_staff_to_role(form.instance, by=request.user)

    def response_add(self, request, obj, post_url_continue=None):
        return self._invitations(request, [obj])

    @admin.action(description="Invite: create a link to choose a password", permissions=["change"])
    def invite(self, request, queryset):
        return self._invitations(request, list(queryset))

    def _invitations(self, request, users):
        """Show the links now, because they are not stored."""
        invited = [found for found in (self._invitation(request, user) for user in users) if found]
        if not invited:
            return None
        title = "Invitation" if len(invited) == 1 else "Invitations"
        context = self.admin_site.each_context(request) | {"title": title, "invited": invited, "opts": self.opts}
        return TemplateResponse(request, "admin/invitations.html", context)

    def _invitation(self, request, user):
        try:
            address = request.build_absolute_uri(services.create_invitation(user, by=request.user, proof=request.proof))
            sent_to = services.send_invitation(user, by=request.user, address=address)
        except ValidationError as refusal:
            self.message_user(request, " ".join(refusal.messages), messages.ERROR)
            return None
        self.log_change(request, user, "Invited by link.")
        return {"user": user, "address": address, "sent_to": sent_to}

    @admin.action(description="Unlock: delete failed sign-ins", permissions=["change"])
    def unlock(self, request, queryset):
        def unlock_user(user, *, by):
            return services.unlock_sign_in(failed_attempts_of(user), by=by)

        self._apply_to_each(request, queryset, unlock_user)

    @admin.action(description="Sign out everywhere", permissions=["change"])
    def sign_out(self, request, queryset):
        self._apply_to_each(request, queryset, services.end_sessions)

    @admin.action(description="Remove a lost second factor", permissions=["change"])
    def take_second_factor_away(self, request, queryset):
        remove = partial(services.take_second_factor_away, proof=request.proof)
        self._apply_to_each(request, queryset, remove)

    def _apply_to_each(self, request, queryset, service):
        action = self.get_actions(request)[request.POST["action"]][2]
        for user in queryset:
            try:
                count = service(user, by=request.user)
            except ValidationError as refusal:
                self.message_user(request, " ".join(refusal.messages), messages.ERROR)
                continue
            self.log_change(request, user, f"{action}: {count}.")
            self.message_user(request, f"{action} ({count}): {user.get_username()}.", messages.SUCCESS)


@admin.register(AccessAttempt)
class AccessAttemptAdmin(ReadOnly, admin.ModelAdmin):
    """Recent failed sign-ins. Of what was typed, only the user name is shown."""

    list_display = ["attempt_time", "username", "ip_address", "failures_since_start"]
    fields = ["attempt_time", "username", "ip_address", "user_agent", "failures_since_start"]
    search_fields = ["username", "ip_address"]
    show_full_result_count = False
    actions = ["forget"]

    def has_forget_permission(self, request):
        return may_manage_accounts(request.user)

    @admin.action(description="Unlock: delete these failed sign-ins", permissions=["forget"])
    def forget(self, request, queryset):
        count = services.unlock_sign_in(queryset, by=request.user)
        self.message_user(request, f"Failed sign-ins deleted: {count}. These users can try again.", messages.SUCCESS)
