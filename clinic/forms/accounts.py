"""The forms for sign-in and second factors."""

from allauth.account.forms import ChangePasswordForm, LoginForm
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from axes.handlers.proxy import AxesProxyHandler
from django import forms
from django.contrib.auth.models import User

from clinic.accounts.proof import check_own_password
from clinic.accounts.sign_in import account_name

NAME_LENGTH = max(User._meta.get_field(name).max_length for name in ("username", "email"))


class SignInForm(LoginForm):
    """User name or e-mail address, and password. The error does not reveal which of them was wrong."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        name_input = forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        )
        password_input = forms.PasswordInput(attrs={"autocomplete": "current-password"})
        self.fields = {
            "username": forms.CharField(label="User name or email", max_length=NAME_LENGTH, widget=name_input),
            "password": forms.CharField(label="Password", max_length=1000, strip=False, widget=password_input),
        }

    def clean(self):
        if "username" in self.cleaned_data:
            self.cleaned_data["login"] = account_name(self.cleaned_data["username"])
        return super().clean()


class PasswordForm(ChangePasswordForm):
    """The present password is limited and recorded like every other password field."""

    def clean_oldpassword(self):
        check_own_password(context.request, self.cleaned_data["oldpassword"])
        return self.cleaned_data["oldpassword"]


def _code_field(label, *, is_number=True):
    widget = forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric" if is_number else "text"})
    return forms.CharField(label=label, max_length=20, widget=widget)


class CodeForm(AuthenticateForm):
    """The second step of signing in. Wrong codes count as failed sign-ins, together with wrong passwords."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"] = _code_field("Code from your authenticator app")
        self.fields["code"].help_text = "Lost your phone? Use a recovery code."

    def clean_code(self):
        if not AxesProxyHandler.is_allowed(context.request, {"username": self.user.get_username()}):
            raise forms.ValidationError("Too many wrong codes. Wait a few minutes and try again.")
        return super().clean_code()


class ActivateForm(ActivateTOTPForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"] = _code_field("Code shown in the app now")


class _MalformedAnswerRefused:
    """Show an error for malformed input, on which the library's form would raise an exception."""

    def full_clean(self):
        try:
            super().full_clean()
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            self.add_error(None, "The answer from your browser could not be read. Try again.")


class PasskeyStepForm(_MalformedAnswerRefused, AuthenticateWebAuthnForm):
    pass


class PasskeySignInForm(_MalformedAnswerRefused, LoginWebAuthnForm):
    pass


class PasskeyAgainForm(_MalformedAnswerRefused, ReauthenticateWebAuthnForm):
    pass


class PasskeyForm(_MalformedAnswerRefused, AddWebAuthnForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["passwordless"].label = "Sign in with this passkey alone, without a password"
        self.fields["passwordless"].help_text = "The device then asks for a fingerprint, your face or its PIN."
