"""The fields with which a signed-in user proves who they are."""

from copy import copy
from functools import cached_property

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal.auth import begin_authentication
from django import forms

from clinic.accounts import proof as proofs
from clinic.forms.accounts import PasskeyAgainForm
from clinic.models.signing_pin import PIN_DIGITS, validate_pin
from patients.staff import printed_name

PROOF_FIELDS = ("pin", "password", "passkey")
NOTHING = {
    "pin": "Enter your PIN, or use your password.",
    "password": "Enter your password.",
    "passkey": "Use your passkey.",
}


def pin_field(label, **kwargs):
    """A field for six digits."""
    attrs = {"inputmode": "numeric", "autocomplete": "off", "maxlength": PIN_DIGITS}
    return forms.CharField(label=label, max_length=PIN_DIGITS, widget=forms.PasswordInput(attrs=attrs), **kwargs)


class ProvesIdentity(forms.Form):
    """For forms that sign something: the user of `request` proves again who they are, by PIN, password or passkey.

    Once the form is valid, `proof` says how, such as "PIN"; services take it as `proof`. The proof is checked last,
    when everything else is right. A form that `takes_held_proof` accepts the proof of some minutes ago, if one holds.
    Templates show the fields with clinic/_proof.html, and the others from `own_fields`.
    """

    takes_held_proof = False
    asks_for_pin = True
    proof = ""

    pin = pin_field("Your PIN", required=False)
    password = forms.CharField(
        label="Your password",
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        strip=False,
        required=False,
        max_length=1000,
    )
    passkey = forms.JSONField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, request, takes_held_proof=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.request = request
        if takes_held_proof is not None:
            self.takes_held_proof = takes_held_proof
        user = request.user
        self.signing_pin = proofs.pin_of(user)
        if self.signing_pin is None or not self.asks_for_pin:
            del self.fields["pin"]
        if not user.has_usable_password():
            del self.fields["password"]
        if not Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.WEBAUTHN).exists():
            del self.fields["passkey"]

    @property
    def own_fields(self):
        """The visible fields that are not about the proof."""
        return [field for field in self.visible_fields() if field.name not in PROOF_FIELDS]

    @cached_property
    def held_proof(self):
        """The proof that still holds and that this form accepts, or ""."""
        return proofs.held_proof(self.request) if self.takes_held_proof else ""

    @cached_property
    def held_minutes_left(self):
        return -(-proofs.held_seconds_left(self.request) // 60)

    @cached_property
    def passkey_options(self):
        """What the browser needs to ask for the passkey: one question for all forms of a page."""
        if not hasattr(self.request, "passkey_options"):
            self.request.passkey_options = {"request_options": begin_authentication(self.request.user)}
        return self.request.passkey_options

    @property
    def passkey_options_id(self):
        return f"options-of-{self['passkey'].id_for_label}"

    @property
    def is_pin_paused(self):
        return self.signing_pin is not None and self.signing_pin.is_paused

    def needs_proof(self):
        """Whether what is sent must be proved. Asked when everything else in the form is right."""
        return True

    def clean_pin(self):
        return self._typed("pin")

    def clean_password(self):
        return self._typed("password")

    def _typed(self, name):
        """Take the secret out of `cleaned_data`, which others read and pass on."""
        self._secrets = getattr(self, "_secrets", {}) | {name: self.cleaned_data[name]}
        return ""

    def _post_clean(self):
        super()._post_clean()
        if self.errors or not self.needs_proof():
            return
        try:
            self.proof = self._prove()
        except forms.ValidationError as refusal:
            self.add_error(self._wrong, refusal)

    def _prove(self):
        """How the user proved who they are. Raises ValidationError about the field `_wrong`."""
        secrets = getattr(self, "_secrets", {})
        passkey = self.cleaned_data.get("passkey")
        for name in PROOF_FIELDS:
            if name in self.fields and (secrets.get(name) or (name == "passkey" and passkey)):
                self._wrong = name if name != "passkey" else None
                try:
                    getattr(self, f"_check_{name}")(passkey if name == "passkey" else secrets[name])
                except forms.ValidationError:
                    proofs.end_held_proof(self.request)  # somebody else may have the device by now
                    raise
                means = {"pin": "PIN"}.get(name, name)
                if name != "pin" and self.signing_pin:
                    self.signing_pin.resume()
                proofs.hold_proof(self.request, means)
                return means
        if self.held_proof:
            return self.held_proof
        offered = [name for name in PROOF_FIELDS if name in self.fields]
        self._wrong = offered[0] if offered and offered[0] != "passkey" else None
        if offered:
            raise forms.ValidationError(NOTHING[offered[0]], code="required")
        proofs.check_other_proof(self.request)
        return "code"

    def _check_pin(self, typed):
        proofs.check_own_pin(self.request, self.signing_pin, typed)

    def _check_password(self, typed):
        proofs.check_own_password(self.request, typed)

    def _check_passkey(self, credential):
        form = PasskeyAgainForm({"credential": self["passkey"].data}, user=self.request.user)
        proofs.check_not_paused(self.request)
        if not form.is_valid():
            proofs.count_failure(self.request)
            raise forms.ValidationError(proofs.WRONG_PASSKEY)


class PinForm(ProvesIdentity):
    """Choose a PIN, after another proof than the PIN."""

    asks_for_pin = False
    new_pin = pin_field("New PIN, six digits", validators=[validate_pin])
    again = pin_field("The same again")
    field_order = ["new_pin", "again"]

    def clean(self):
        new, again = self.cleaned_data.get("new_pin"), self.cleaned_data.get("again")
        if new and again and new != again:
            self.add_error("again", "The two PINs differ. Type both again.")


class OwnDeviceForm(ProvesIdentity):
    """Declare that this browser is on one's own device."""


class SharedTabletForm(ProvesIdentity):
    """Declare that this browser is on a shared tablet, after another proof than the PIN."""

    asks_for_pin = False


class ChangeUserForm(forms.Form):
    """The PIN of the person to whom a shared tablet changes. `sign_in` is their TabletSignIn."""

    pin = pin_field("PIN")

    def __init__(self, *args, request, sign_in, **kwargs):
        super().__init__(*args, **kwargs)
        self.attempt = copy(request)  # whose PIN is checked and whose failures are counted
        self.attempt.user = sign_in.user
        self.signing_pin = sign_in.user.signing_pin
        self.fields["pin"].label = f"PIN of {printed_name(sign_in.user)}"

    @property
    def is_pin_paused(self):
        return self.signing_pin.is_paused

    def clean_pin(self):
        """Check the PIN, and take it out of `cleaned_data`."""
        proofs.check_own_pin(self.attempt, self.signing_pin, self.cleaned_data["pin"])
        return ""
