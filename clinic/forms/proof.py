"""The field in which a signed-in user proves who they are."""

from django import forms

from clinic.accounts.proof import check_other_proof, check_own_password


class ProvesIdentity(forms.Form):
    """For forms that sign something: asks for the password of the user of `request`, if they have one.

    Without one they are asked for a passkey or code, once everything else in the form is right.
    """

    password = forms.CharField(
        label="Your password",
        help_text="Your password signs this in your name.",
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        strip=False,
    )

    def __init__(self, *args, request, **kwargs):
        super().__init__(*args, **kwargs)
        self.request = request
        if not request.user.has_usable_password():
            del self.fields["password"]

    def clean_password(self):
        check_own_password(self.request, self.cleaned_data["password"])
        return ""

    def _post_clean(self):
        super()._post_clean()
        if "password" not in self.fields and not self.errors:
            try:
                check_other_proof(self.request)
            except forms.ValidationError as refusal:
                self.add_error(None, refusal)
