"""The proof of identity of an installation without a way to ask for one."""

from django import forms


class SignedIn(forms.Form):
    """Asks for nothing: the only proof is that the user is signed in. The same interface as the registered form."""

    proof = "sign-in"
    own_fields = ()

    def __init__(self, *args, request, takes_held_proof=False, **kwargs):
        super().__init__(*args, **kwargs)
