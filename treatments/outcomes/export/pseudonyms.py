"""Pseudonyms of people and records, which only the clinic's secret key can link to them."""

import hmac

from django.utils.crypto import salted_hmac

LETTERS = {"patient": "P", "episode": "E", "session": "S", "practitioner": "T", "site": "L", "visit": "V"}
# 64 bits: two of a million sessions have the same pseudonym in one of about 40 million clinics.
DIGITS = 16


class Pseudonyms:
    """A person has the same pseudonym in every export of the clinic, until SECRET_KEY changes.

    Files with names use different pseudonyms, so that they cannot be used to identify people in files without names.
    """

    def __init__(self, *, identified):
        kind = "identified" if identified else "pseudonymised"
        self._keys = {
            what: salted_hmac(f"treatments.outcomes_export.{kind}", what, algorithm="sha256").digest()
            for what in LETTERS
        }

    def of(self, what, pk):
        """The pseudonym of a row; `what` is a key of LETTERS. Empty if `pk` is None.

        It starts with a letter, so that spreadsheets do not read it as a number.
        """
        if pk is None:
            return ""
        return LETTERS[what] + hmac.digest(self._keys[what], str(pk).encode(), "sha256").hex()[:DIGITS]
