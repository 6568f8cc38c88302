"""What every act that is signed has in common: the person proved again who they are, and how is kept with the act."""

from django.core.exceptions import ValidationError

PROOF_LENGTH = 40


def require_proof(proof):
    """Raise ValidationError with code "proof" unless `proof` says how the person proved who they are, such as "PIN"."""
    if not proof:
        raise ValidationError("Prove that it is you: use your PIN, password or passkey.", code="proof")
