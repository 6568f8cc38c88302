"""Admin of users and roles."""

import allauth.account.admin
import allauth.mfa.admin
import allauth.usersessions.admin  # noqa: F401 - registers the models that are unregistered below
from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied, ValidationError
from django.template.response import TemplateResponse

from clinic import services
from clinic.accounts import second_admin
from clinic.accounts.change_words import changes_in_words, state_in_words
from clinic.accounts.proof import recent_proof
from clinic.accounts.sign_in import failed_attempts_of
from clinic.forms.account_rights import keep_in_form, rights_in_form
from clinic.forms.account_sites import ChangedUserForm, NewUserForm
from clinic.models import Practitioner, Site
from patients.admin import ReadOnly
from patients.audit.admin import AuditedAdmin
from patients.staff import printed_name

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


class AsksSecondAdmin:
    """Mixin for an admin whose forms can change what needs a second admin: this is not saved, but asked for.

    The rest of the form is saved. What is asked for is collected in `request.rights`, the changes of an AccountChange.
    The rules are in clinic.accounts.second_admin.
    """

    def hold_back(self, request, form, before, after, *, is_admin=False):
        """Put back into a valid form what may be stored now, and note the rest for `ask_second_admin`."""
        given = second_admin.rights_to_decide(before, after, is_admin=is_admin)
        request.rights = getattr(request, "rights", {}) | given
        for name, (kept, _) in given.items():
            field = second_admin.OF_PRACTITIONER.get(name, name)
            keep_in_form(form, field, kept, is_unchanged=kept == before[name])

    def ask_second_admin(self, request, user):
        """Ask for what was held back, after the rest is saved, and say on the next page what it waits for."""
        changes = getattr(request, "rights", {})
        if not changes:
            return
        proof = getattr(request, "proof", None) or recent_proof(request)
        try:
            change = services.ask_for_account_change(user, by=request.user, changes=changes, proof=proof)
        except ValidationError as refusal:
            self.message_user(request, " ".join(refusal.messages), messages.ERROR)
            return
        if change.is_waiting:
            self.message_user(request, waiting_message(change), messages.WARNING)


def waiting_message(change):
    """What waits, and for what, as a sentence."""
    words = "; ".join(changes_in_words(change.changes))
    return f"{printed_name(change.user)}: {words}. {state_in_words(change)}. See Account changes."


def hold_back_clinical_rights(page, request, form):
    """Hold back what the valid form of a practitioner gives, as AsksSecondAdmin does."""
    practitioner = form.instance
    stored = Practitioner.objects.filter(pk=practitioner.pk).first()
    before = second_admin.rights_of_practitioner(stored)
    after = second_admin.rights_of_practitioner(practitioner)
    page.hold_back(request, form, before, after)


class PractitionerInline(admin.StackedInline):
    model = Practitioner
    extra = 0
    can_delete = False
    verbose_name_plural = "Practitioner, for users who treat patients"


admin.site.unregister([User, Group])


@admin.register(Group)
class GroupAdmin(ReadOnly, AuditedAdmin, DjangoGroupAdmin):
    """The groups are the roles. Their permissions are defined in clinic.roles, so nobody changes them here."""


