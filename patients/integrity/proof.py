"""What every act that is signed has in common: the person proved again who they are, and how is kept with the act."""

from django import forms
from django.core.exceptions import ValidationError

PROOF_LENGTH = 40


def require_proof(proof):
    """Raise ValidationError with code "proof" unless `proof` says how the person proved who they are, such as "PIN"."""
    if not proof:
        raise ValidationError("Prove that it is you: use your PIN, password or passkey.", code="proof")


class SignedIn(forms.Form):
    """Asks for nothing: the only proof is that the user is signed in. The same interface as the registered form.

    It is for an installation without a way to ask for another proof.
    """

    proof = "sign-in"
    own_fields = ()

    def __init__(self, *args, request, takes_held_proof=False, **kwargs):
        super().__init__(*args, **kwargs)
