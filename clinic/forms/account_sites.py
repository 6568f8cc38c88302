"""The sites of a user, in the forms of the admin."""

from django import forms
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import User

from clinic.models import Site
from clinic.roles import ADMIN


class SitesOfUser(forms.ModelForm):
    """Mixed into a form of a user: a field for their sites. A clinic with one site does not have it."""

    works_at = forms.ModelMultipleChoiceField(
        Site.objects.all(),
        label="Sites",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="The user opens the records and keeps the diary of these sites. Admins see all sites.",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        sites = list(Site.objects.all()[:2])
        self.only_site = sites[0] if len(sites) == 1 and not self.instance.pk else None
        if len(sites) < 2:
            self.fields.pop("works_at", None)  # the form of one's own account does not have it
        elif self.instance.pk:
            self.initial["works_at"] = list(self.instance.sites.values_list("pk", flat=True))

    def clean(self):
        cleaned = super().clean()
        groups = cleaned.get("groups")
        is_admin = groups is not None and any(group.name == ADMIN for group in groups)
        if groups and not is_admin and "works_at" in self.fields and not cleaned.get("works_at"):
            self.add_error("works_at", "Choose at least one site where this user works.")
        return cleaned

    def _save_m2m(self):
        super()._save_m2m()
        if "works_at" in self.cleaned_data:
            self.instance.sites.set(self.cleaned_data["works_at"])
        elif self.only_site:
            self.instance.sites.add(self.only_site)


class NewUserForm(SitesOfUser):
    """A new user without a password. The invitation link lets them choose one."""

    class Meta:
        model = User
        fields = ["username", "first_name", "last_name", "email", "groups"]

    def save(self, commit=True):
        self.instance.set_unusable_password()
        return super().save(commit)


class ChangedUserForm(SitesOfUser, UserChangeForm):
    """Django's form of a user, with their sites."""

    class Meta(UserChangeForm.Meta):
        pass