@admin.register(User)
class UserAdmin(AsksSecondAdmin, AccountAdmin, AuditedAdmin, DjangoUserAdmin):
    """Users with their practitioner. Only a superuser can change or create a superuser.

    Nobody sets another person's password, or changes their own roles.
    """

    add_form = NewUserForm
    form = ChangedUserForm
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

    def get_urls(self):
        """Without Django's page that sets the password of a user: everybody chooses their own."""
        return [url for url in super().get_urls() if url.name != "auth_user_password_change"]

    def get_inlines(self, request, obj):
        return [PractitionerInline] if obj and obj != request.user else []

    def get_readonly_fields(self, request, obj=None):
        own = ["groups", "works_at", "user_permissions", "is_superuser", "is_active"]
        return [*self.readonly_fields, *(own if obj == request.user else [])]

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj) if obj else [(None, {"fields": NewUserForm.Meta.fields})]
        if self._may_choose_sites(request, obj) and Site.objects.all()[1:].exists():
            fieldsets = [*fieldsets, ("Sites", {"fields": ["works_at"]})]
        hidden = {"password"} if request.user.is_superuser else {"password", *ONLY_SUPERUSERS_SEE}
        return [
            (title, options | {"fields": [name for name in options["fields"] if name not in hidden]})
            for title, options in fieldsets
        ]

    def _may_choose_sites(self, request, obj):
        return obj != request.user and self.has_change_permission(request, obj)

    def has_change_permission(self, request, obj=None):
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        """Records refer to users, so a user who leaves is made inactive instead."""
        return False

    def save_model(self, request, obj, form, change):
        stored = User.objects.get(pk=obj.pk) if change else User()
        if obj != request.user:
            self._hold_back_rights(request, form, stored)
        super().save_model(request, obj, form, change)
        if change and not obj.is_active:
            services.end_sessions(obj, by=request.user)

    def _hold_back_rights(self, request, form, stored):
        before = second_admin.rights_of_user(stored)
        after = rights_in_form(form)
        if not second_admin.was_used(stored):
            after.pop("email", None)
        self.hold_back(request, form, before, after, is_admin=second_admin.can_decide(stored))
        if "groups" in after and set(before["groups"]) - {group.name for group in form.cleaned_data["groups"]}:
            request.ends_sessions = True

    def save_formset(self, request, form, formset, change):
        for row in formset.forms:
            if row.has_changed():
                hold_back_clinical_rights(self, request, row)
        super().save_formset(request, form, formset, change)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        services.match_staff_to_role(form.instance, by=request.user)
        if getattr(request, "ends_sessions", False):  # who loses a role signs in anew, too
            services.end_sessions(form.instance, by=request.user)
        self.ask_second_admin(request, form.instance)

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
        """The link of one user for the page that shows it; None if it was only e-mailed, was refused or has to wait."""
        try:
            if second_admin.link_needs_second_admin(user):
                asked = {"password_link": ["", "made"]}
                change = services.ask_for_account_change(user, by=request.user, changes=asked, proof=request.proof)
                self.message_user(request, waiting_message(change), messages.WARNING)
                return None
            found = make_link(request, user)
        except ValidationError as refusal:
            self.message_user(request, " ".join(refusal.messages), messages.ERROR)
            return None
        self.log_change(request, user, "Invited by link.")
        if second_admin.link_is_shown(user):
            return found
        if found["sent_to"]:
            self.message_user(request, f"The link was sent to {found['sent_to']}.", messages.SUCCESS)
        else:
            self.message_user(request, "The e-mail with the link could not be sent. Try again later.", messages.ERROR)
        return None

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
        for user in queryset:
            asked = {"second_factor": ["", "removed"]}
            try:
                change = services.ask_for_account_change(user, by=request.user, changes=asked, proof=request.proof)
            except ValidationError as refusal:
                self.message_user(request, " ".join(refusal.messages), messages.ERROR)
                continue
            self.log_change(request, user, "Asked to remove a lost second factor.")
            if change.is_waiting:
                self.message_user(request, waiting_message(change), messages.WARNING)
            else:
                self.message_user(request, f"Removed the second factor of {user.get_username()}.", messages.SUCCESS)

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


def make_link(request, user, *, agreed=None):
    """Make a link to choose a password and e-mail it. Returns {"user", "address", "sent_to"}."""
    path = services.create_invitation(user, by=request.user, proof=request.proof, agreed=agreed)
    address = request.build_absolute_uri(path)
    return {
        "user": user,
        "address": address,
        "sent_to": services.send_invitation(user, by=request.user, address=address),
    }
